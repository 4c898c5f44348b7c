"""
Draws words and small phrases: inflected verbs with their auxiliaries, noun phrases, function words.
"""

from typing import List, Sequence, TypeVar

from spigot_allennlp.toy import lexicon
from spigot_allennlp.toy.dice import Dice
from spigot_allennlp.toy.lexicon import Vocabulary
from spigot_allennlp.toy.morphology import Verb, add_s
from spigot_allennlp.toy.phrase import Phrase, invariant

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
        is_plural = subject.pos == "NNS" or subject.lemma == "they"
        negated = self.dice.chance(0.05)
        tense = self.dice.weighted(["past", "present", "will", "have"], [76, 14, 5, 5])
        before: List[Phrase] = []
        negation = [invariant("not", "RB", "neg")] if negated else []
        if tense == "will":
            before = [invariant("will", "MD", "aux")] + negation
            form = "base"
        elif tense == "have":
            auxiliary = ("have", "VBP") if is_plural else ("has", "VBZ")
            before = [Phrase(auxiliary[0], "have", auxiliary[1], "aux")] + negation
            form = "participle"
        elif passive:
            before = negation
            form = tense
        elif negated:
            auxiliary = (
                ("did", "VBD")
                if tense == "past"
                else ("do", "VBP")
                if is_plural
                else ("does", "VBZ")
            )
            before = [Phrase(auxiliary[0], "do", auxiliary[1], "aux")] + negation
            form = "base"
        else:
            form = tense
        if passive:
            be = self._be(form, is_plural)
            # "was not seen", "has not been seen"
            before = before + [be] if tense in ("will", "have") else [be] + before
            form = "participle"
        return self._inflect(verb, form, is_plural, deprel, before)

    def infinitive(self, name: str, deprel: str) -> Phrase:
        """`to` and a verb of the class."""
        return self._inflect(
            self.word(lexicon.VERBS[name]), "base", False, deprel, [invariant("to", "TO", "aux")]
        )

    def participle(self, name: str, deprel: str) -> Phrase:
        """The passive participle of a verb of the class."""
        return self._inflect(self.word(lexicon.VERBS[name]), "participle", False, deprel, [])

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
        return self._inflect(verb, form, model.pos == "VBP", "conj", [])

    def _be(self, form: str, is_plural: bool) -> Phrase:
        forms = {
            "past": ("were" if is_plural else "was", "VBD"),
            "present": ("are", "VBP") if is_plural else ("is", "VBZ"),
            "base": ("be", "VB"),
            "participle": ("been", "VBN"),
        }
        return Phrase(forms[form][0], "be", forms[form][1], "auxpass")

    def _inflect(
        self, verb: Verb, form: str, is_plural: bool, deprel: str, before: List[Phrase]
    ) -> Phrase:
        forms = {
            "past": (verb.past, "VBD"),
            "present": (verb.lemma, "VBP") if is_plural else (add_s(verb.lemma), "VBZ"),
            "participle": (verb.participle, "VBN"),
            "base": (verb.lemma, "VB"),
        }
        return Phrase(forms[form][0], verb.lemma, forms[form][1], deprel, before=before)
