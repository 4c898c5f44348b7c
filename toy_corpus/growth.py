"""
Modifiers and conjuncts added at the end of a finished phrase.

What is added may attach to any word of the right frontier that its kind allows. It prefers one of
them, by the classes of the words (`lexicon.ATTACHMENT`), and attaches elsewhere at a known rate.
"""

from typing import Callable, Dict, List, Tuple

from toy_corpus import lexicon
from toy_corpus.dice import Dice
from toy_corpus.phrase import Phrase, agent, invariant, right_frontier
from toy_corpus.words import WordSource

_KINDS = {
    "of": 2,
    "about": 4,
    "with_tool": 8,
    "with_feature": 5,
    "place": 12,
    "time": 9,
    "to": 5,
    "from": 6,
    "surface": 6,
    "for": 5,
    "place_adverb": 6,
    "manner_adverb": 1,
    "noun_conjunct": 20,
    "verb_conjunct": 12,
    "subject_relative": 10,
    "object_relative": 14,
    "participle": 6,
}
_FINITE = ("VBD", "VBZ", "VBP")
# The classes of verbs whose subject is a person and which close a relative clause or conjunct
# without further ado.
_AGENTIVE = ["rest", "meet", "mend", "like", "make", "read"]
_RELATIVE_PRONOUN = ("that", "WDT", "rel")

Sites = List[Tuple[Phrase, int]]


