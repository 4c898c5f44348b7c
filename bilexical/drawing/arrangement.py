"""A picture laid out: what the SVG and the terminal's drawing have in common."""

from typing import Callable, Dict, List, NamedTuple, Sequence

from bilexical.drawing.layout import Measures, Place, Span, lay_out
from bilexical.drawing.picture import Picture, PictureArc
from bilexical.drawing.text import is_right_to_left, visible


class Bracket(NamedTuple):
    """
    One or several arcs that are drawn as one.

    # Parameters

    arcs : `List[PictureArc]`
        One arc between two words; or those of a stub, which are all arcs of one word from ROOT and
        from itself, from the words outwards.
    labels : `List[str]`
        What to write for each of `arcs`.
    label_width : `int`
    place : `Place`
    tip : `int`
        Where the arrow comes down on the modifier: the left or the right end of `place`.
    is_top : `bool`
        Whether it marks a top node and nothing else.
    """

    arcs: List[PictureArc]
    labels: List[str]
    label_width: int
    place: Place
    tip: int
    is_top: bool

    @property
    def is_stub(self) -> bool:
        return self.arcs[0].head in (0, self.arcs[0].modifier)


class Arrangement(NamedTuple):
    """
    # Parameters

    width : `int`
    words : `List[int]`
        The middle of each word, in the order of the sentence.
    sides : `List[List[Bracket]]`
        The tree above the words and the graph below them.
    """

    width: int
    words: List[int]
    sides: List[List[Bracket]]


def arrange(
    picture: Picture,
    word_width: Callable[[str], int],
    label_width: Callable[[str], int],
    write_label: Callable[[PictureArc], str],
    measures: Measures,
) -> Arrangement:
    """
    Lays `picture` out, from right to left if its words are written so.

    # Parameters

    picture : `Picture`
    word_width : `Callable[[str], int]`
    label_width : `Callable[[str], int]`
    write_label : `Callable[[PictureArc], str]`
        The label of an arc as it is to be written.
    measures : `Measures`
    """
    step = -1 if is_right_to_left(picture.words) else 1
    groups = [_groups(arcs or ()) for arcs in (picture.tree, picture.graph)]
    labels = [[[write_label(arc) for arc in group] for group in side] for side in groups]
    widths = [[max(map(label_width, texts)) for texts in side] for side in labels]
    positions = range(len(picture.words))[::step]
    spans = []
    for side, side_widths in zip(groups, widths):
        ends = [[positions[number - 1] for number in _ends(group[0])] for group in side]
        spans.append([Span(min(e), max(e), width) for e, width in zip(ends, side_widths)])
    layout = lay_out([word_width(visible(w)) for w in picture.words][::step], spans, measures)
    words = layout.words[::step]
    sides = []
    for side, side_labels, side_widths, places in zip(groups, labels, widths, layout.sides):
        tips = [_tip(group[0], place, words) for group, place in zip(side, places)]
        tops = [side is groups[1] and all(arc.head == 0 for arc in group) for group in side]
        sides.append(list(map(Bracket, side, side_labels, side_widths, places, tips, tops)))
    return Arrangement(layout.width, words, sides)


def plain_label(arc: PictureArc) -> str:
    """The label, with a sign before it if the arc joins a word with itself."""
    return visible(f"↻ {arc.label}" if arc.head == arc.modifier else arc.label)


def _groups(arcs: Sequence[PictureArc]) -> List[List[PictureArc]]:
    """Each arc between words by itself, and the other arcs of a word together."""
    groups: List[List[PictureArc]] = []
    stubs: Dict[int, List[PictureArc]] = {}
    for arc in arcs:
        if arc.head not in (0, arc.modifier):
            groups.append([arc])
        elif arc.modifier in stubs:
            stubs[arc.modifier].append(arc)
        else:
            stubs[arc.modifier] = [arc]
            groups.append(stubs[arc.modifier])
    return groups


def _ends(arc: PictureArc) -> List[int]:
    return [arc.head or arc.modifier, arc.modifier]


def _tip(arc: PictureArc, place: Place, words: Sequence[int]) -> int:
    head, modifier = (words[number - 1] for number in _ends(arc))
    return place.left if modifier < head else place.right
