"""
Where words, arcs and labels stand, in whole units, be they pixels or columns of a terminal.

Each side of the row of words has levels. An arc is a bracket: from a port of one word up to its
level, along it, and down to a port of the other word. Its label interrupts the horizontal part. A
*stub* (the arc from ROOT, a top node, an arc from a word to itself) is a single vertical line, with
its label at the end, beyond all levels of arcs. The words are moved apart until every label has a
place of its own.
"""

from dataclasses import dataclass
from typing import Dict, List, NamedTuple, Sequence, Tuple

from bilexical.drawing.levels import assign_levels


class Measures(NamedTuple):
    """
    # Parameters

    port_gap : `int`
        Between two ports of a word, even.
    word_gap : `int`
        Between two words, at least.
    padding : `int`
        Between a label and a line, at least.
    """

    port_gap: int
    word_gap: int
    padding: int


class Span(NamedTuple):
    """An arc over the words at positions `left` < `right`, or a stub if they are the same."""

    left: int
    right: int
    label_width: int


class Place(NamedTuple):
    """The level of a span, from 1, its ends, the same for a stub, and its label's left edge."""

    level: int
    left: int
    right: int
    label: int


@dataclass(frozen=True)
class Layout:
    """The width of the picture, the middle of each word, and for each side the place of spans."""

    width: int
    words: List[int]
    sides: List[List[Place]]


