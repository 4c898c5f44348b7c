"""The grammar: clauses around their verbs. What may follow a finished phrase is in `growth.py`."""

from typing import Dict

from toy_corpus import lexicon
from toy_corpus.dice import Dice
from toy_corpus.growth import Growth, preposition
from toy_corpus.phrase import Phrase, agent, invariant
from toy_corpus.words import WordSource

_MAIN_VERBS = {
    "rest": 8,
    "happen": 4,
    "meet": 12,
    "mend": 10,
    "like": 8,
    "make": 8,
    "read": 9,
    "give": 10,
    "take": 7,
    "put": 5,
    "say": 12,
    "talk": 7,
    "try": 8,
    "persuade": 8,
    "seem": 6,
    "expect": 6,
}
_EMBEDDED_VERBS = {
    "rest": 10,
    "meet": 10,
    "mend": 8,
    "make": 6,
    "read": 8,
    "give": 5,
    "take": 5,
    "talk": 4,
    "like": 3,
    "try": 2,
    "persuade": 2,
}
_PASSIVE_VERBS = {
    "meet": 5,
    "mend": 5,
    "make": 4,
    "read": 5,
    "give": 4,
    "take": 3,
    "persuade": 4,
    "expect": 3,
}


class Grammar:
    """
    # Parameters

    dice : `Dice`
    held_out_rate : `float`
        How often a word of an open class is one of those held out of training.
    ambiguity : `float`
        How often a modifier is attached to another site than the one it prefers, so that only the
        tree tells.
    """

    def __init__(self, dice: Dice, held_out_rate: float, ambiguity: float) -> None:
        self._dice = dice
        self._source = WordSource(dice, held_out_rate)
        self._growth = Growth(dice, self._source, ambiguity)

    def sentence(self) -> Phrase:
        """A sentence with its full stop."""
        if self._dice.chance(0.12):
            root = self._passive_clause()
        else:
            root = self._clause("root", _MAIN_VERBS)
        if self._dice.chance(0.03):
            comma = invariant(",", ",", "punct")
            fronted = preposition("time", self._dice, self._source)
            root.before = [fronted, comma] + root.before
        num_modifiers = self._dice.weighted([0, 1, 2, 3], [6, 29, 50, 15])
        for _ in range(num_modifiers):
            self._growth.add_modifier(root)
        if root.pos in ("VBD", "VBZ", "VBP") and self._dice.chance(0.04):
            root.after += [invariant("but", "CC", "cc"), self._clause("conj", _EMBEDDED_VERBS)]
        root.after.append(invariant(".", ".", "punct"))
        return root

    def _subject(self, verb_class: str) -> Phrase:
        classes = ["thing", "tool", "document"] if verb_class == "happen" else ["person"]
        subject = self._source.noun_phrase(classes, "nsubj")
        if subject.is_noun and self._dice.chance(0.1):
            self._growth.add_modifier(subject)
        return subject

    def _clause(self, deprel: str, verbs: Dict[str, int]) -> Phrase:
        name = self._dice.weighted(list(verbs), list(verbs.values()))
        subject = self._subject(name)
        verb = self._source.finite_verb(name, subject, deprel)
        verb.before = [subject] + verb.before
        if self._dice.chance(0.05):
            verb.before.append(invariant(self._source.word(lexicon.MANNER_ADVERBS), "RB", "advmod"))
        self._complete(verb, name)
        return verb

    def _complete(self, verb: Phrase, name: str) -> None:
        """Adds the complements that a verb of the class takes."""
        dice, source = self._dice, self._source
        if name == "say":
            clause = self._clause("ccomp", _EMBEDDED_VERBS)
            if dice.chance(0.4):
                clause.before.insert(0, invariant("that", "IN", "mark"))
            verb.after.append(clause)
        elif name in ("try", "seem"):
            verb.after.append(self._infinitive_clause())
        elif name == "expect":
            # Raising to object: the noun phrase is the subject of the infinitive.
            infinitive = self._infinitive_clause()
            subject = source.noun_phrase(["person"], "dobj")
            subject.deprel = "nsubj"
            infinitive.before.insert(0, subject)
            verb.after.append(infinitive)
        elif name in lexicon.OBJECTS:
            self._add_objects(verb, name)
        elif name == "talk" and dice.chance(0.6):
            verb.after.append(preposition("about", dice, source))

    def _infinitive_clause(self) -> Phrase:
        name = self._dice.weighted(list(_EMBEDDED_VERBS), list(_EMBEDDED_VERBS.values()))
        infinitive = self._source.infinitive(name, "xcomp")
        self._complete(infinitive, name)
        return infinitive

    def _add_objects(self, verb: Phrase, name: str) -> None:
        dice, source = self._dice, self._source
        if name == "give" and dice.chance(0.5):
            recipient = source.noun_phrase(["person"], "dobj")
            recipient.deprel = "iobj"
            verb.after.append(recipient)
            verb.after.append(source.noun_phrase(lexicon.OBJECTS[name], "dobj"))
            return
        if name in ("meet", "mend", "make", "read") and verb.pos != "VBN" and dice.chance(0.08):
            # "fixed and cleaned the car": the object of both, attached to the first.
            verb.after += [invariant("and", "CC", "cc"), source.same_form(verb, name)]
        verb.after.append(source.noun_phrase(lexicon.OBJECTS[name], "dobj"))
        if name == "persuade":
            verb.after.append(self._infinitive_clause())
        elif name == "give" and dice.chance(0.8):
            verb.after.append(preposition("to", dice, source))
        elif name == "take" and dice.chance(0.4):
            verb.after.append(preposition("from", dice, source))
        elif name == "put":
            verb.after.append(preposition("surface", dice, source))

    def _passive_clause(self) -> Phrase:
        dice, source = self._dice, self._source
        name = dice.weighted(list(_PASSIVE_VERBS), list(_PASSIVE_VERBS.values()))
        classes = ["person"] if name == "expect" else lexicon.OBJECTS[name]
        has_second_object = name == "give" and dice.chance(0.4)
        subject = source.noun_phrase(["person"] if has_second_object else classes, "nsubj")
        subject.deprel = "nsubjpass"
        if subject.is_noun and dice.chance(0.1):
            self._growth.add_modifier(subject)
        verb = source.finite_verb(name, subject, "root", passive=True)
        verb.before = [subject] + verb.before
        if has_second_object:
            verb.after.append(source.noun_phrase(classes, "dobj"))
        if name in ("expect", "persuade"):
            verb.after.append(self._infinitive_clause())
        elif dice.chance(0.6):
            verb.after.append(agent(source.noun_phrase(["person"], "pobj")))
        return verb
