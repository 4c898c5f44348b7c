"""A picture of a sentence as SVG: real text, nothing from elsewhere, light and dark."""

from typing import List, Sequence, Tuple

from bilexical.drawing import style
from bilexical.drawing.arrangement import Bracket, arrange, plain_label
from bilexical.drawing.description import describe, describe_arc
from bilexical.drawing.layout import Measures
from bilexical.drawing.markup import element, escape
from bilexical.drawing.picture import Picture, Status
from bilexical.drawing.text import is_right_to_left, pixels

_WORD_SIZE = 15
_LABEL_SIZE = 11
_NOTE_SIZE = 12
_MEASURES = Measures(port_gap=8, word_gap=16, padding=7)
_MARGIN = 10
_WORD_HEIGHT = 24
_LEVEL_HEIGHT = 18
_NOTE_HEIGHT = 19
_CORNER = 5
_TIP = 3.5
_SAMPLE = 28


def svg(picture: Picture, standalone: bool = True) -> str:
    """
    The picture as an `<svg>` element.

    # Parameters

    picture : `Picture`
    standalone : `bool`, optional (default = `True`)
        Whether the element is a file of its own: with style, caption and legend. Without, it is for
        a `page`, which has the style.
    """
    arrangement = arrange(
        picture,
        lambda word: pixels(word, _WORD_SIZE),
        lambda label: pixels(label, _LABEL_SIZE),
        plain_label,
        _MEASURES,
    )
    above, below = (_num_rows(side) * _LEVEL_HEIGHT for side in arrangement.sides)
    middle = _MARGIN + above + _WORD_HEIGHT // 2
    height = middle + _WORD_HEIGHT // 2 + below + _MARGIN
    width = arrangement.width + 2 * _MARGIN
    content = [
        element("title", escape(picture.title)) if picture.title else "",
        element("desc", escape(describe(picture))),
    ]
    notes: List[str] = []
    if standalone:
        heading = ": ".join(filter(None, (picture.title, picture.caption)))
        notes, notes_width = _notes(heading, picture.legend, height)
        height += _NOTE_HEIGHT * len(notes)
        width = max(width, notes_width + 2 * _MARGIN)
        content.append(element("style", style.COLORS + style.PICTURE))
    content.append(element("rect", class_="paper", width=width, height=height, fill="#ffffff"))
    for side, name, direction in zip(arrangement.sides, ("tree", "graph"), (-1, 1)):
        base = middle + direction * _WORD_HEIGHT // 2
        content += [_bracket(picture, bracket, name, base, direction) for bracket in side]
    content.append(_words(picture, arrangement.words, middle))
    return element(
        "svg",
        "\n".join(filter(None, content + notes)) + "\n",
        xmlns="http://www.w3.org/2000/svg",
        class_="spigot",
        role="img",
        aria_label=picture.title or None,
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
    )


def _num_rows(side: List[Bracket]) -> int:
    return max((bracket.place.level + len(bracket.arcs) - 1 for bracket in side), default=0)


def _words(picture: Picture, middles: List[int], y: int) -> str:
    words = [
        element(
            "text",
            escape(word),
            class_="word changed" if number in picture.changed else "word",
            x=_MARGIN + x,
            y=y + 5,
        )
        for number, (word, x) in enumerate(zip(picture.words, middles), 1)
    ]
    direction = "rtl" if is_right_to_left(picture.words) else None
    return element("g", "\n".join(words), direction=direction)


def _bracket(picture: Picture, bracket: Bracket, side: str, base: int, direction: int) -> str:
    """`base` is the edge of the words' row; levels go from there in `direction`, -1 for upwards."""
    y = base + direction * bracket.place.level * _LEVEL_HEIGHT
    tip = _MARGIN + bracket.tip
    back = base + direction * 2 * _TIP
    statuses = {arc.status for arc in bracket.arcs}
    kind = _kind(side, statuses.pop() if len(statuses) == 1 else Status.PLAIN)
    line_kind = kind
    if bracket.is_top and kind != Status.MISSING.value:
        line_kind += " top"
    labels = [
        element(
            "text",
            escape(label),
            class_=f"label {_kind(side, arc.status)}",
            x=_MARGIN + bracket.place.label + bracket.label_width / 2,
            y=y + direction * row * _LEVEL_HEIGHT + 4,
        )
        for row, (arc, label) in enumerate(zip(bracket.arcs, bracket.labels))
        if label
    ]
    return element(
        "g",
        element("title", escape("; ".join(describe_arc(picture, arc) for arc in bracket.arcs)))
        + element("path", class_=f"line {line_kind}", d=_line(bracket, base, y, direction))
        + element(
            "path", class_=f"tip {kind}", d=f"M{tip} {base}L{tip - _TIP} {back}H{tip + _TIP}Z"
        )
        + "".join(labels),
        class_="arc",
    )


def _line(bracket: Bracket, base: int, y: int, direction: int) -> str:
    place = bracket.place
    left, right, label_start = (_MARGIN + x for x in (place.left, place.right, place.label))
    if bracket.is_stub:
        return f"M{left} {base}V{y - direction * _LEVEL_HEIGHT // 2}"
    bend = y - direction * _CORNER
    label_end = label_start + bracket.label_width
    gap = f"H{label_start - 2}M{label_end + 2} {y}" if bracket.label_width else ""
    return (
        f"M{left} {base}V{bend}Q{left} {y} {left + _CORNER} {y}{gap}"
        f"H{right - _CORNER}Q{right} {y} {right} {bend}V{base}"
    )


def _kind(side: str, status: Status) -> str:
    """The class of the CSS that has the color of an arc."""
    return side if status is Status.PLAIN else status.value


def svg_legend(legend: Sequence[Tuple[Status, str]]) -> str:
    """What the statuses mean, as an `<svg>` element for a `page`."""
    notes, width = _notes("", legend, 0)
    height = _NOTE_HEIGHT * len(notes)
    size = {"width": width + 2 * _MARGIN, "height": height}
    return element("svg", "\n".join(notes), class_="spigot", role="group", **size)


def _notes(heading: str, legend: Sequence[Tuple[Status, str]], y: int) -> Tuple[List[str], int]:
    """A heading and the entries of a legend, below one another, and their width."""
    entries = [(heading, "", 0)] if heading else []
    entries += [(text, _sample(status), _SAMPLE + 8) for status, text in legend]
    notes = []
    for row, (text, sample, start) in enumerate(entries):
        note = element("text", escape(text), class_="note", x=start, y=13)
        transform = f"translate({_MARGIN} {y + row * _NOTE_HEIGHT})"
        notes.append(element("g", sample + note, transform=transform))
    return notes, max((start + pixels(text, _NOTE_SIZE) for text, _, start in entries), default=0)


def _sample(status: Status) -> str:
    if status is Status.RELABELED:
        return element("text", "x≠y", class_="label relabeled", x=_SAMPLE / 2, y=13)
    return element("path", class_=f"line {status.value}", d=f"M0 9H{_SAMPLE}")
