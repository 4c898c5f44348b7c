"""
The sentiment of a sentence as a function of its semantic graph.

Nothing is read but lemmas, tags, arcs and top nodes.
"""

from typing import Dict, List, Tuple

from bilexical.formats.sentence import Sentence
from toy_corpus.opinions import DEGREES, FLIPPERS, NEGATIVE_VERBS, OPINIONS, TARGET

_NEGATIVE_VERBS = {verb.lemma for verb in NEGATIVE_VERBS.values()}
_COORDINATION = ("_and_c", "_but_c", "_or_c")


def polarity(sentence: Sentence) -> int:
    """
    1 if the sentence praises its film, -1 if it blames it.

    What counts are the words of praise and blame of which the film has the role that says what they
    are about. Each negation and each negative verb or adverb above such a word reverses it. Of
    several, the strongest count, by their adverbs of degree; among equals, that behind a "but"
    beats that before it, and the top of the graph beats the rest.

    Raises `ValueError` for a sentence whose graph does not decide.
    """
    graph = _Graph(sentence)
    opinions = graph.opinions()
    strongest = max((graph.degree(word) for word in opinions), default=0)
    opinions = [word for word in opinions if graph.degree(word) == strongest]
    signs = {graph.sign(word) for word in opinions if not graph.is_beaten(word, opinions)}
    if len(signs) != 1:
        forms = " ".join(word.form for word in sentence.words)
        raise ValueError(
            f"The graph of {forms!r} does not decide whether it praises or blames a film. "
            "Give a sentence of the toy sentiment grammar with its graph."
        )
    return signs.pop()


class _Graph:
    def __init__(self, sentence: Sentence) -> None:
        self._words = sentence.words
        self._heads: Dict[int, List[Tuple[int, str]]] = {}
        for modifier, head, label in sentence.arcs or []:
            self._heads.setdefault(modifier, []).append((head, label))

    def opinions(self) -> List[int]:
        """The words of praise and blame about a film."""
        return [
            head
            for number, word in enumerate(self._words, 1)
            if word.lemma == TARGET.lemma and word.pos in ("NN", "NNS")
            for head, label in self._heads.get(number, [])
            if self._lemma(head) in OPINIONS and label == OPINIONS[self._lemma(head)].stimulus
        ]

    def sign(self, word: int) -> int:
        num_flips = sum(self._lemma(head) in FLIPPERS for head in self._governors(word))
        return OPINIONS[self._lemma(word)].polarity * (-1) ** num_flips

    def degree(self, word: int) -> int:
        return sum(DEGREES.get(self._lemma(head), 0) for head in self._governors(word))

    def is_beaten(self, word: int, opinions: List[int]) -> bool:
        """Whether another of `opinions` stands behind a "but" or, unlike the word, at the top."""
        clause = self._clause(word)
        others = [self._clause(other) for other in opinions if other != word]
        if any((other, "_but_c") in self._heads.get(clause, []) for other in others):
            return False
        if any((clause, "_but_c") in self._heads.get(other, []) for other in others):
            return True
        return not self._is_top(clause) and any(map(self._is_top, others))

    def _clause(self, word: int) -> int:
        """The negative verb above the word, which stands for its clause, or the word itself."""
        verbs = [head for head in self._governors(word) if self._lemma(head) in _NEGATIVE_VERBS]
        return verbs[0] if verbs else word

    def _governors(self, word: int) -> List[int]:
        """The heads of which the word is an argument, not a conjunct."""
        return [head for head, label in self._heads.get(word, []) if label not in _COORDINATION]

    def _is_top(self, word: int) -> bool:
        return self._words[word - 1].is_top

    def _lemma(self, word: int) -> str:
        return self._words[word - 1].lemma or ""
