import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.errors import FormatError
from bilexical.formats.json_lines import (
    format_json_line,
    read_json_lines,
    write_json_lines,
)
from bilexical.formats.sentence import Arc, Sentence, Word
from tests.bilexical.formats.strategies import conll09_sentences, conll_sentences, sdp_sentences


def read(tmp_path, *lines):
    (tmp_path / "file.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return list(read_json_lines(tmp_path / "file.jsonl"))


PREDICTED = {
    "id": "a-1",
    "words": ["Dogs", "bark"],
    "heads": [2, 0],
    "deprels": ["nsubj", "root"],
    "arcs": [{"head": 2, "modifier": 1, "label": "ARG1"}],
    "tops": [2],
}


def test_what_the_predictor_writes_is_read(tmp_path):
    first, second = read(tmp_path, json.dumps(PREDICTED), "", '{"words": ["Léa\u2028!"]}')
    assert first == Sentence(
        "a-1",
        [
            Word("Dogs", head=2, deprel="nsubj"),
            Word("bark", head=0, deprel="root", is_top=True, is_predicate=True),
        ],
        [Arc(1, 2, "ARG1")],
    )
    assert second == Sentence("", [Word("Léa\u2028!")], None)
    assert (first.line, second.line) == (1, 3)
    assert json.loads(format_json_line(first)) == PREDICTED
    assert format_json_line(second) == '{"words": ["Léa\u2028!"]}\n'


def test_everything_that_has_a_key(tmp_path):
    line = {
        "id": "7",
        "words": ["Don't", "go", "_"],
        "lemmas": ["do", None, "x"],
        "pos": ["VBP", "VB", None],
        "upos": [None, "VERB", None],
        "feats": [None, "Mood=Imp", None],
        "frames": ["n", None, "v_1"],
        "arcs": [{"head": 1, "modifier": 1, "label": "A0"}],
        "tops": [],
        "predicates": [1, 3],
    }
    (sentence,) = read(tmp_path, json.dumps({**line, "id": 7, "lemmas": ["do", "_", "x"]}))
    assert [word.is_predicate for word in sentence.words] == [True, False, True]
    assert sentence.words[1] == Word("go", pos="VB", upos="VERB", feats="Mood=Imp")
    assert json.loads(format_json_line(sentence)) == line


@given(
    st.lists(
        sdp_sentences("sdp") | sdp_sentences("sdp_augmented") | conll09_sentences(),
        min_size=1,
        max_size=3,
    )
)
def test_graphs_come_back(tmp_path_factory, sentences):
    path = tmp_path_factory.mktemp("jsonl") / "file"
    write_json_lines(path, sentences)
    for before, after in zip(sentences, read_json_lines(path)):
        for word in before.words:
            word.predicted = None
        before.comments = []
        assert after == before


@given(conll_sentences())
def test_trees_come_back(tmp_path_factory, sentence):
    path = tmp_path_factory.mktemp("jsonl") / "file"
    write_json_lines(path, [sentence])
    (after,) = read_json_lines(path)
    for word in sentence.words:
        word.deps = word.misc = None
    assert after == Sentence(sentence.id, sentence.words)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1", "'1' is not an object"),
        ("Dogs bark.", "'Dogs bark.' is not JSON"),
        ('{"words": ' + "[" * 100000, "is not JSON"),
        ('{"id": 1}', "there are no 'words'"),
        ('{"words": "Dogs bark"}', "'words' is 'Dogs bark', which is not a list"),
        ('{"words": [7]}', "'words' has '7', which is not a string"),
        ('{"words": [""]}', "'words' has '', .* is empty"),
        ('{"words": ["a\\tb"]}', "holds a tab"),
        ('{"words": ["\\ud83d"]}', r"'\\ud83d', .* half a character"),
        ('{"words": ["a"], "pos": ["x", "y"]}', "'pos' has 2 values for 1 words"),
        ('{"words": ["a"], "tokens": ["a"]}', "both 'words' and 'tokens'"),
        ('{"words": ["a"], "note": "\\ud800"}', r"'note' is '\\ud800', .* half a character"),
        ('{"words": ["a"], "note": [{"\\ud800": 1}]}', "'note' is .* half a character"),
        ('{"words": ["a"], "\\ud800": 1}', r"'\\ud800' is '1', .* half a character"),
        ('{"sentence": "Dogs bark."}', "'sentence' is raw text, which `spigot parse`, and"),
        ('{"words": ["a"], "id": true}', "'id' is 'true'"),
        ('{"words": ["a"], "id": "a\\nb"}', "'id' is .* of one line"),
        ('{"words": ["a"], "heads": [1]}', "'heads' is no tree: word 1 is its own head"),
        ('{"words": ["a", "b"], "heads": [0, null]}', "'heads' has 'null', .* from 0 to 2"),
        ('{"words": ["a"], "heads": [2]}', "'heads' has '2', .* from 0 to 1"),
        ('{"words": ["a"], "heads": [false]}', "'heads' has 'false'"),
        ('{"words": ["a"], "tops": [0]}', "'tops' has '0', .* from 1 to 1"),
        ('{"words": ["a"], "arcs": [[1, 1, "x"]]}', r"'arcs' has \[1, 1, \"x\"\]"),
        ('{"words": ["a"], "arcs": [{"head": 1}]}', "just head, modifier and label"),
        ('{"words": ["a"], "arcs": [{"head": 0, "modifier": 1, "label": "x"}]}', "from 1 to 1"),
        ('{"words": ["a"], "arcs": [{"head": 1, "modifier": 1, "label": null}]}', "'null'"),
        ('{"words": ["a"], "arcs": [{"head": 1, "modifier": 1, "label": "__TOP__"}]}', "__TOP__"),
    ],
)
def test_errors_name_file_line_and_value(tmp_path, line, problem):
    with pytest.raises(FormatError, match=problem) as info:
        read(tmp_path, '{"words": ["Yes"]}', line)
    assert str(info.value).startswith(f"{tmp_path / 'file.jsonl'}, line 2: ")
    assert 'example, {"words":' in str(info.value) or "one object per line" in str(info.value)


