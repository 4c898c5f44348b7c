import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.conll import format_conll, read_conll
from bilexical.formats.errors import FormatError
from bilexical.formats.json_sentences import format_json_line
from bilexical.formats.predictions import json_output
from bilexical.formats.sentence import Arc, Sentence, Word
from spigot_allennlp.predictors.json_input import parse_object, sentence_from_json
from tests.bilexical.formats.strategies import json_sentences

texts = st.text(max_size=3) | st.text(st.characters(), max_size=3)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2)
)
keys = st.sampled_from(
    ["sentence", "tokens", "words", "pos", "upos", "lemmas", "feats", "id", "heads", "arcs", "tops"]
)
objects = st.dictionaries(
    keys | texts, values | st.lists(texts, min_size=1, max_size=2), max_size=4
)


def tokenize(text):
    return [Word(form) for form in text.split()]


def parsed(line):
    """The sentence of a line, `None` if it is refused."""
    try:
        return sentence_from_json(parse_object(line), tokenize)
    except ValueError as error:
        message = str(error)
    assert message.startswith("the input")
    assert len(message) < 1000
    return None


@given(value=objects | values)
def test_any_json_is_understood_or_refused(value, tmp_path_factory):
    sentence = parsed(json.dumps(value))
    if sentence is not None and sentence.words:
        path = tmp_path_factory.mktemp("json") / "file"
        path.write_text(format_conll(sentence), encoding="utf-8")
        (read,) = read_conll(path)
        assert [word.form for word in read.words] == [word.form for word in sentence.words]
        assert read.id == sentence.id


@given(line=st.text(), place=st.integers(0, 60))
def test_any_line_is_understood_or_refused(line, place):
    assert parsed(line) is None
    sound = '{"tokens": ["she", "sings"], "pos": ["PRP", "VBZ"], "id": 7}'
    parsed(sound[:place] + line + sound[place:])
    assert place == len(sound) or parsed(sound[:place]) is None


@pytest.mark.parametrize("line", ["[" * 100000, '{"tokens": ' + "[" * 100000, "9" * 5000, "\x00"])
def test_odd_lines_are_refused(line):
    assert parsed(line) is None


@given(sentence=json_sentences())
def test_what_convert_writes_is_input(sentence):
    """All of it: layers that are not predicted may be written to a file."""
    assert parsed(format_json_line(sentence)) == with_graph(sentence)


def with_graph(sentence):
    """Top nodes make a graph, in which the predicates are at least the words with an argument."""
    for arc in sentence.arcs or []:
        sentence.words[arc.head - 1].is_predicate = True
    return sentence


def test_what_predict_writes_is_input():
    line = {
        **{"id": "7", "words": ["Dogs", "bark"], "heads": [2, 0], "deprels": ["nsubj", "root"]},
        **{"arcs": [{"head": 2, "modifier": 1, "label": "ARG1"}], "tops": [2]},
        **{"label": "positive", "probabilities": {"positive": 1.0}, "source": "mine"},
    }
    sentence = parsed(json.dumps(line))
    assert [word.head for word in sentence.words] == [2, 0]
    assert sentence.arcs == [Arc(1, 2, "ARG1")]
    assert set(sentence.further) == {"label", "probabilities", "source"}
    output = json_output(sentence, {"heads": [0, 1], "label": "negative"})
    assert list(output) == ["id", "words", "heads", "label", "probabilities", "source"]
    assert (output["heads"], output["label"], output["source"]) == ([0, 1], "negative", "mine")


def test_a_byte_order_mark():
    assert parsed('\ufeff{"sentence": "Dogs bark."}') == Sentence("", [Word("Dogs"), Word("bark.")])


@pytest.mark.parametrize(
    ("annotation", "tree", "graph"),
    [
        ({"heads": [1, 2]}, "'heads' is no tree", None),
        ({"heads": [1, None]}, "'heads' has 'null'", None),
        ({"deprels": ["x"]}, "'deprels' has 1 values for 2 words", None),
        ({"arcs": [{"head": 3, "modifier": 1, "label": "x"}]}, None, "not a number from 1 to 2"),
        ({"tops": "x"}, None, "'tops' is 'x', which is not a list"),
        ({"predicates": [0]}, None, "'predicates' has '0'"),
        ({"frames": [1, 2]}, None, "'frames' has '1'"),
        ({"heads": [2, 1], "tops": [3]}, "'heads' is no tree", "'tops' has '3'"),
    ],
)
def test_a_layer_that_is_not_sound_is_left_out_by_itself(annotation, tree, graph, caplog):
    sound = {
        **{"words": ["Dogs", "bark"], "pos": ["NNS", "VBP"], "frames": [None, "v_1"]},
        **{"heads": [2, 0], "deprels": ["nsubj", "root"], "tops": [2]},
        "arcs": [{"head": 2, "modifier": 1, "label": "ARG1"}],
    }
    sentence = parsed(json.dumps({**sound, **annotation}))
    rows = [
        ("Dogs", "NNS", *((2, "nsubj") if tree is None else (None, None))),
        ("bark", "VBP", *((0, "root") if tree is None else (None, None))),
    ]
    words = [Word(form, None, pos, None, head, deprel) for form, pos, head, deprel in rows]
    if graph is None:
        words[1].frame, words[1].is_top, words[1].is_predicate = "v_1", True, True
    assert sentence == Sentence("", words, [Arc(1, 2, "ARG1")] if graph is None else None)
    problems = {"tree": tree, "graph": graph}
    layers = [layer for layer, problem in problems.items() if problem]
    for layer, message in zip(layers, caplog.messages):
        assert message.startswith(f"the input: 1 sentences have a {layer} that is not sound. ")
        assert "The first: the input {" in message and problems[layer] in message
    assert len(caplog.messages) == len(layers)


@pytest.mark.parametrize("further", [{}, {"id": []}, {"heads": [0]}])
def test_raw_text_is_split_at_most_once(further):
    texts = []

    def tokenize_once(text):
        texts.append(text)
        return tokenize(text)

    inputs = {"sentence": "Dogs bark.", **further}
    if further:
        with pytest.raises(FormatError, match=f"{next(iter(further))!r} (is|annotates)"):
            sentence_from_json(inputs, tokenize_once)
        assert not texts
    else:
        assert len(sentence_from_json(inputs, tokenize_once).words) == 2
        assert texts == ["Dogs bark."]
