"""
The grammar of the toy sentiment corpus.

Every sentence has two opinions of opposite polarity, and one film. Either one opinion
is about the film and the other is not, or both are and one of them prevails. So the words alone say
nothing, and who thinks what of whom says it all.
"""

from typing import Callable, Dict, List, Mapping, Optional, Sequence, TypeVar

from toy_corpus import lexicon
from toy_corpus.clauses import Claim, ClauseBuilder
from toy_corpus.dice import Dice
from toy_corpus.inflection import finite, takes_plural
from toy_corpus.morphology import Noun
from toy_corpus.opinions import DOWNTONERS, INTENSIFIERS, TARGET
from toy_corpus.phrase import Phrase, agent, invariant
from toy_corpus.words import WordSource

T = TypeVar("T")

_FRAMES = {"value": 45, "move": 35, "quality": 20}
_FRAMES_WITH_EXPERIENCER = {"value": 55, "move": 45}
_PASSIVES = {"value": 0.35, "move": 0.45, "quality": 0.0}
_DETERMINERS = {False: ["the", "the", "a", "this"], True: ["the", "the", "some", "these"]}
_NEUTRAL_VERBS = [
    verb
    for name in ("meet", "like")
    for verb in lexicon.VERBS[name].seen
    if verb.lemma in ("watch", "know", "remember")
]


