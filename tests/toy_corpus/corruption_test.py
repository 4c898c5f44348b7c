"""Each habit on a sentence of its own, and the random slips."""

import pytest

from bilexical.formats.sentence import Sentence
from bilexical.formats.trees import check_tree, is_projective
from tests.toy_corpus.semantics_test import words_of
from toy_corpus import CorruptionRates, corrupt, generate
from toy_corpus.dice import Dice

NEVER = CorruptionRates(*[0.0] * 9)
ALWAYS = CorruptionRates(*[1.0] * 8, slips=0.0)

# The tree, the number of the word that moves, its new head and label.
HABITS = {
    "preposition to the noun": (
        "Anna Anna NNP 2 nsubj / met meet VBD 0 root / Bob Bob NNP 2 dobj / in in IN 2 prep / "
        "parks park NNS 4 pobj",
        4,
        (3, "prep"),
    ),
    "preposition to the verb": (
        "Anna Anna NNP 2 nsubj / read read VBD 0 root / books book NNS 2 dobj / "
        "about about IN 3 prep / war war NN 4 pobj",
        4,
        (2, "prep"),
    ),
    "relative clause": (
        "Anna Anna NNP 2 nsubj / met meet VBD 0 root / boys boy NNS 2 dobj / in in IN 3 prep / "
        "parks park NNS 4 pobj / that that WDT 7 rel / slept sleep VBD 3 rcmod",
        7,
        (5, "rcmod"),
    ),
    "conjunct": (
        "Anna Anna NNP 2 nsubj / met meet VBD 0 root / boys boy NNS 2 dobj / and and CC 2 cc / "
        "slept sleep VBD 2 conj",
        5,
        (3, "conj"),
    ),
    "infinitive": (
        "Anna Anna NNP 2 nsubj / asked ask VBD 0 root / Bob Bob NNP 2 dobj / to to TO 5 aux / "
        "sleep sleep VB 2 xcomp",
        5,
        (3, "vmod"),
    ),
    "subject of an infinitive": (
        "Anna Anna NNP 2 nsubj / expected expect VBD 0 root / Bob Bob NNP 5 nsubj / "
        "to to TO 5 aux / sleep sleep VB 2 xcomp",
        3,
        (2, "dobj"),
    ),
    "subject of a relative clause": (
        "boxes box NNS 4 nsubj / Bob Bob NNP 3 nsubj / fixed fix VBD 1 rcmod / "
        "fell fall VBD 0 root",
        2,
        (1, "appos"),
    ),
    "object of an infinitive": (
        "Anna Anna NNP 2 nsubj / tried try VBD 0 root / to to TO 4 aux / meet meet VB 2 xcomp / "
        "Bob Bob NNP 4 dobj",
        5,
        (2, "dobj"),
    ),
    "recipient": (
        "Anna Anna NNP 2 nsubj / gave give VBD 0 root / Bob Bob NNP 2 iobj / boxes box NNS 2 dobj",
        3,
        (4, "nn"),
    ),
    "adverb": (
        "Anna Anna NNP 2 nsubj / met meet VBD 0 root / Bob Bob NNP 2 dobj / here here RB 2 advmod",
        4,
        (3, "advmod"),
    ),
}


@pytest.mark.parametrize("name", HABITS)
def test_habit(name):
    tree, number, attachment = HABITS[name]
    words = words_of(tree)
    corrupted = corrupt(Sentence("1", words), Dice(1), ALWAYS).words
    assert (corrupted[number - 1].head, corrupted[number - 1].deprel) == attachment
    others = [other for other in range(len(words)) if other != number - 1]
    if name == "conjunct":
        # The conjunction moves along.
        assert corrupted[3].head == 3
        others.remove(3)
    assert [corrupted[other] for other in others] == [words[other] for other in others]
    assert words == words_of(tree)


def test_habits_keep_to_legal_trees():
    # The preposition cannot go to the verb: the relative clause behind it belongs to the noun.
    words = words_of(
        "Anna Anna NNP 2 nsubj / read read VBD 0 root / books book NNS 2 dobj / "
        "about about IN 3 prep / war war NN 4 pobj / Bob Bob NNP 7 nsubj / wrote write VBD 3 rcmod"
    )
    rates = CorruptionRates(**{**vars(NEVER), "prepositions": 1.0})
    assert corrupt(Sentence("1", words), Dice(1), rates).words == words


def test_rates_of_zero_change_nothing():
    corpus = generate(num_train=100, num_dev=1, num_test=1, rates=NEVER)
    assert corpus.train == corpus.train_gold


def test_slips_keep_to_legal_trees():
    rates = CorruptionRates(**{**vars(NEVER), "slips": 1.0})
    corpus = generate(num_train=100, num_dev=1, num_test=1, rates=rates)
    num_words, num_changed = 0, 0
    for corrupted, gold in zip(corpus.train, corpus.train_gold):
        heads = [word.head for word in corrupted.words]
        check_tree(heads)
        assert is_projective(heads)
        assert heads.count(0) == 1
        num_words += len(heads)
        num_changed += sum(a.head != b.head for a, b in zip(corrupted.words, gold.words))
    assert num_changed > num_words / 2