class Growth:
    """
    # Parameters

    dice : `Dice`
    source : `WordSource`
    ambiguity : `float`
        How often an addition goes to another site than the one it prefers.
    """

    def __init__(self, dice: Dice, source: WordSource, ambiguity: float) -> None:
        self._dice = dice
        self._source = source
        self._ambiguity = ambiguity
        self._adders: Dict[str, Callable[[str, Phrase], None]] = {
            "place_adverb": self._add_adverb,
            "manner_adverb": self._add_adverb,
            "noun_conjunct": self._add_noun_conjunct,
            "verb_conjunct": self._add_verb_conjunct,
            "subject_relative": self._add_subject_relative,
            "object_relative": self._add_object_relative,
            "participle": self._add_participle,
        }

    def add_modifier(self, phrase: Phrase) -> None:
        """Adds a modifier or conjunct somewhere on the right frontier of `phrase`, in place."""
        kinds, weights = [], []
        for kind, weight in _KINDS.items():
            num_sites = len(self._sites(kind, phrase))
            # Kinds with a choice of sites come first: they are what the corpus is about.
            if num_sites:
                kinds.append(kind)
                weights.append(weight * (5 if num_sites > 1 else 1))
        if not kinds:
            return
        kind = self._dice.weighted(kinds, weights)
        site = self._choose_site(self._sites(kind, phrase))
        self._adders.get(kind, self._add_preposition)(kind, site)

    def _sites(self, kind: str, phrase: Phrase) -> Sites:
        """The words that `kind` may modify, from the nearest up, each with how much it is liked."""
        frontier = [word for word in right_frontier(phrase) if word.is_verb or word.is_noun][::-1]
        if kind == "of":
            frontier = frontier[:1]
        sites = [(word, self._preference(kind, word)) for word in frontier]
        return [(word, preference) for word, preference in sites if preference > 0]

    def _preference(self, kind: str, word: Phrase) -> int:
        name = word.word_class or ""
        is_common_noun = word.pos in ("NN", "NNS")
        if kind == "noun_conjunct":
            return 3 if is_common_noun and word.deprel != "nn" else 0
        if kind == "verb_conjunct":
            return _verb_conjunct_preference(word)
        if kind == "subject_relative":
            return 3 if is_common_noun and name in ("person", "thing", "tool") else 0
        if kind == "object_relative":
            return 3 if is_common_noun and name not in ("place", "surface") else 0
        if kind == "participle":
            return 3 if is_common_noun and name in ("thing", "document", "tool") else 0
        if kind == "manner_adverb":
            return 3 if word.is_verb else 0
        if word.pos == "NNP" and kind != "place":
            return 0
        if kind in lexicon.PREPOSITIONS and _has_selected(word, lexicon.PREPOSITIONS[kind]):
            return 0
        return lexicon.ATTACHMENT["place" if kind == "place_adverb" else kind].get(name, 0)

    def _choose_site(self, sites: Sites) -> Phrase:
        """The best site, the nearest among equals; another one at the rate of `ambiguity`."""
        best = max(sites, key=lambda site: site[1])
        others = [site for site in sites if site is not best]
        if others and self._dice.chance(self._ambiguity):
            return self._dice.weighted(
                [site for site, _ in others], [weight for _, weight in others]
            )
        return best[0]

    def _add_preposition(self, kind: str, site: Phrase) -> None:
        site.after.append(preposition(kind, self._dice, self._source))

    def _add_adverb(self, kind: str, site: Phrase) -> None:
        words = lexicon.PLACE_ADVERBS if kind == "place_adverb" else lexicon.MANNER_ADVERBS
        site.after.append(invariant(self._source.word(words), "RB", "advmod"))

    def _add_noun_conjunct(self, kind: str, site: Phrase) -> None:
        # Conjuncts are alike: where the candidates differ, the new noun's class tells the site.
        conjunct = self._source.common_noun(site.word_class or "person", "conj")
        conjunction = "or" if self._dice.chance(0.2) else "and"
        site.after += [invariant(conjunction, "CC", "cc"), conjunct]

    def _add_verb_conjunct(self, kind: str, site: Phrase) -> None:
        name = self._dice.choose(["rest", "meet", "mend", "make", "read"])
        if site.word_class in _AGENTIVE and self._dice.chance(0.5):
            name = site.word_class
        if site.word_class == "happen":
            name = "happen"
        conjunct = self._source.same_form(site, name)
        if name in lexicon.OBJECTS:
            conjunct.after.append(self._source.noun_phrase(lexicon.OBJECTS[name], "dobj"))
        site.after += [invariant("and", "CC", "cc"), conjunct]

    def _add_subject_relative(self, kind: str, site: Phrase) -> None:
        name = self._dice.choose(_AGENTIVE) if site.word_class == "person" else "happen"
        verb = self._source.finite_verb(name, site, "rcmod")
        verb.before = [invariant(*_RELATIVE_PRONOUN)] + verb.before
        if name in lexicon.OBJECTS:
            verb.after.append(self._source.noun_phrase(lexicon.OBJECTS[name], "dobj"))
        site.after.append(verb)

    def _add_object_relative(self, kind: str, site: Phrase) -> None:
        subject = self._source.noun_phrase(["person"], "nsubj")
        if site.word_class in ("topic", "event"):
            verb = self._source.finite_verb("talk", subject, "rcmod")
            verb.after.append(invariant("about", "IN", "prep"))
        else:
            name = self._dice.choose(_verbs_with_object(_AGENTIVE, site))
            if self._dice.chance(0.2):
                verb = self._source.finite_verb("try", subject, "rcmod")
                verb.after.append(self._source.infinitive(name, "xcomp"))
            else:
                verb = self._source.finite_verb(name, subject, "rcmod")
        verb.before = [subject] + verb.before
        if self._dice.chance(0.5):
            verb.before.insert(0, invariant(*_RELATIVE_PRONOUN))
        site.after.append(verb)

    def _add_participle(self, kind: str, site: Phrase) -> None:
        name = self._dice.choose(_verbs_with_object(["mend", "make", "read"], site))
        verb = self._source.participle(name, "vmod")
        verb.after.append(agent(self._source.noun_phrase(["person"], "pobj")))
        site.after.append(verb)


def preposition(kind: str, dice: Dice, source: WordSource) -> Phrase:
    """A preposition of the kind with its noun phrase."""
    form = dice.choose(lexicon.PREPOSITIONS[kind])
    phrase = invariant(form, "IN", "prep")
    phrase.after.append(source.noun_phrase(lexicon.PREPOSITION_OBJECTS[kind], "pobj"))
    return phrase


def _has_selected(word: Phrase, prepositions: List[str]) -> bool:
    """Whether the word has a phrase with one of the prepositions, and selects it: one is enough."""
    selected = lexicon.SELECTED.get(word.word_class or "", {})
    return any(part.lemma in prepositions and part.lemma in selected for part in word.after)


def _verbs_with_object(names: List[str], noun: Phrase) -> List[str]:
    """Those of the classes of verbs that take the noun as their object."""
    return [name for name in names if noun.word_class in lexicon.OBJECTS.get(name, [])]


def _verb_conjunct_preference(word: Phrase) -> int:
    """Verb phrases are coordinated low, except below nouns, where they are rare."""
    is_simple = word.pos in _FINITE or (word.pos == "VB" and word.deprel == "xcomp")
    if not is_simple or word.word_class is None:
        return 0
    return 2 if word.deprel == "rcmod" else 3
