"""
The habits of the annotator of `corruption.py`.

Each is a function of the tree so far and the number of a word, and gives the head and label that
habit would give to the word, or `None` where it does not apply.
"""

from typing import List, Optional, Tuple

from toy_corpus.tree import Node

# Whatever they modify, they are attached to the noun before them...
_NOUN_PREPOSITIONS = "in at near behind with before after during to from".split()
# ... and these to the verb above them.
_VERB_PREPOSITIONS = "about for on under".split()

# The new head of a word, and its new label.
Attachment = Tuple[int, str]


def habitual_preposition(words: List[Node], number: int) -> Optional[Attachment]:
    """A preposition goes to the noun before it or to the verb above it, whatever it modifies."""
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


def low_relative(words: List[Node], number: int) -> Optional[Attachment]:
    """A relative clause goes to the noun before it."""
    word = words[number - 1]
    if word.deprel != "rcmod":
        return None
    # The clause starts behind the nearest noun that is none of its own words.
    for noun in range(_first_word(words, number) - 1, word.head, -1):
        if words[noun - 1].pos in ("NN", "NNS"):
            return noun, "rcmod"
    return None


def misplaced_conjunct(words: List[Node], number: int) -> Optional[Attachment]:
    """A conjunct goes to the noun before the conjunction."""
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


def misread_infinitive(words: List[Node], number: int) -> Optional[Attachment]:
    """The infinitive of object control goes to the object, as its modifier."""
    word = words[number - 1]
    if word.deprel != "xcomp":
        return None
    objects = [
        other
        for other, candidate in enumerate(words[: number - 1], start=1)
        if candidate.head == word.head and candidate.deprel == "dobj"
    ]
    return (objects[-1], "vmod") if objects else None


def subject_as_object(words: List[Node], number: int) -> Optional[Attachment]:
    """The subject of an embedded clause goes to the verb or noun before it."""
    word = words[number - 1]
    clause = words[word.head - 1]
    if word.deprel != "nsubj" or clause.deprel not in ("xcomp", "ccomp", "rcmod"):
        return None
    if clause.head != _first_word(words, number) - 1:
        return None
    return clause.head, "appos" if clause.deprel == "rcmod" else "dobj"


def raised_object(words: List[Node], number: int) -> Optional[Attachment]:
    """The object of an infinitive goes to the verb above it."""
    word = words[number - 1]
    if word.deprel != "dobj" or words[word.head - 1].deprel != "xcomp":
        return None
    return words[word.head - 1].head, "dobj"


def recipient_as_compound(words: List[Node], number: int) -> Optional[Attachment]:
    """A recipient goes to the object behind it, as a part of a compound."""
    word = words[number - 1]
    if word.deprel != "iobj" or not _is_noun(word):
        return None
    for other in range(number + 1, len(words) + 1):
        if words[other - 1].head == word.head and words[other - 1].deprel == "dobj":
            return other, "nn"
    return None


def low_adverb(words: List[Node], number: int) -> Optional[Attachment]:
    """An adverb goes to the noun before it."""
    word = words[number - 1]
    if word.deprel == "advmod" and word.head < number - 1 and _is_noun(words[number - 2]):
        return number - 1, "advmod"
    return None


def _is_noun(word: Node) -> bool:
    return word.pos.startswith("NN")


def _verb_above(words: List[Node], number: int) -> int:
    head = words[number - 1].head
    while head and not words[head - 1].pos.startswith("VB"):
        head = words[head - 1].head
    return head if head < number else 0


def _first_word(words: List[Node], number: int) -> int:
    """The first word of the phrase below a word."""
    below = [
        other for other, word in enumerate(words, start=1) if word.head == number and other < number
    ]
    return _first_word(words, below[0]) if below else number