def test_two_arcs_between_two_words_are_refused(tmp_path):
    arcs = [{"head": 2, "modifier": 1, "label": label} for label in "xy"]
    with pytest.raises(FormatError, match="'arcs' has two from word 2 to word 1"):
        read(tmp_path, json.dumps({"words": ["a", "b"], "arcs": arcs}))


def test_an_empty_file_is_refused(tmp_path):
    empty = '{"words": [], "heads": []}'
    for lines in ([" ", ""], ["[", " ]"], [empty], [empty, empty], [f"[{empty}, {empty}]"]):
        with pytest.raises(FormatError, match="the file holds no sentence"):
            read(tmp_path, *lines)


def test_further_keys_are_kept(tmp_path):
    line = {"words": ["a"], "score": 1, "meta": {"x": [0]}}
    (sentence,) = read(tmp_path, json.dumps(line))
    assert sentence.further == {"score": 1, "meta": {"x": [0]}}
    assert json.loads(format_json_line(sentence)) == line


def test_an_id_may_hold_a_tab_and_no_line_end(tmp_path):
    (sentence,) = read(tmp_path, '{"words": ["a"], "id": " a\\tb "}')
    assert sentence.id == "a\tb"


def test_tokens_is_another_name_for_words(tmp_path):
    (sentence,) = read(tmp_path, '{"tokens": ["a", "b"], "words": null}')
    assert sentence == Sentence("", [Word("a"), Word("b")])


def test_top_nodes_make_a_graph(tmp_path):
    (sentence,) = read(tmp_path, '{"words": ["a"], "tops": [1]}')
    assert sentence == Sentence("", [Word("a", is_top=True)], [])


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_read_as_lines_are(tmp_path, indent):
    path = tmp_path / "file.json"
    values = [PREDICTED, {"words": ["]", "x,"], "id": "[1"}, PREDICTED]
    text = "\ufeff\n \r\n" + json.dumps(values, indent=indent) + "\n\n"
    path.write_text(text, encoding="utf-8")
    sentences = list(read_json_lines(path))
    assert sentences == read(tmp_path, *map(json.dumps, values))
    # Each with the line on which its object starts.
    if indent is None:
        starts = [3, 3, 3]
    else:
        opening = " " * indent + "{"
        starts = [n for n, line in enumerate(text.split("\n"), 1) if line == opening]
    assert [sentence.line for sentence in sentences] == starts


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('[{"words": ["a"]}\n {"words": ["a"]}]', 1, "neither a comma nor the end"),
        ('[{"words": ["a"]},\n {"words": }]', 2, "Expecting value"),
        ('[{"words": ["a"]},\n]', 2, "Expecting value"),
        ('[{"words": ["a"]}\n', 1, "neither a comma nor the end"),
        ('[{"words": ["a"]},\n', 1, "Expecting value"),
        ('[{"words": ["a"]}]\n{"words": ["a"]}\n', 2, "}' follows the end of the array. Write"),
        ('[\n\n{"words": ["a"]}\n]\n\n]', 6, "']' follows the end of the array"),
        ('[{"words": ["a"]}] x\n\n', 1, "'x' follows the end of the array"),
        ('[{"words": ["a"]},\n\n[1]]', 3, "is not an object"),
        ('[{"words": ["a"]},\n{"words": [1]}]', 2, "'words' has '1', which is not a string"),
        ("[" * 100000, 1, "is not JSON"),
    ],
)
def test_errors_in_an_array_name_the_line(tmp_path, text, line, problem):
    path = tmp_path / "file.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=problem) as info:
        list(read_json_lines(path))
    assert str(info.value).startswith(f"{path}, line {line}: ")


def test_sentences_without_words_are_left_out_and_counted(tmp_path, caplog):
    """The predictor gives such an output for an empty line."""
    path = tmp_path / "predicted.jsonl"
    empty = '{"words": [], "heads": [], "deprels": [], "arcs": [], "tops": []}\n'
    path.write_text('{"words": ["a"]}\n' + empty + '{"words": ["b"]}\n' + empty)
    assert [sentence.words[0].form for sentence in read_json_lines(path)] == ["a", "b"]
    assert caplog.messages == [f"{path}: 2 sentences without words were left out."]
