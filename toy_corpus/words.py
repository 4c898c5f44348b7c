"""
Draws words and small phrases: inflected verbs with their auxiliaries, noun phrases, function words.
"""

from typing import Sequence, TypeVar

from toy_corpus import lexicon
from toy_corpus.dice import Dice
from toy_corpus.inflection import finite, inflect, takes_plural
from toy_corpus.lexicon import Vocabulary
from toy_corpus.phrase import Phrase, invariant

T = TypeVar("T")

# The larger, the rarer the last words of a list.
_WORD_SKEW = 1.2
_SUBJECT_PRONOUNS = {"she": "VBZ", "he": "VBZ", "they": "VBP"}
_OBJECT_PRONOUNS = ["her", "him", "them"]
_POSSESSIVES = ["her", "his", "their"]


class WordSource:
    """
    # Parameters

    dice : `Dice`
    held_out_rate : `float`
        How often a word is one of those held out of training.
    """

    def __init__(self, dice: Dice, held_out_rate: float) -> None:
        self.dice = dice
        self._held_out_rate = held_out_rate

    def word(self, vocabulary: Vocabulary[T]) -> T:
        """A word of the class."""
        if self.dice.chance(self._held_out_rate):
            return self.dice.choose(vocabulary.held_out)
        return self.dice.choose(vocabulary.seen, _WORD_SKEW)

    def noun_phrase(self, classes: Sequence[str], deprel: str) -> Phrase:
        """
        A noun of one of the classes with determiner, adjective and compound; a name; a pronoun.
        """
        name = self.dice.choose(classes)
        if name == "person" and self.dice.chance(0.4):
            proper = self.word(lexicon.NAMES)
            return invariant(proper, "NNP", deprel)
        if name == "person" and deprel in ("nsubj", "dobj") and self.dice.chance(0.4):
            if deprel == "dobj":
                return invariant(self.dice.choose(_OBJECT_PRONOUNS), "PRP", deprel)
            return invariant(self.dice.choose(list(_SUBJECT_PRONOUNS)), "PRP", deprel)
        return self.common_noun(name, deprel)

    def common_noun(self, name: str, deprel: str) -> Phrase:
        """A common noun of the class with determiner, adjective and compound."""
        noun = self.word(lexicon.NOUNS[name])
        is_plural = name != "topic" and self.dice.chance(0.75)
        head = Phrase(
            noun.plural if is_plural else noun.lemma,
            noun.lemma,
            "NNS" if is_plural else "NN",
            deprel,
        )
        if name != "topic" and not (is_plural and self.dice.chance(0.9)):
            if self.dice.chance(0.15):
                head.before.append(invariant(self.dice.choose(_POSSESSIVES), "PRP$", "poss"))
            else:
                determiners = ["the", "the", "some"] if is_plural else ["the", "the", "a", "every"]
                head.before.append(invariant(self.dice.choose(determiners), "DT", "det"))
        if self.dice.chance(0.05):
            head.before.append(invariant(self.word(lexicon.ADJECTIVES), "JJ", "amod"))
        if self.dice.chance(0.04):
            modifier = self.word(
                lexicon.NOUNS[self.dice.choose(["thing", "place", "topic", "event"])]
            )
            head.before.append(Phrase(modifier.lemma, modifier.lemma, "NN", "nn"))
        if head.before and head.before[0].lemma == "a":
            following = head.before[1] if len(head.before) > 1 else head
            head.before[0].form = "an" if following.form[0] in "aeiou" else "a"
        return head

    def finite_verb(self, name: str, subject: Phrase, deprel: str, passive: bool = False) -> Phrase:
        """
        A finite verb of the class that agrees with `subject`, with its auxiliaries; the subject is
        not attached.
        """
        verb = self.word(lexicon.VERBS[name])
        negated = self.dice.chance(0.05)
        tense = self.dice.weighted(["past", "present", "will", "have"], [76, 14, 5, 5])
        return finite(verb, takes_plural(subject), deprel, tense, negated, passive)

    def infinitive(self, name: str, deprel: str) -> Phrase:
        """`to` and a verb of the class."""
        return inflect(
            self.word(lexicon.VERBS[name]), "base", False, deprel, [invariant("to", "TO", "aux")]
        )

    def participle(self, name: str, deprel: str) -> Phrase:
        """The passive participle of a verb of the class."""
        return inflect(self.word(lexicon.VERBS[name]), "participle", False, deprel, [])

    def same_form(self, model: Phrase, name: str) -> Phrase:
        """
        A verb of the class as a conjunct of the verb `model`, in its form and without auxiliaries.
        """
        verb = self.word(lexicon.VERBS[name])
        form = {
            "VBD": "past",
            "VBZ": "present",
            "VBP": "present",
            "VBN": "participle",
            "VB": "base",
        }[model.pos]
        return inflect(verb, form, model.pos == "VBP", "conj", [])
