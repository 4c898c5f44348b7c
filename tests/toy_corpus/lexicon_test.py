"""What the rest of the toy grammar takes for granted of its lexicon."""

from collections import Counter

import pytest

from toy_corpus import lexicon
from toy_corpus.morphology import read_noun, read_verb


@pytest.mark.parametrize("table", [lexicon.NOUNS, lexicon.VERBS])
def test_every_word_has_one_class_and_one_spelling_of_each_form(table):
    lemmas = Counter(w.lemma for words in table.values() for w in words.seen + words.held_out)
    assert max(lemmas.values()) == 1


def test_every_list_holds_words_out():
    for words in [*lexicon.NOUNS.values(), *lexicon.VERBS.values(), lexicon.NAMES]:
        assert len(words.seen) > len(words.held_out) > 0


def test_tables_name_classes_that_exist():
    nouns, verbs = set(lexicon.NOUNS), set(lexicon.VERBS)
    assert set(lexicon.OBJECTS) <= verbs
    assert {name for names in lexicon.OBJECTS.values() for name in names} <= nouns
    assert set(lexicon.PREPOSITIONS) == set(lexicon.PREPOSITION_OBJECTS) == set(lexicon.ATTACHMENT)
    assert {name for names in lexicon.PREPOSITION_OBJECTS.values() for name in names} <= nouns
    assert {name for sites in lexicon.ATTACHMENT.values() for name in sites} <= nouns | verbs
    assert set(lexicon.SELECTED) <= nouns | verbs


@pytest.mark.parametrize(
    ("entry", "plural"),
    [
        ("girl", "girls"),
        ("box", "boxes"),
        ("story", "stories"),
        ("boy", "boys"),
        ("man/men", "men"),
    ],
)
def test_plurals(entry, plural):
    assert read_noun(entry).plural == plural


@pytest.mark.parametrize(
    ("entry", "past", "participle"),
    [
        ("laugh", "laughed", "laughed"),
        ("deny", "denied", "denied"),
        ("play", "played", "played"),
        ("like", "liked", "liked"),
        ("write/wrote/written", "wrote", "written"),
    ],
)
def test_past_forms(entry, past, participle):
    verb = read_verb(entry)
    assert (verb.past, verb.participle) == (past, participle)
