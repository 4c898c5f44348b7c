"""Which sentences a corpus may take so that neither words nor pairs of words give labels away."""

from collections import Counter
from math import isqrt
from typing import Counter as CounterType
from typing import List, Set, Tuple

from bilexical.formats.sentence import Sentence, Word
from toy_corpus.opinions import OPINIONS, TARGET

_START = "^"


class Balance:
    """
    Counts how often each word and each pair of neighbors occurs under either polarity. Names, and
    words of praise or blame of the same kind, count as the same word.
    """

    def __init__(self) -> None:
        self._total: CounterType[Tuple[str, ...]] = Counter()
        self._difference: CounterType[Tuple[str, ...]] = Counter()

    def takes(self, sentence: Sentence, polarity: int) -> bool:
        """Whether the sentence, which is then counted, makes the counts more equal, all in all."""
        features = _features(sentence)
        # In integers, whose sum is the same in any order and on any machine.
        surplus = sum(
            self._difference[feature] * (1000 // (2 + isqrt(self._total[feature])))
            for feature in features
        )
        if polarity * surplus > 0:
            return False
        for feature in features:
            self._total[feature] += 1
            self._difference[feature] += polarity
        return True


def _features(sentence: Sentence) -> Set[Tuple[str, ...]]:
    kinds: List[str] = [_START, *map(_kind, sentence.words)]
    return {(kind,) for kind in kinds} | set(zip(kinds, kinds[1:]))


def _kind(word: Word) -> str:
    lemma, pos = word.lemma or "", word.pos or ""
    if pos.startswith("NN"):
        return lemma if lemma == TARGET.lemma else "noun"
    if lemma in OPINIONS:
        opinion = OPINIONS[lemma]
        return f"{pos[0]} {opinion.stimulus} {opinion.polarity}"
    return lemma
