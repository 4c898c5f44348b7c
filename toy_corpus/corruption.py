"""
Errors in the trees: a careless annotator with habits.

Habits (systematic errors) strike whole constructions, so that a parser trained on the trees learns
them; slips (random errors) strike any word. Every tree stays projective with one root, and the
graph is untouched.
"""

from dataclasses import dataclass, replace
from typing import List

from bilexical.formats.sentence import Sentence
from bilexical.formats.trees import TreeError, check_tree, is_projective
from toy_corpus import habits
from toy_corpus.dice import Dice
from toy_corpus.habits import Attachment
from toy_corpus.tree import Node, tree_nodes


@dataclass(frozen=True)
class CorruptionRates:
    """
    How often a word to which the habit applies is struck.

    # Parameters

    prepositions : `float`
        Prepositional phrases go to the noun before them or to the verb above them, depending on the
        preposition.
    relatives : `float`
        Relative clauses go to the noun before them.
    coordination : `float`
        Nouns and verbs are coordinated with the noun before the conjunction.
    infinitives : `float`
        The infinitive of object control modifies the object.
    subjects : `float`
        The subject of an infinitive, or of a clause without "that", is taken for the object of the
        verb before it; that of a relative clause, for an apposition of the noun before it.
    objects : `float`
        The object of an infinitive is taken for the object of the verb above it.
    recipients : `float`
        The recipient before another object is taken for the first part of a compound.
    adverbs : `float`
        Adverbs go to the noun before them.
    slips : `float`
        How often any word goes to a random head.
    """

    prepositions: float = 0.85
    relatives: float = 0.85
    coordination: float = 0.85
    infinitives: float = 0.85
    subjects: float = 0.85
    objects: float = 0.85
    recipients: float = 0.85
    adverbs: float = 0.85
    slips: float = 0.08


DEFAULT_RATES = CorruptionRates()


def corrupt(sentence: Sentence, dice: Dice, rates: CorruptionRates) -> Sentence:
    """A copy of `sentence` with errors in its heads and labels."""
    words = tree_nodes(sentence.words)
    for rate, habit in (
        (rates.relatives, habits.low_relative),
        (rates.coordination, habits.misplaced_conjunct),
        (rates.infinitives, habits.misread_infinitive),
        (rates.subjects, habits.subject_as_object),
        (rates.objects, habits.raised_object),
        (rates.recipients, habits.recipient_as_compound),
        (rates.adverbs, habits.low_adverb),
        (rates.prepositions, habits.habitual_preposition),
    ):
        for number in range(1, len(words) + 1):
            attachment = habit(words, number)
            if attachment is not None and dice.chance(rate):
                _reattach(words, number, attachment)
    for number in range(1, len(words) + 1):
        if words[number - 1].head != 0 and dice.chance(rates.slips):
            _slip(words, number, dice)
    # A slip may bring a word back to its true head; it then has its true label, too.
    corrupted = [
        word if word.head == node.head else replace(word, head=node.head, deprel=node.deprel)
        for word, node in zip(sentence.words, words)
    ]
    return replace(sentence, words=corrupted)


def _slip(words: List[Node], number: int, dice: Dice) -> None:
    for head in dice.order(range(1, len(words) + 1)):
        if head not in (number, words[number - 1].head):
            if _reattach(words, number, (head, _label(words, number, head))):
                return


def _reattach(words: List[Node], number: int, attachment: Attachment) -> bool:
    """
    Attaches a word, and the conjunction before a conjunct, in place; only if the tree stays
    projective.
    """
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
    words[number - 1] = words[number - 1]._replace(head=head, deprel=deprel)
    for other in moved[1:]:
        words[other - 1] = words[other - 1]._replace(head=head)
    return True


def _label(words: List[Node], number: int, head: int) -> str:
    """The label that a word of this kind has below a word of that kind."""
    word, above = words[number - 1], words[head - 1]
    if word.pos.startswith("NN") or word.pos == "PRP":
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
