"""Verbs in their forms, with the auxiliaries and the negation that go with them."""

from typing import List

from toy_corpus.morphology import Verb, add_s
from toy_corpus.phrase import Phrase, invariant


def takes_plural(subject: Phrase) -> bool:
    """Whether a verb agrees with the subject in the plural."""
    return subject.pos == "NNS" or subject.lemma == "they"


def finite(
    verb: Verb, plural: bool, deprel: str, tense: str, negated: bool, passive: bool
) -> Phrase:
    """
    A finite verb with its auxiliaries; the subject is not attached.

    # Parameters

    tense : `str`
        `past`, `present`, `will` or `have` (the perfect).
    """
    before: List[Phrase] = []
    negation = [invariant("not", "RB", "neg")] if negated else []
    if tense == "will":
        before = [invariant("will", "MD", "aux")] + negation
        form = "base"
    elif tense == "have":
        auxiliary = ("have", "VBP") if plural else ("has", "VBZ")
        before = [Phrase(auxiliary[0], "have", auxiliary[1], "aux")] + negation
        form = "participle"
    elif passive:
        before = negation
        form = tense
    elif negated:
        auxiliary = (
            ("did", "VBD") if tense == "past" else ("do", "VBP") if plural else ("does", "VBZ")
        )
        before = [Phrase(auxiliary[0], "do", auxiliary[1], "aux")] + negation
        form = "base"
    else:
        form = tense
    if passive:
        be = form_of_be(form, plural, "auxpass")
        # "was not seen", "has not been seen"
        before = before + [be] if tense in ("will", "have") else [be] + before
        form = "participle"
    return inflect(verb, form, plural, deprel, before)


def form_of_be(form: str, plural: bool, deprel: str) -> Phrase:
    """A form of "be" as an auxiliary or a copula."""
    forms = {
        "past": ("were" if plural else "was", "VBD"),
        "present": ("are", "VBP") if plural else ("is", "VBZ"),
        "base": ("be", "VB"),
        "participle": ("been", "VBN"),
    }
    return Phrase(forms[form][0], "be", forms[form][1], deprel)


def inflect(verb: Verb, form: str, plural: bool, deprel: str, before: List[Phrase]) -> Phrase:
    """
    A verb with `before` to its left.

    # Parameters

    form : `str`
        `past`, `present`, `participle` or `base`.
    """
    forms = {
        "past": (verb.past, "VBD"),
        "present": (verb.lemma, "VBP") if plural else (add_s(verb.lemma), "VBZ"),
        "participle": (verb.participle, "VBN"),
        "base": (verb.lemma, "VB"),
    }
    return Phrase(forms[form][0], verb.lemma, forms[form][1], deprel, before=before)
