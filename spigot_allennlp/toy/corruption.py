"""
Errors in the trees: a careless annotator with habits.

Habits (systematic errors) strike whole constructions, so that a parser trained on the trees learns them; slips
(random errors) strike any word. Every tree stays projective with one root, and the graph is untouched.
"""

from dataclasses import dataclass, replace
from typing import List, Optional, Tuple

from spigot_allennlp.formats.sentence import Sentence, Word
from spigot_allennlp.formats.trees import TreeError, check_tree, is_projective
from spigot_allennlp.toy.dice import Dice

# Whatever they modify, they are attached to the noun before them...
_NOUN_PREPOSITIONS = (
    "in",
    "at",
    "near",
    "behind",
    "with",
    "before",
    "after",
    "during",
    "to",
    "from",
)
# ... and these to the verb above them.
_VERB_PREPOSITIONS = ("about", "for", "on", "under")

# The new head of a word, and its new label.
Attachment = Tuple[int, str]


@dataclass(frozen=True)
class CorruptionRates:
    """
    How often a word to which the habit applies is struck.

    # Parameters

    prepositions : `float`
        Prepositional phrases go to the noun before them or to the verb above them, depending on the preposition.
    relatives : `float`
        Relative clauses go to the noun before them.
    coordination : `float`
        Nouns and verbs are coordinated with the noun before the conjunction.
    infinitives : `float`
        The infinitive of object control modifies the object.
    subjects : `float`
        The subject of an infinitive, or of a clause without "that", is taken for the object of the verb before it;
        that of a relative clause, for an apposition of the noun before it.
    objects : `float`
        The object of an infinitive is taken for the object of the verb above it.
    recipients : `float`
        The recipient before another object is taken for the first part of a compound.
    adverbs : `float`
        Adverbs go to the noun before them.
    slips : `float`
        How often any word goes to a random head.
    """

    prepositions: float = 0.8
    relatives: float = 0.8
    coordination: float = 0.8
    infinitives: float = 0.8
    subjects: float = 0.8
    objects: float = 0.8
    recipients: float = 0.8
    adverbs: float = 0.8
    slips: float = 0.07


def corrupt(sentence: Sentence, dice: Dice, rates: CorruptionRates) -> Sentence:
    """A copy of `sentence` with errors in its heads and labels."""
    words = list(sentence.words)
    for rate, habit in (
        (rates.relatives, _low_relative),
        (rates.coordination, _misplaced_conjunct),
        (rates.infinitives, _misread_infinitive),
        (rates.subjects, _subject_as_object),
        (rates.objects, _raised_object),
        (rates.recipients, _recipient_as_compound),
        (rates.adverbs, _low_adverb),
        (rates.prepositions, _habitual_preposition),
    ):
        for number in range(1, len(words) + 1):
            attachment = habit(words, number)
            if attachment is not None and dice.chance(rate):
                _reattach(words, number, attachment)
    for number in range(1, len(words) + 1):
        if words[number - 1].head != 0 and dice.chance(rates.slips):
            _slip(words, number, dice)
    return replace(sentence, words=words)


def _habitual_preposition(words: List[Word], number: int) -> Optional[Attachment]:
    word = words[number - 1]
    if word.deprel != "prep" or word.head > number:
        return None
    if word.lemma in _NOUN_PREPOSITIONS and _is_noun(words[number - 2]):
        head = number - 1
    elif word.lemma in _VERB_PREPOSITIONS:
        head = _verb_above(words, number)
    else:
        return None
    return (head, "prep") if head not in (0, word.head) else None


def _low_relative(words: List[Word], number: int) -> Optional[Attachment]:
    word = words[number - 1]
    if word.deprel != "rcmod":
        return None
    # The clause starts behind the nearest noun that is none of its own words.
    for noun in range(_first_word(words, number) - 1, word.head, -1):
        if words[noun - 1].pos in ("NN", "NNS"):
            return noun, "rcmod"
    return None


