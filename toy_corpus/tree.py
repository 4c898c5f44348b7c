"""Questions about the dependency tree of a sentence."""

from typing import List, NamedTuple, Sequence

from bilexical.formats.sentence import Word
from toy_corpus.lexicon import OBJECTS, word_class


class Node(NamedTuple):
    """What the toy corpus always knows of a word."""

    lemma: str
    pos: str
    head: int
    deprel: str


def tree_nodes(words: Sequence[Word]) -> List[Node]:
    """
    The nodes of a tree.

    Raises `ValueError` for a word without lemma, POS, head or label.
    """
    nodes = []
    for number, word in enumerate(words, start=1):
        if word.lemma is None or word.pos is None or word.head is None or word.deprel is None:
            raise ValueError(
                f"Word {number} ({word.form}) has no lemma, POS, head or label. "
                "Give words with a complete tree."
            )
        nodes.append(Node(word.lemma, word.pos, word.head, word.deprel))
    return nodes


class Tree:
    """
    The tree of a sentence, with words numbered from 1.

    # Parameters

    words : `Sequence[Word]`
        Words with lemma, POS, head and deprel.
    """

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = tree_nodes(words)
        self._dependents: List[List[int]] = [[] for _ in range(len(words) + 1)]
        for number, word in enumerate(self._words, start=1):
            self._dependents[word.head].append(number)

    def __len__(self) -> int:
        return len(self._words)

    def head(self, number: int) -> int:
        return self._words[number - 1].head

    def deprel(self, number: int) -> str:
        return self._words[number - 1].deprel

    def lemma(self, number: int) -> str:
        return self._words[number - 1].lemma

    def word_class(self, number: int) -> str:
        """The lexicon's class of the word, "" for words without one."""
        word = self._words[number - 1]
        return word_class(word.lemma, word.pos) or ""

    def is_verb(self, number: int) -> bool:
        return number > 0 and self._words[number - 1].pos.startswith("VB")

    def is_predicative(self, number: int) -> bool:
        """Whether the word is an adjective with a subject, stated or not."""
        return number > 0 and self._words[number - 1].pos == "JJ" and self.deprel(number) != "amod"

    def is_passive(self, number: int) -> bool:
        """
        Whether the verb has a passive auxiliary or is a participle that modifies a noun or stands
        for a clause.
        """
        if self.deprel(number) == "vmod" or self.dependents(number, "auxpass"):
            return True
        is_participle = self._words[number - 1].pos == "VBN" and not self.dependents(number, "aux")
        return is_participle and self.deprel(number) == "advcl"

    def is_transitive(self, number: int) -> bool:
        return self.is_verb(number) and self.word_class(number) in OBJECTS

    def dependents(self, number: int, *deprels: str) -> List[int]:
        """The dependents with one of the labels, from left to right."""
        return [child for child in self._dependents[number] if self.deprel(child) in deprels]

    def conjuncts(self, number: int) -> List[int]:
        """The word and everything coordinated with it, from left to right."""
        return [number] + [
            word for child in self.dependents(number, "conj") for word in self.conjuncts(child)
        ]

    def modified(self, modifier: int) -> List[int]:
        """
        What a dependent of a coordination modifies: it has scope over the conjuncts between it and
        their first, its head, so that "cats and dogs in the garden" has two readings and two trees.
        """
        head = self.head(modifier)
        return [word for word in self.conjuncts(head) if word == head or word < modifier]
