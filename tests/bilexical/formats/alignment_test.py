import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.alignment import align, check_same_words
from bilexical.formats.errors import FormatError
from bilexical.formats.sentence import Sentence, Word


def sentence(text, name="", line=None):
    return Sentence(name, [Word(form) for form in text.split()], line=line)


CORPUS = [sentence("dogs bark", "a", 3), sentence("cats do not", "b", 7)]
REMEDY = "Both must hold the same sentences, with the same words, in the same order."


def test_pairs_come_one_after_another():
    def endless(name):
        while True:
            yield sentence("dogs bark", name)

    pairs = align(endless("a"), endless(""))
    assert next(pairs) == next(pairs) == (sentence("dogs bark", "a"), sentence("dogs bark"))


@pytest.mark.parametrize(
    ("system", "problem"),
    [
        (
            [CORPUS[0], sentence("cats do", "b", 8)],
            "s.sdp, line 8: word 3 of sentence 2 ('b') is missing, but 'not' in g.sdp, line 7. ",
        ),
        (
            [CORPUS[0], sentence("cats do not !", "b", 8)],
            "s.sdp, line 8: word 4 of sentence 2 ('b') is '!', but missing in g.sdp, line 7. ",
        ),
        (
            [CORPUS[0], sentence("cats did not", "", 8)],
            "s.sdp, line 8: word 2 of sentence 2 ('b') is 'did', but 'do' in g.sdp, line 7. ",
        ),
        (
            [CORPUS[1]],
            "s.sdp, line 7: word 1 of sentence 1 ('b', there 'a') is 'cats', but 'dogs' in g.sdp, "
            "line 3. ",
        ),
        ([CORPUS[0]], "s.sdp: the file ends before sentence 2 ('b') of g.sdp, line 7. "),
        ([], "s.sdp: the file ends before sentence 1 ('a') of g.sdp, line 3. "),
        ([*CORPUS, sentence("x", "z")], "g.sdp: the file ends before sentence 3 ('z') of s.sdp. "),
    ],
)
def test_what_does_not_correspond_is_named(system, problem):
    with pytest.raises(FormatError) as info:
        list(align(CORPUS, system, ("g.sdp", "s.sdp")))
    assert str(info.value) == problem + REMEDY


def test_without_names_and_positions():
    with pytest.raises(FormatError) as info:
        check_same_words(sentence("dogs"), sentence("cats"))
    assert str(info.value) == (
        "the system output: word 1 of the sentence is 'cats', but 'dogs' in the gold standard. "
        + REMEDY
    )


def test_standard_input_has_its_name():
    with pytest.raises(FormatError, match=r"^s: .* in standard input, line 3\. "):
        list(align(CORPUS, [sentence("cats")], ("-", "s")))


@pytest.mark.parametrize(
    "first, second",
    [("caf\u00e9", "cafe\u0301"), ("\ufb01sh", "fish"), ("\ud55c", "\u1112\u1161\u11ab")],
)
def test_forms_that_differ_in_normalization_only(first, second):
    with pytest.raises(FormatError) as info:
        check_same_words(sentence(first), sentence(second))
    assert "The two differ only in Unicode normalization. Bring both files" in str(info.value)
    with pytest.raises(FormatError) as info:
        check_same_words(*CORPUS)
    assert "normalization" not in str(info.value)


def test_other_ids_are_counted(caplog):
    system = [sentence("dogs bark", "1"), sentence("cats do not", "2")]
    with caplog.at_level(logging.WARNING):
        assert list(align(CORPUS, system, ("g", "s"))) == list(zip(CORPUS, system))
        assert list(align(CORPUS, [sentence("dogs bark"), system[1]], ("g", "t")))
        assert list(align(CORPUS, CORPUS))
    assert caplog.messages == [
        "s: 2 sentences have another id than in g, the first '1' instead of 'a'. They are matched "
        "by their words.",
        "t: 1 sentences have another id than in g, the first '2' instead of 'b'. They are matched "
        "by their words.",
    ]


def test_the_first_of_two_corpora_may_be_the_empty_one():
    with pytest.raises(FormatError, match="the gold standard: the file ends before sentence 1"):
        list(align([], CORPUS))
    assert list(align([], [])) == []


@given(*[st.lists(st.lists(st.sampled_from("ab"), max_size=2), max_size=3)] * 2)
def test_it_is_refused_if_and_only_if_the_words_differ(first, second):
    corpora = [[sentence(" ".join(forms)) for forms in corpus] for corpus in (first, second)]
    if first == second:
        assert list(align(*corpora)) == list(zip(*corpora))
    else:
        with pytest.raises(FormatError):
            list(align(*corpora))