class ReviewGrammar:
    """
    # Parameters

    dice : `Dice`
    held_out_rate : `float`
        How often a noun or name is one of those held out of training.
    """

    def __init__(self, dice: Dice, held_out_rate: float) -> None:
        self._dice = dice
        self._source = WordSource(dice, held_out_rate)
        self._clauses = ClauseBuilder(dice)
        self._constructions: Dict[Callable[[int], Phrase], float] = {
            self._two_clauses: 12,
            self._subordinate_clause: 10,
            self._relative_clause: 34,
            self._shared_subject: 14,
            self._relative_below_preposition: 8,
            self._two_relatives: 14,
            self._relative_of_target: 8,
            self._contrast: 8,
            self._reduced_clause: 10,
            self._degrees: 8,
        }

    def sentence(self, polarity: int) -> Phrase:
        """A sentence that praises (1) or blames (-1) its film, with its full stop."""
        root = self._pick(self._constructions)(polarity)
        root.after.append(invariant(".", ".", "punct"))
        return root

    def _two_clauses(self, polarity: int) -> Phrase:
        """ "Anna loved the film and the storm bored guests" """
        first, second = self._dice.order(self._unrelated_claims(polarity))
        root = self._main_clause(first)
        root.after += [self._conjunction(), self._main_clause(second, "conj")]
        return self._reported(root)

    def _subordinate_clause(self, polarity: int) -> Phrase:
        """ "Because the storm bored guests, Anna loved the film" """
        first, second = self._dice.order(self._unrelated_claims(polarity))
        root, clause = self._main_clause(first), self._main_clause(second, "advcl")
        mark = self._dice.choose(lexicon.CONCESSIVES + lexicon.CAUSALS)
        return self._reported(self._with_adverbial(root, clause, mark))

    def _relative_clause(self, polarity: int) -> Phrase:
        """ "The guests that the storm bored loved the film" """
        host = self._common_noun("person")
        outer, inner = self._dice.order(self._claims_of(host, polarity))
        self._clauses.attach_relative(host, inner)
        return self._reported(self._main_clause(outer))

    def _shared_subject(self, polarity: int) -> Phrase:
        """ "The guests loved the film and were bored by the storm" """
        subject = self._person()
        claims = self._dice.order(self._claims_of(subject, polarity))
        return self._reported(self._coordinated(claims, subject, self._conjunction()))

    def _relative_below_preposition(self, polarity: int) -> Phrase:
        """ "Anna mocked the lawyer in the film that guests loved" """
        target, person = self._target(), self._common_noun("person")
        if self._dice.chance(0.5):
            _attach_preposition(person, self._dice.choose(["of", "in"]), target)
            self._clauses.attach_relative(target, self._claim_about(target, polarity))
            return self._reported(self._main_clause(self._claim_about(person, -polarity)))
        _attach_preposition(target, self._dice.choose(["about", "with"]), person)
        self._clauses.attach_relative(person, self._claim_about(person, -polarity))
        return self._reported(self._main_clause(self._claim_about(target, polarity)))

    def _two_relatives(self, polarity: int) -> Phrase:
        """ "The guests that mocked Anna watched the film that bored the farmer" """
        target = self._target()
        self._clauses.attach_relative(target, self._claim_about(target, polarity))
        return self._reported(self._neutral_clause(target, polarity, self._dice.chance(0.3)))

    def _relative_of_target(self, polarity: int) -> Phrase:
        """ "The film that guests loved bored Anna": the main clause prevails."""
        target = self._target()
        self._clauses.attach_relative(target, self._claim_about(target, -polarity))
        return self._main_clause(self._claim_about(target, polarity))

    def _contrast(self, polarity: int) -> Phrase:
        """ "The film was loved by guests but bored Anna": what follows "but" prevails."""
        target = self._target()
        claims = [self._claim_about(target, sign) for sign in (-polarity, polarity)]
        return self._coordinated(claims, target, invariant("but", "CC", "cc"))

    def _reduced_clause(self, polarity: int) -> Phrase:
        """
        "Although good, the film bored Anna", where the main clause prevails; or "Although good, the
        film was watched by guests that Anna bored".
        """
        target = self._target()
        frame = self._dice.choose(["value", "quality"])
        if self._dice.chance(0.5):
            root = self._neutral_clause(target, polarity, passive=True)
            inner = self._claim_about(target, polarity, frame)
        else:
            outer = self._claim_about(target, polarity)
            voice = self._dice.choose(outer.voices_with_subject(target))
            root = self._clauses.clause(outer, "root", voice)
            inner = self._claim_about(target, -polarity, frame)
        clause = self._clauses.clause(inner, "advcl", frame == "value", target, reduced=True)
        return self._with_adverbial(root, clause, self._dice.choose(lexicon.CONCESSIVES))

    def _degrees(self, polarity: int) -> Phrase:
        """ "The film bored Anna mildly and delighted guests deeply": the strongest prevails."""
        target = self._target()
        stronger: Optional[str] = self._dice.choose(INTENSIFIERS)
        weaker: Optional[str] = self._dice.choose(DOWNTONERS)
        case = self._dice.weighted(["both", "stronger", "weaker"], [4, 1, 1])
        claims = [
            self._claim_about(target, polarity, self._pick(_FRAMES_WITH_EXPERIENCER))._replace(
                degree=None if case == "weaker" else stronger
            ),
            self._claim_about(target, -polarity, self._pick(_FRAMES_WITH_EXPERIENCER))._replace(
                degree=None if case == "stronger" else weaker
            ),
        ]
        return self._coordinated(self._dice.order(claims), target, invariant("and", "CC", "cc"))

    def _unrelated_claims(self, polarity: int) -> List[Claim]:
        return [
            self._claim_about(self._target(), polarity),
            self._claim_about(self._other(), -polarity),
        ]

    def _claims_of(self, person: Phrase, polarity: int) -> List[Claim]:
        """What the person thinks of a film, and the contrary of or about the person."""
        frame = self._pick(_FRAMES_WITH_EXPERIENCER)
        return [Claim(frame, polarity, self._target(), person), self._rival(person, -polarity)]

    def _rival(self, person: Phrase, polarity: int) -> Claim:
        """What the person thinks of something else, or somebody of the person."""
        if self._dice.chance(0.5):
            return self._claim_about(person, polarity)
        return Claim(self._pick(_FRAMES_WITH_EXPERIENCER), polarity, self._other(), person)

    def _claim_about(self, stimulus: Phrase, polarity: int, frame: Optional[str] = None) -> Claim:
        frame = frame or self._pick(_FRAMES)
        return Claim(frame, polarity, stimulus, None if frame == "quality" else self._person())

    def _main_clause(self, claim: Claim, deprel: str = "root") -> Phrase:
        return self._clauses.clause(claim, deprel, self._dice.chance(_PASSIVES[claim.frame]))

    def _neutral_clause(self, target: Phrase, polarity: int, passive: bool) -> Phrase:
        """ "Guests that mocked Anna watched the film": the relative clause is of the contrary."""
        person = self._common_noun("person")
        self._clauses.attach_relative(person, self._rival(person, -polarity))
        subject, other = (target, person) if passive else (person, target)
        tense = self._dice.choose(["past", "present"])
        verb = self._dice.choose(_NEUTRAL_VERBS)
        root = finite(verb, takes_plural(subject), "root", tense, False, passive)
        subject.deprel = "nsubjpass" if passive else "nsubj"
        root.before.insert(0, subject)
        other.deprel = "dobj"
        root.after.append(agent(other) if passive else other)
        return root

    def _coordinated(self, claims: Sequence[Claim], subject: Phrase, conjunction: Phrase) -> Phrase:
        first, second = claims
        voices = [self._dice.choose(claim.voices_with_subject(subject)) for claim in claims]
        root = self._clauses.clause(first, "root", voices[0])
        root.after += [
            conjunction,
            self._clauses.clause(second, "conj", voices[1], missing=subject),
        ]
        return root

    def _with_adverbial(self, root: Phrase, clause: Phrase, mark: str) -> Phrase:
        clause.before.insert(0, invariant(mark, "IN", "mark"))
        if self._dice.chance(0.5):
            root.before = [clause, invariant(",", ",", "punct")] + root.before
        else:
            root.after.append(clause)
        return root

    def _reported(self, root: Phrase) -> Phrase:
        """Now and then, "Anna said that ..." """
        if not self._dice.chance(0.04):
            return root
        subject = self._person()
        verb = self._source.finite_verb("say", subject, "root")
        verb.before.insert(0, subject)
        root.deprel = "ccomp"
        root.before.insert(0, invariant("that", "IN", "mark"))
        verb.after.append(root)
        return verb

    def _conjunction(self) -> Phrase:
        return invariant(self._dice.choose(["and", "but"]), "CC", "cc")

    def _target(self) -> Phrase:
        return self._noun(TARGET)

    def _other(self) -> Phrase:
        """What is liked or pleases and is no film."""
        if self._dice.chance(0.4):
            return self._person()
        return self._common_noun(self._dice.choose(["person", "event", "thing"]))

    def _person(self) -> Phrase:
        if self._dice.chance(0.6):
            return invariant(self._source.word(lexicon.NAMES), "NNP", "nsubj")
        return self._common_noun("person")

    def _common_noun(self, name: str) -> Phrase:
        return self._noun(self._source.word(lexicon.NOUNS[name]))

    def _noun(self, noun: Noun) -> Phrase:
        """All nouns have the same determiners, so that these do not give the film away."""
        plural = self._dice.chance(0.5)
        form, pos = (noun.plural, "NNS") if plural else (noun.lemma, "NN")
        phrase = Phrase(form, noun.lemma, pos, "nsubj")
        determiner = self._dice.choose(_DETERMINERS[plural])
        an = determiner == "a" and form[0] in "aeiou"
        phrase.before.append(Phrase("an" if an else determiner, determiner, "DT", "det"))
        return phrase

    def _pick(self, weights: Mapping[T, float]) -> T:
        return self._dice.weighted(list(weights), list(weights.values()))


def _attach_preposition(noun: Phrase, form: str, inner: Phrase) -> None:
    inner.deprel = "pobj"
    preposition = invariant(form, "IN", "prep")
    preposition.after.append(inner)
    noun.after.append(preposition)
