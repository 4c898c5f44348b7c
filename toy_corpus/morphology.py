"""Spelling of the inflected forms of the toy lexicon."""

from typing import NamedTuple

_VOWELS = "aeiou"


class Noun(NamedTuple):
    """A noun and its plural."""

    lemma: str
    plural: str


class Verb(NamedTuple):
    """A verb, its past tense and its past participle."""

    lemma: str
    past: str
    participle: str


def read_noun(entry: str) -> Noun:
    """`"man/men"`, or `"girl"` where the plural is regular."""
    lemma, *irregular = entry.split("/")
    return Noun(lemma, irregular[0] if irregular else add_s(lemma))


def read_verb(entry: str) -> Verb:
    """`"write/wrote/written"`, or `"laugh"` where past and participle are regular."""
    lemma, *irregular = entry.split("/")
    return Verb(lemma, *irregular) if irregular else Verb(lemma, _past(lemma), _past(lemma))


def add_s(lemma: str) -> str:
    """The plural of a noun, the third person singular of a verb."""
    if lemma.endswith(("s", "x", "z", "ch", "sh")):
        return lemma + "es"
    if lemma.endswith("y") and lemma[-2] not in _VOWELS:
        return lemma[:-1] + "ies"
    return lemma + "s"


def _past(lemma: str) -> str:
    if lemma.endswith("e"):
        return lemma + "d"
    if lemma.endswith("y") and lemma[-2] not in _VOWELS:
        return lemma[:-1] + "ied"
    return lemma + "ed"
