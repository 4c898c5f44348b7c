import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.conll import format_conll, read_conll
from bilexical.formats.sentence import Word
from spigot_allennlp.predictors.json_input import parse_json, sentence_from_json

texts = st.text(max_size=3) | st.text(st.characters(), max_size=3)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2)
)
keys = st.sampled_from(["sentence", "tokens", "pos", "upos", "lemmas", "id"])
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
    assert message.startswith("the input ")
    assert len(message) < 1000
    return None


@given(value=objects | values)
def test_any_json_is_understood_or_refused(value, tmp_path_factory):
    sentence = parsed(json.dumps(value))
    if sentence is not None:
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
