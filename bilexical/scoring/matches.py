"""Counts of things in the gold standard, in the output, and in both."""

from collections import Counter
from typing import Any, Dict, Iterable, NamedTuple
from typing import Counter as CounterType


def ratio(numerator: float, denominator: float) -> float:
    """`numerator / denominator`, and 0.0 where the denominator is 0."""
    return numerator / denominator if denominator else 0.0


class Matches(NamedTuple):
    """How many things of some kind there are in the gold standard, in the output, and in both."""

    gold: int
    system: int
    common: int

    @property
    def precision(self) -> float:
        """Of the things in the output, the share that is right. 0/0 is 0.0."""
        return ratio(self.common, self.system)

    @property
    def recall(self) -> float:
        """Of the things in the gold standard, the share that was found. 0/0 is 0.0."""
        return ratio(self.common, self.gold)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall. 0/0 is 0.0."""
        # In this order of operations the last bit, and so the rounding, is that of the scorer.
        return ratio(2.0 * self.precision * self.recall, self.precision + self.recall)

    def to_json(self) -> Dict[str, Any]:
        """The three counts, precision, recall and F."""
        scores = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {**self._asdict(), **scores}


class MatchesByKind:
    """Counts by the kind of thing, a label for example; to which things are added."""

    def __init__(self) -> None:
        self._gold: CounterType[str] = Counter()
        self._system: CounterType[str] = Counter()
        self._common: CounterType[str] = Counter()

    def add(self, gold: Iterable[str], system: Iterable[str], common: Iterable[str]) -> None:
        """The kinds of the things that there are in each."""
        self._gold.update(gold)
        self._system.update(system)
        self._common.update(common)

    def __getitem__(self, kind: str) -> Matches:
        return Matches(self._gold[kind], self._system[kind], self._common[kind])

    def by_name(self) -> Dict[str, Matches]:
        """All kinds, in the official scorer's order: that of UTF-16 code units."""
        names = sorted(
            {*self._gold, *self._system},
            key=lambda name: name.encode("utf-16-be", "surrogatepass"),
        )
        return {name: self[name] for name in names}
