"""A picture of a sentence in characters, for a terminal."""

from typing import Dict, List, Optional, Sequence, Tuple

from bilexical.drawing.arrangement import Bracket, arrange, plain_label
from bilexical.drawing.layout import Measures
from bilexical.drawing.picture import Picture, PictureArc, Status
from bilexical.drawing.text import columns, is_right_to_left, visible

#: What stands before the label of an arc.
SIGNS = {Status.SPURIOUS: "+", Status.MISSING: "-"}

#: What is drawn in seconds and megabytes. Beyond it a drawing is thousands of columns wide.
MAX_WORDS = 400
MAX_ARCS = 2000

_MEASURES = Measures(port_gap=2, word_gap=2, padding=1)
_LEFT_TO_RIGHT_MARK = "\N{LEFT-TO-RIGHT MARK}"
_CROSSING = "┼"
_CORNERS = {-1: ("┌", "┐"), 1: ("└", "┘")}
_DASHED = {"─": "┄", "│": "┆"}

#: The text of each cell by row, counted from the words, and column; "" right of a wide character.
_Cells = Dict[Tuple[int, int], str]


def terminal_drawing(picture: Picture) -> List[str]:
    """
    The lines of the drawing, as wide as it has to be. Missing arcs are dashed, and their labels
    have a sign before them, as those of spurious arcs have (`SIGNS`).
    """
    arrangement = arrange(picture, columns, columns, _label, _MEASURES)
    cells: _Cells = {}
    for side, direction in zip(arrangement.sides, (-1, 1)):
        for bracket in side:
            _draw(cells, bracket, direction)
    for word, middle in zip(picture.words, arrangement.words):
        text = visible(word)
        _write(cells, 0, middle - columns(text) // 2, text)
    rows = [row for row, _ in cells]
    return [
        "".join(cells.get((row, column), " ") for column in range(arrangement.width)).rstrip()
        for row in range(min(rows, default=0), max(rows, default=0) + 1)
    ]


def why_not_drawn(picture: Picture, width: Optional[int] = None) -> str:
    """
    Why a picture is not to be drawn, as can be told without drawing it; empty if it is.

    # Parameters

    picture : `Picture`
    width : `Optional[int]`
        The columns of the terminal, if there is one.
    """
    num_words, num_arcs = len(picture.words), len(picture.tree or []) + len(picture.graph or [])
    if num_words > MAX_WORDS or num_arcs > MAX_ARCS:
        return (
            f"{num_words} words with {num_arcs} arcs are too many to draw in characters, where "
            f"{MAX_WORDS} words and {MAX_ARCS} arcs are the most. Write a page by -o page.html."
        )
    least = sum(columns(visible(word)) + _MEASURES.word_gap for word in picture.words)
    return "" if width is None else too_wide(least - _MEASURES.word_gap, width)


def too_wide(needed: int, width: int) -> str:
    """What to say if a drawing needs more columns than there are; empty if it does not."""
    if needed <= width:
        return ""
    return (
        f"The drawing takes at least {needed} columns and the terminal has {width}: pipe it into "
        "`less -S`, or write a page by -o page.html."
    )


def drawing_width(lines: List[str]) -> int:
    """The columns that a drawing takes."""
    return max(map(columns, lines), default=0)


def legend_lines(legend: Sequence[Tuple[Status, str]]) -> List[str]:
    """What the signs before labels mean."""
    signs = {**SIGNS, Status.RELABELED: "x≠y"}
    return [f"{signs.get(status, ''):>4} {text}" for status, text in legend]


def _label(arc: PictureArc) -> str:
    return SIGNS.get(arc.status, "") + plain_label(arc)


def _draw(cells: _Cells, bracket: Bracket, direction: int) -> None:
    place = bracket.place
    row = direction * (place.level + 1)
    missing = all(arc.status is Status.MISSING for arc in bracket.arcs)
    if bracket.is_stub:
        for step in range(1, place.level + 1):
            _line(cells, direction * step, place.left, "┊" if bracket.is_top else "│", missing)
        for index, label in enumerate(bracket.labels):
            start = place.left - columns(label) // 2
            _write(cells, row + direction * index, start, label)
    else:
        for x in (place.left, place.right):
            for step in range(1, place.level + 1):
                _line(cells, direction * step, x, "│", missing)
        for x in range(place.left + 1, place.right):
            if not place.label <= x < place.label + bracket.label_width:
                _line(cells, row, x, "─", missing)
        cells[row, place.left], cells[row, place.right] = _CORNERS[direction]
        _write(cells, row, place.label, bracket.labels[0])
    cells[direction, bracket.tip] = "▼" if direction == -1 else "▲"


def _line(cells: _Cells, row: int, column: int, line: str, dashed: bool) -> None:
    crossed = (row, column) in cells
    cells[row, column] = _CROSSING if crossed else _DASHED.get(line, line) if dashed else line


def _write(cells: _Cells, row: int, column: int, text: str) -> None:
    """
    Puts each character into as many cells as it takes, and one that combines to the one before it.
    Text from right to left stands between marks, so that a terminal does not exchange the words.
    """
    start = column
    for character in text:
        width = columns(character)
        if width == 0:
            cells[row, column - 1] = cells.get((row, column - 1), " ") + character
        for offset in range(width):
            cells[row, column + offset] = "" if offset else character
        column += width
    if column > start and any(map(is_right_to_left, text)):
        cells[row, start] = _LEFT_TO_RIGHT_MARK + cells[row, start]
        cells[row, column - 1] += _LEFT_TO_RIGHT_MARK
