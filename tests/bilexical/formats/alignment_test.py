import re

import pytest

from bilexical.formats.sentence import Sentence, Word
from bilexical.scoring.alignment import align


def sentence(text, name="", line=None):
    return Sentence(name, [Word(form) for form in text.split()], line=line)


CORPUS = [sentence("dogs bark", "a", 3), sentence("cats do not", "b", 7)]


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
            [CORPUS[0], sentence("cats do not", "c", 9)],
            "sentence 2 is 'b' in the gold standard (line 7) and 'c' in the system output (line 9)",
        ),
        (
            [CORPUS[0], sentence("cats do", "b", 8)],
            "sentence 2 ('b') has 3 words in the gold standard (line 7) and 2 in the system output "
            "(line 8)",
        ),
        (
            [CORPUS[0], sentence("cats did not", "", 8)],
            "word 2 of sentence 2 ('b') is 'do' in the gold standard (line 7) and 'did' in the "
            "system output (line 8)",
        ),
        ([sentence("dogs", "a")], "sentence 1 ('a') has 2 words in the gold standard (line 3) and"),
        ([CORPUS[0]], "the system output ends before sentence 2 ('b') of the gold standard"),
        ([], "the system output ends before sentence 1 ('a')"),
        ([*CORPUS, sentence("x", "z")], "the gold standard ends before sentence 3 ('z') of the"),
    ],
)
def test_what_does_not_correspond_is_named(system, problem):
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}.*Both must hold the same"):
        list(align(CORPUS, system))


def test_the_first_of_two_corpora_may_be_the_empty_one():
    with pytest.raises(ValueError, match="the gold standard ends before sentence 1"):
        list(align([], CORPUS))
    assert list(align([], [])) == []
