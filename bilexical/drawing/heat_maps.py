"""Tables of gains and losses as colored cells, as SVG."""

from typing import Iterable, Optional, Sequence

from bilexical.drawing.axes import TICK_SIZE, finite, is_number
from bilexical.drawing.chart_frame import MARGIN, frame, header, least_width, series_class
from bilexical.drawing.markup import element, escape
from bilexical.drawing.text import pixels

_CELL_HEIGHT = 34
_GAP = 2
# Text has to read well on it.
_STRONGEST = 0.6
_GAIN, _LOSS = series_class(0), series_class(1)


def heat_map(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[Optional[float]]],
    title: str = "",
    row_label: str = "",
    column_label: str = "",
    width: int = 0,
) -> str:
    """
    A table of cells as a self-contained `<svg>` element: the further a value is from zero, the
    stronger is the color, one for what is above and another for what is below; the value stands in
    the cell with its sign and one decimal. A value that is `None`, infinite or no number has a cell
    without a color.

    # Parameters

    rows, columns : `Sequence[str]`
        Their names.
    values : `Sequence[Sequence[Optional[float]]]`
        For each row one for each column.
    title : `str`, optional
    row_label, column_label : `str`, optional
        What the names of rows and of columns are.
    width : `int`, optional
        The chart gets wider if its text needs it.

    Raises `ValueError` if there are not as many values as cells.
    """
    if len(values) != len(rows) or any(len(row) != len(columns) for row in values):
        raise ValueError(
            f"values must be {len(rows)} rows of {len(columns)} each but are rows of "
            f"{[len(row) for row in values]}."
        )
    strongest = max((abs(value) for row in values for value in finite(row)), default=0.0)
    names = [row_label, *rows]
    left = MARGIN + max(pixels(name, TICK_SIZE) for name in names) + 8
    cell = max([54, *(pixels(name, TICK_SIZE) + 12 for name in columns)])
    width = max(width, left + cell * len(columns) + MARGIN, least_width(title, [], [column_label]))
    cell = (width - left - MARGIN) // max(1, len(columns))
    parts, top = header(title, [], [], "", width)
    middle = left + cell * len(columns) / 2
    parts.append(_text(column_label, middle, top + 4, "tick", "middle"))
    parts.append(_text(row_label, left - 8, top + 22, "tick", "end"))
    parts += [
        _text(name, left + cell * (n + 0.5), top + 22, "name", "middle")
        for n, name in enumerate(columns)
    ]
    top += 30
    for n, (name, row) in enumerate(zip(rows, values)):
        y = top + _CELL_HEIGHT * n
        parts.append(_text(name, left - 8, y + _CELL_HEIGHT / 2 + 3, "name", "end"))
        for m, value in enumerate(row):
            label = f"{name}, {columns[m]}"
            parts += _cell(label, value, strongest, left + cell * m, y, cell)
    height = top + _CELL_HEIGHT * len(rows) + MARGIN
    return frame(parts, title, _describe(rows, columns, values), width, height)


def _cell(
    label: str, value: Optional[float], strongest: float, x: float, y: float, width: float
) -> Iterable[str]:
    shown, color, share = "–", "", 0.0
    if value is not None and is_number(value):
        shown, color = _shown(value), f"band {_GAIN if value >= 0 else _LOSS}"
        share = abs(value) / strongest if strongest else 0.0
    yield element(
        "rect",
        element("title", escape(f"{label}: {shown}")),
        class_=color or "grid",
        style=f"fill-opacity:{_STRONGEST * share:.3f}",
        x=x + _GAP / 2,
        y=y + _GAP / 2,
        width=width - _GAP,
        height=_CELL_HEIGHT - _GAP,
    )
    yield _text(shown, x + width / 2, y + _CELL_HEIGHT / 2 + 4, "name", "middle")


def _shown(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")


def _text(text: str, x: float, y: float, class_: str, anchor: str) -> str:
    return element("text", escape(text), class_=class_, x=x, y=y, text_anchor=anchor)


def _describe(
    rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[Optional[float]]]
) -> str:
    parts = []
    for name, row in zip(rows, values):
        known = [
            f"{column} {_shown(value)}"
            for column, value in zip(columns, row)
            if value is not None and is_number(value)
        ]
        parts.append(f"{name}: {', '.join(known) or 'no values'}")
    return "; ".join(parts)
