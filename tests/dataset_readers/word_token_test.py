"""What is read off a form is what spaCy reads off it, wherever the word comes from."""

import pickle

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from spigot_allennlp.dataset_readers import ConllDependenciesReader, SdpReader, SstReader
from spigot_allennlp.dataset_readers.word_token import WordToken, straight
from tests import FIXTURES_ROOT

VOCAB = spacy.blank("en").vocab
QUOTES = "‘’‛“”‟'`"


@given(st.text(min_size=1, max_size=120).filter(lambda form: not set(QUOTES) & set(form)))
def test_attributes_are_those_of_spacy(form):
    token, lexeme = WordToken(form), VOCAB[form]
    assert token.prefix_ == lexeme.prefix_
    assert token.suffix_ == lexeme.suffix_
    assert token.shape_ == lexeme.shape_
    assert token.norm_ == form.lower()


@pytest.mark.parametrize(
    ("form", "plain"),
    [
        ("’s", "'s"),
        ("n’t", "n't"),
        ("‘", "'"),
        ("“", '"'),
        ("”", '"'),
        ("``", '"'),
        ("''", '"'),
        ("O'Hara’s", "O'Hara's"),
    ],
)
def test_quotes_are_plain(form, plain):
    token, other = WordToken(form), WordToken(plain)
    assert straight(form) == plain
    for name in ("norm_", "prefix_", "suffix_", "shape_"):
        assert getattr(token, name) == getattr(other, name)
    assert token.text == form


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("", ("", "", "", "")),
        ("a", ("a", "a", "a", "x")),
        ("Unfolding", ("unfolding", "U", "ing", "Xxxxx")),
        ("3.14", ("3.14", "3", ".14", "d.dd")),
        ("😀", ("😀", "😀", "😀", "😀")),
        ("日本語版", ("日本語版", "日", "本語版", "xxxx")),
        ("x" * 100, ("x" * 100, "x", "xxx", "LONG")),
    ],
)
def test_examples(form, expected):
    token = WordToken(form)
    assert (token.norm_, token.prefix_, token.suffix_, token.shape_) == expected


def test_a_token_is_as_small_and_as_portable_as_those_of_allennlp():
    token = WordToken("Dogs", tag_="NNS")
    assert not hasattr(token, "__dict__")
    copy = pickle.loads(pickle.dumps(token))
    assert (copy.text, copy.tag_, copy.suffix_) == ("Dogs", "NNS", "ogs")


@pytest.mark.parametrize(
    ("reader", "file"),
    [
        (ConllDependenciesReader(), "trees.conllu"),
        (SdpReader(), "graphs.sdpx"),
        (SstReader(granularity="2-class"), "sentiment.txt"),
    ],
)
def test_every_reader_makes_them(reader, file):
    for instance in reader.read(str(FIXTURES_ROOT / file)):
        forms = [word.form for word in instance["metadata"]["sentence"].words]
        tokens = instance["tokens"].tokens
        assert [token.suffix_ for token in tokens] == [form[-3:] for form in ["@root@", *forms]]
