"""The levels of arcs: an arc stands above those that it encloses, and beside others if it can."""

from typing import List, Sequence, Tuple


def assign_levels(spans: Sequence[Tuple[int, int]]) -> List[int]:
    """
    A level, from 1, for each span `(left, right)` with `left < right`.

    Two spans of one level overlap in their end points at most, and a span has a higher level than
    every span within it. Of two equal spans the later one has the higher
    level.
    """
    levels = [0] * len(spans)
    placed: List[int] = []
    for n in sorted(range(len(spans)), key=lambda n: (spans[n][1] - spans[n][0], spans[n][0], n)):
        left, right = spans[n]
        over = [m for m in placed if spans[m][0] < right and left < spans[m][1]]
        within = [m for m in over if left <= spans[m][0] and spans[m][1] <= right]
        taken = {levels[m] for m in over}
        level = 1 + max((levels[m] for m in within), default=0)
        while level in taken:
            level += 1
        levels[n] = level
        placed.append(n)
    return levels