def _misplaced_conjunct(words: List[Word], number: int) -> Optional[Attachment]:
    word = words[number - 1]
    if word.deprel != "conj":
        return None
    conjunction = max(
        (
            other
            for other in range(1, number)
            if words[other - 1].deprel == "cc" and words[other - 1].head == word.head
        ),
        default=0,
    )
    head = conjunction - 1
    return (head, "conj") if head != word.head and head > 0 and _is_noun(words[head - 1]) else None


def _misread_infinitive(words: List[Word], number: int) -> Optional[Attachment]:
    word = words[number - 1]
    if word.deprel != "xcomp":
        return None
    objects = [
        other
        for other, candidate in enumerate(words[: number - 1], start=1)
        if candidate.head == word.head and candidate.deprel == "dobj"
    ]
    return (objects[-1], "vmod") if objects else None


def _subject_as_object(words: List[Word], number: int) -> Optional[Attachment]:
    word = words[number - 1]
    clause = words[word.head - 1]
    if word.deprel != "nsubj" or clause.deprel not in ("xcomp", "ccomp", "rcmod"):
        return None
    if clause.head != _first_word(words, number) - 1:
        return None
    return clause.head, "appos" if clause.deprel == "rcmod" else "dobj"


def _raised_object(words: List[Word], number: int) -> Optional[Attachment]:
    word = words[number - 1]
    if word.deprel != "dobj" or words[word.head - 1].deprel != "xcomp":
        return None
    return words[word.head - 1].head, "dobj"


def _recipient_as_compound(words: List[Word], number: int) -> Optional[Attachment]:
    word = words[number - 1]
    if word.deprel != "iobj" or not _is_noun(word):
        return None
    for other in range(number + 1, len(words) + 1):
        if words[other - 1].head == word.head and words[other - 1].deprel == "dobj":
            return other, "nn"
    return None


def _low_adverb(words: List[Word], number: int) -> Optional[Attachment]:
    word = words[number - 1]
    if word.deprel == "advmod" and word.head < number - 1 and _is_noun(words[number - 2]):
        return number - 1, "advmod"
    return None


def _slip(words: List[Word], number: int, dice: Dice) -> None:
    for head in dice.order(range(1, len(words) + 1)):
        if head not in (number, words[number - 1].head):
            if _reattach(words, number, (head, _label(words, number, head))):
                return


def _reattach(words: List[Word], number: int, attachment: Attachment) -> bool:
    """Attaches a word, and the conjunction before a conjunct, in place; only if the tree stays projective."""
    head, deprel = attachment
    moved = [number]
    if words[number - 1].deprel == "conj" and deprel == "conj":
        moved += [
            other
            for other in range(1, number)
            if words[other - 1].deprel == "cc" and words[other - 1].head == words[number - 1].head
        ][-1:]
    heads = [word.head for word in words]
    for other in moved:
        heads[other - 1] = head
    try:
        check_tree(heads)
    except TreeError:
        return False
    if not is_projective(heads):
        return False
    words[number - 1] = replace(words[number - 1], head=head, deprel=deprel)
    for other in moved[1:]:
        words[other - 1] = replace(words[other - 1], head=head)
    return True


def _label(words: List[Word], number: int, head: int) -> str:
    """The label that a word of this kind has below a word of that kind."""
    word, above = words[number - 1], words[head - 1]
    if _is_noun(word) or word.pos == "PRP":
        if above.pos in ("IN", "TO"):
            return "pobj"
        if above.pos.startswith("VB"):
            return "nsubj" if number < head else "dobj"
        return "nn" if number < head else "appos"
    if word.pos.startswith("VB") and word.deprel not in ("aux", "auxpass"):
        if above.pos.startswith("VB"):
            return "xcomp" if word.pos == "VB" else "ccomp"
        return "vmod" if word.pos == "VBN" else "rcmod"
    return word.deprel


def _is_noun(word: Word) -> bool:
    return word.pos.startswith("NN")


def _verb_above(words: List[Word], number: int) -> int:
    head = words[number - 1].head
    while head and not words[head - 1].pos.startswith("VB"):
        head = words[head - 1].head
    return head if head < number else 0


def _first_word(words: List[Word], number: int) -> int:
    """The first word of the phrase below a word."""
    below = [
        other for other, word in enumerate(words, start=1) if word.head == number and other < number
    ]
    return _first_word(words, below[0]) if below else number
