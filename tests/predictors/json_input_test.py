import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.conll import format_conll, read_conll
from bilexical.formats.json_sentences import format_json_line
from bilexical.formats.predictions import json_output
from bilexical.formats.sentence import Arc, Sentence, Word
from spigot_allennlp.predictors.json_input import parse_json, sentence_from_json
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
        return sentence_from_json(parse_json(line), tokenize)
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
    ("annotation", "problem"),
    [
        ({"heads": [1, 2]}, "'heads' is no tree"),
        ({"heads": [1, None]}, "'heads' has 'null'"),
        ({"arcs": [{"head": 3, "modifier": 1, "label": "x"}]}, "not a number from 1 to 2"),
        ({"tops": "x"}, "'tops' is 'x', which is not a list"),
    ],
)
def test_an_annotation_that_is_none_is_left_out(annotation, problem, caplog):
    sentence = parsed(json.dumps({"words": ["Dogs", "bark"], "pos": ["NNS", "VBP"], **annotation}))
    assert sentence == Sentence("", [Word("Dogs", pos="NNS"), Word("bark", pos="VBP")])
    (message,) = caplog.messages
    assert message.startswith("Only the words and what belongs to each are read: the input ")
    assert problem in message
