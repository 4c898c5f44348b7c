"""The characters of words of any length, with their ends."""

import pickle

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import TokenIndexer, Vocabulary
from hypothesis import given
from hypothesis import strategies as st

from spigot_allennlp.dataset_readers.word_token import WordToken, straight

START, END = "@start@", "@end@"


def indexer(**options):
    params = {"type": "word_characters", "namespace": "characters"}
    return TokenIndexer.from_params(Params({**params, **options}))


def vocabulary(*forms):
    return Vocabulary({"characters": dict.fromkeys([START, END, *"".join(forms)], 1)})


def characters(forms, vocab, **options):
    """What the indices of words stand for."""
    tokens = [WordToken(form) for form in forms]
    indices = indexer(**options).tokens_to_indices(tokens, vocab)["token_characters"]
    return [[vocab.get_token_from_index(i, "characters") for i in word] for word in indices]


@given(st.lists(st.text(max_size=12), min_size=1))
def test_every_word_has_two_ends(forms):
    vocab = vocabulary(*map(straight, forms))
    assert characters(forms, vocab) == [[START, *straight(form), END] for form in forms]


def test_characters_that_training_has_not_seen_are_unknown():
    found = characters(["cab", "é😀"], vocabulary("abc"))
    assert found == [[START, *"cab", END], [START, "@@UNKNOWN@@", "@@UNKNOWN@@", END]]


def test_quotes_are_plain():
    vocab = vocabulary("'s\"")
    assert characters(["’s", "“", "``"], vocab) == characters(["'s", '"', '"'], vocab)


@pytest.mark.parametrize(
    ("form", "expected"),
    [("abcd", "abcd"), ("abcde", "abde"), ("ab" * 5000 + "cd", "abcd"), ("a", "a"), ("", "")],
)
def test_a_long_word_is_its_start_and_its_end(form, expected):
    found = characters([form], vocabulary("abcde"), max_characters=4)
    assert found == [[START, *expected, END]]


def test_what_is_counted_is_what_is_indexed():
    counter = {"characters": dict.fromkeys([*"abcde’", START, END], 0)}
    counter["characters"]["'"] = 0
    for form in ("a’", "abcde"):
        indexer(max_characters=4).count_vocab_items(WordToken(form), counter)
    assert counter["characters"] == {
        **{START: 2, END: 2, "a": 2, "b": 1, "c": 0, "d": 1, "e": 1},
        **{"'": 1, "’": 0},
    }


@pytest.mark.parametrize("forms", [[""], ["", "a"], ["abcdefgh", ""]])
def test_words_are_padded_to_the_longest(forms):
    own = indexer()
    indices = own.tokens_to_indices([WordToken(form) for form in forms], vocabulary("abcdefgh"))
    lengths = own.get_padding_lengths(indices)
    tensor = own.as_padded_tensor_dict(indices, lengths)["token_characters"]
    assert tensor.shape == (len(forms), max(len(form) + 2 for form in forms))
    assert (tensor != 0).sum(dim=1).tolist() == [len(form) + 2 for form in forms]


@pytest.mark.parametrize("number", [0, -2, 7])
def test_a_number_that_has_no_half(number):
    with pytest.raises(ConfigurationError, match=f"even and positive but is {number}"):
        indexer(max_characters=number)


def test_it_goes_to_other_processes():
    vocab = vocabulary("abc")
    copy = pickle.loads(pickle.dumps(indexer(max_characters=2)))
    tokens = [WordToken("abc")]
    expected = indexer(max_characters=2).tokens_to_indices(tokens, vocab)
    assert copy.tokens_to_indices(tokens, vocab) == expected
