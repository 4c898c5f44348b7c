"""Random choices that are the same in every version of Python."""

from random import Random
from typing import List, Sequence, TypeVar

T = TypeVar("T")


class Dice:
    """
    Choices built on `Random.random` alone, whose sequence Python guarantees for a seed; what
    `choice`, `choices`, `sample` and `shuffle` draw has changed between versions.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def chance(self, probability: float) -> bool:
        """`True` with the given probability."""
        return self._random.random() < probability

    def choose(self, items: Sequence[T], skew: float = 1.0) -> T:
        """One of `items`; with `skew` above 1, the first ones more often, as words are in text."""
        return items[int(len(items) * self._random.random() ** skew)]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """One of `items`, drawn in proportion to its weight."""
        rest = self._random.random() * sum(weights)
        for item, weight in zip(items, weights):
            rest -= weight
            if rest < 0:
                return item
        return items[-1]

    def order(self, items: Sequence[T]) -> List[T]:
        """The items in a random order."""
        keys = [self._random.random() for _ in items]
        return [items[i] for i in sorted(range(len(items)), key=keys.__getitem__)]
