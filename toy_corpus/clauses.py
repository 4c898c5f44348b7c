"""Clauses with an opinion: somebody likes something, something pleases somebody, or is good."""

from typing import List, NamedTuple, Optional, Tuple

from toy_corpus.dice import Dice
from toy_corpus.inflection import finite, form_of_be, inflect, takes_plural
from toy_corpus.opinions import FRAMES, NEGATIVE_ADVERBS, NEGATIVE_VERBS
from toy_corpus.phrase import Phrase, agent, invariant

_TENSES = {"past": 94, "present": 2, "have": 2, "will": 2}
_NEGATION_RATE = 0.1


class Claim(NamedTuple):
    """
    What a clause says.

    # Parameters

    frame : `str`
        One of `FRAMES`.
    polarity : `int`
        1 or -1, negation included.
    stimulus : `Phrase`
        What is liked, what pleases or what is good.
    experiencer : `Optional[Phrase]`
        Who likes it or is pleased; `None` for the frame `quality`.
    degree : `Optional[str]`
        An adverb of degree.
    """

    frame: str
    polarity: int
    stimulus: Phrase
    experiencer: Optional[Phrase]
    degree: Optional[str] = None

    def subject(self, passive: bool) -> Phrase:
        """The participant that is the subject of the active or passive clause."""
        if self.experiencer is None or (self.frame == "value") == passive:
            return self.stimulus
        return self.experiencer

    def voices_with_subject(self, participant: Phrase) -> List[bool]:
        """Whether the clause may be active (`False`) and passive (`True`) with this subject."""
        voices = [False] if self.experiencer is None else [False, True]
        return [passive for passive in voices if self.subject(passive) is participant]


class ClauseBuilder:
    """
    # Parameters

    dice : `Dice`
    """

    def __init__(self, dice: Dice) -> None:
        self._dice = dice

    def clause(
        self,
        claim: Claim,
        deprel: str,
        passive: bool = False,
        missing: Optional[Phrase] = None,
        reduced: bool = False,
    ) -> Phrase:
        """
        A clause with all participants but `missing`; if `reduced`, without its form of "be".
        """
        subject = claim.subject(passive)
        top, core = self._predicate(claim, subject, deprel, passive, reduced)
        if subject is not missing:
            subject.deprel = "nsubjpass" if passive else "nsubj"
            top.before.insert(0, subject)
        other = claim.experiencer if subject is claim.stimulus else claim.stimulus
        if other is not None and other is not missing:
            core.after.append(agent(other) if passive else _with_deprel(other, "dobj"))
        if claim.degree:
            adverb = invariant(claim.degree, "RB", "advmod")
            # Behind the object, no word next to it tells what it is about.
            (core.before if self._dice.chance(0.25) else core.after).append(adverb)
        return top

    def attach_relative(self, host: Phrase, claim: Claim) -> None:
        """Adds the claim to one of its participants as a relative clause or as a participle."""
        voices = claim.voices_with_subject(host)
        passive = bool(voices) and self._dice.choose(voices)
        if passive and self._dice.chance(0.4):
            host.after.append(self.clause(claim, "vmod", True, host, reduced=True))
            return
        clause = self.clause(claim, "rcmod", passive, host)
        if voices or self._dice.chance(0.5):
            clause.before.insert(0, self._relative_pronoun(host))
        host.after.append(clause)

    def _relative_pronoun(self, host: Phrase) -> Phrase:
        if self._dice.chance(0.8):
            return invariant("that", "WDT", "rel")
        if host.word_class == "person":
            return invariant("who", "WP", "rel")
        return invariant("which", "WDT", "rel")

    def _predicate(
        self, claim: Claim, subject: Phrase, deprel: str, passive: bool, reduced: bool
    ) -> Tuple[Phrase, Phrase]:
        """The word that takes the subject, and the word of praise or blame."""
        negation = self._negation(claim, passive, reduced)
        sign = claim.polarity * (-1 if negation else 1)
        word = self._dice.choose(FRAMES[claim.frame].words[sign])
        tense = self._dice.weighted(list(_TENSES), list(_TENSES.values()))
        plural = takes_plural(subject)
        if isinstance(word, str):
            core = invariant(word, "JJ", deprel)
            if not reduced:
                form = "present" if tense == "present" else "past"
                core.before.append(form_of_be(form, plural, "cop"))
        elif negation == "verb":
            top = finite(NEGATIVE_VERBS[claim.frame], plural, deprel, tense, False, False)
            core = inflect(word, "base", False, "xcomp", [invariant("to", "TO", "aux")])
            top.after.append(core)
            return top, core
        elif reduced:
            core = inflect(word, "participle", False, deprel, [])
        else:
            core = finite(word, plural, deprel, tense, negation == "not", passive)
        if negation and not (negation == "not" and core.is_verb):
            label = "advmod" if negation in NEGATIVE_ADVERBS else "neg"
            # Behind the first auxiliary, if there is one.
            core.before.insert(1, invariant(negation, "RB", label))
        return core, core

    def _negation(self, claim: Claim, passive: bool, reduced: bool) -> Optional[str]:
        """`None`, an adverb, or `verb`."""
        if not self._dice.chance(_NEGATION_RATE):
            return None
        options = {"never": 2, "hardly": 1, "scarcely": 1}
        if not reduced:
            options["not"] = 6
        if claim.frame in NEGATIVE_VERBS and not passive and not reduced:
            options["verb"] = 3
        return self._dice.weighted(list(options), list(options.values()))


def _with_deprel(noun: Phrase, deprel: str) -> Phrase:
    noun.deprel = deprel
    return noun
