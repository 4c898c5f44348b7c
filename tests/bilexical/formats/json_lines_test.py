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
        ("[1]", r"'\[1\]' is not an object"),
        ("Dogs bark.", "'Dogs bark.' is not JSON"),
        ("[" * 100000, "is not JSON"),
        ('{"id": 1}', "there are no 'words'"),
        ('{"words": []}', "there are no 'words'"),
        ('{"words": "Dogs bark"}', "'words' is 'Dogs bark', which is not a list"),
        ('{"words": [7]}', "'words' has '7', which is not a string"),
        ('{"words": [""]}', "'words' has '', .* is empty"),
        ('{"words": ["a\\tb"]}', "holds a tab"),
        ('{"words": ["\\ud83d"]}', r"'\\ud83d', .* half a character"),
        ('{"words": ["a"], "pos": ["x", "y"]}', "'pos' has 2 values for 1 words"),
        ('{"words": ["a"], "id": true}', "'id' has 'true'"),
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
    assert 'such as {"words":' in str(info.value)


def test_two_arcs_between_two_words_are_refused(tmp_path):
    arcs = [{"head": 2, "modifier": 1, "label": label} for label in "xy"]
    with pytest.raises(FormatError, match="'arcs' has two from word 2 to word 1"):
        read(tmp_path, json.dumps({"words": ["a", "b"], "arcs": arcs}))


def test_an_empty_file_is_refused_and_other_keys_are_counted(tmp_path, caplog):
    with pytest.raises(FormatError, match="the file holds no sentence"):
        read(tmp_path, " ", "")
    lines = ['{"words": ["a"], "score": 1}', '{"words": ["b"], "score": 2, "x": 0}']
    assert len(read(tmp_path, *lines)) == 2
    assert "the key 'score' of 2 sentences was left out" in caplog.text
    assert "the key 'x' of 1 sentences was left out" in caplog.text