def lay_out(
    word_widths: Sequence[int], sides: Sequence[Sequence[Span]], measures: Measures
) -> Layout:
    """
    # Parameters

    word_widths : `Sequence[int]`
        From left to right.
    sides : `Sequence[Sequence[Span]]`
        The spans on each side of the words, with at most one stub for each word.
    measures : `Measures`
    """
    drawn = [_Side(spans, len(word_widths), measures) for spans in sides]
    extents = [
        max([width, *(side.breadth(position) for side in drawn)])
        for position, width in enumerate(word_widths)
    ]
    gaps = [measures.word_gap] * max(0, len(word_widths) - 1)
    for side in drawn:
        side.widen(gaps, extents)
    words = _middles(extents, gaps)
    places = [side.places(words) for side in drawn]
    boxes = [(x - width // 2, width) for x, width in zip(words, word_widths)]
    for side, side_places in zip(drawn, places):
        boxes += [(p.label, span.label_width) for span, p in zip(side.spans, side_places)]
        boxes += [(p.left, 1) for p in side_places]
        boxes += [(p.right, 1) for p in side_places]
    start = min((left for left, _ in boxes), default=0)
    end = max((left + width for left, width in boxes), default=0)
    return Layout(
        end - start,
        [x - start for x in words],
        [
            [Place(p.level, p.left - start, p.right - start, p.label - start) for p in side_places]
            for side_places in places
        ],
    )


class _Port(NamedTuple):
    position: int
    offset: int
    level: int


class _Side:
    """One side of the words: levels and ports do not depend on where the words stand."""

    def __init__(self, spans: Sequence[Span], num_words: int, measures: Measures) -> None:
        self.spans = list(spans)
        self._padding = measures.padding
        arcs = [n for n, span in enumerate(spans) if span.left < span.right]
        arc_levels = assign_levels([(spans[n].left, spans[n].right) for n in arcs])
        self._levels = [max(arc_levels, default=0) + 1] * len(spans)
        for n, level in zip(arcs, arc_levels):
            self._levels[n] = level
        # The stubs, then the arcs by length: short arcs have the fewest places for their labels.
        self._order = sorted(range(len(spans)), key=lambda n: spans[n].right - spans[n].left)
        self._breadths = [0] * num_words
        self._ends: List[Dict[str, _Port]] = [{} for _ in spans]
        self._ports: List[List[_Port]] = [[] for _ in range(num_words)]
        ports: List[List[Tuple[int, int, str]]] = [[] for _ in range(num_words)]
        for n, (span, level) in enumerate(zip(spans, self._levels)):
            # The longest arcs leave from the middle, so that none crosses another at its port.
            if span.left < span.right:
                ports[span.left].append((-level, n, "left"))
                ports[span.right].append((level, n, "right"))
            else:
                ports[span.left].append((level, n, "left"))
        for position, ends in enumerate(ports):
            ends.sort(key=lambda end: (end[0] < 0, end[0]))
            self._breadths[position] = len(ends) * measures.port_gap
            for index, (_, n, name) in enumerate(ends):
                offset = (2 * index - len(ends) + 1) * measures.port_gap // 2
                self._ends[n][name] = _Port(position, offset, self._levels[n])
                self._ports[position].append(self._ends[n][name])

    def breadth(self, position: int) -> int:
        """The space that the ports of a word take."""
        return self._breadths[position]

    def widen(self, gaps: List[int], extents: Sequence[int]) -> None:
        """Adds to `gaps` what the labels need. More space never takes a place from a label."""
        stubs = sorted(
            (n for n, s in enumerate(self.spans) if s.left == s.right),
            key=lambda n: self.spans[n].left,
        )
        for n, other in zip(stubs, stubs[1:]):
            words = _middles(extents, gaps)
            left, right = self._ends[n]["left"], self._ends[other]["left"]
            widths = self.spans[n].label_width, self.spans[other].label_width
            needed = widths[0] - widths[0] // 2 + self._padding + widths[1] // 2
            missing = needed - (_x(right, words) - _x(left, words))
            _spread(missing, gaps, left.position, right.position)
        for n in self._order:
            if self.spans[n].left == self.spans[n].right or not self.spans[n].label_width:
                continue
            words = _middles(extents, gaps)
            stretches = [s for s in self._stretches(n, words) if s[0].position < s[1].position]
            left, right = max(stretches, key=lambda s: _x(s[1], words) - _x(s[0], words))
            missing = self._needed(n) - (_x(right, words) - _x(left, words))
            _spread(missing, gaps, left.position, right.position)

    def places(self, words: Sequence[int]) -> List[Place]:
        """The place of each span among `words` that are wide enough apart."""
        places = []
        for n, (span, level) in enumerate(zip(self.spans, self._levels)):
            left = _x(self._ends[n]["left"], words)
            right = _x(self._ends[n].get("right", self._ends[n]["left"]), words)
            wish = (left + right) // 2 - span.label_width // 2
            label = wish
            if span.left < span.right and span.label_width:
                choices = [
                    min(max(wish, _x(a, words) + 1 + self._padding), end)
                    for a, b in self._stretches(n, words)
                    for end in [_x(b, words) - self._padding - span.label_width]
                    if _x(b, words) - _x(a, words) >= self._needed(n)
                ]
                label = min(choices, key=lambda choice: abs(choice - wish))
            places.append(Place(level, left, right, label))
        return places

    def _needed(self, n: int) -> int:
        return self.spans[n].label_width + 2 * self._padding + 1

    def _stretches(self, n: int, words: Sequence[int]) -> List[Tuple[_Port, _Port]]:
        """The parts of an arc's horizontal line between the vertical lines that cross it."""
        start, end = self._ends[n]["left"], self._ends[n]["right"]
        left, right = _x(start, words), _x(end, words)
        # From left to right, as the words and the ports of each are.
        crossing = [
            port
            for ports in self._ports[start.position : end.position + 1]
            for port in ports
            if port.level > self._levels[n] and left < _x(port, words) < right
        ]
        return list(zip([start, *crossing], [*crossing, end]))


def _x(port: _Port, words: Sequence[int]) -> int:
    return words[port.position] + port.offset


def _middles(extents: Sequence[int], gaps: Sequence[int]) -> List[int]:
    middles = []
    start = 0
    for extent, gap in zip(extents, [*gaps, 0]):
        middles.append(start + extent // 2)
        start += extent + gap
    return middles


def _spread(missing: int, gaps: List[int], left: int, right: int) -> None:
    """Adds `missing`, if positive, to the gaps between the words at `left` and at `right`."""
    for index in range(left, right):
        share = max(0, missing) // (right - index)
        gaps[index] += share
        missing -= share
