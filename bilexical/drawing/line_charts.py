"""Curves with bands, as SVG."""

import math
from typing import Iterable, List, NamedTuple, Optional, Sequence, Tuple

from bilexical.drawing import style
from bilexical.drawing.axes import (
    Scale,
    finite,
    is_number,
    limits,
    room_for_ticks,
    ticks,
    write_ticks,
    y_axis,
)
from bilexical.drawing.chart_frame import MARGIN, frame, header, least_width, series_class
from bilexical.drawing.markup import element, escape

_DASHES = (None, "7 3", "2 3", "9 3 2 3")
_MAX_MARKS = 40
_X_AXIS_HEIGHT = 44

Point = Tuple[float, float]


class Line(NamedTuple):
    """
    A curve of a chart.

    # Parameters

    name : `str`
    x : `Sequence[float]`
    y : `Sequence[Optional[float]]`
        As long as `x`. The curve has a gap where a value is `None`, infinite or no number.
    low : `Optional[Sequence[Optional[float]]]`
        The lower edge of the band around the curve.
    high : `Optional[Sequence[Optional[float]]]`
    """

    name: str
    x: Sequence[float]
    y: Sequence[Optional[float]]
    low: Optional[Sequence[Optional[float]]] = None
    high: Optional[Sequence[Optional[float]]] = None


def line_chart(
    series: Sequence[Line],
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    width: int = 640,
    height: int = 320,
) -> str:
    """
    A chart of curves, each with its own color and dashes, as a self-contained `<svg>` element.

    Raises `ValueError` for a curve whose lists are not equally long.
    """
    lines = [Line(*line) for line in series]
    for line in lines:
        lengths = {len(values) for values in line[1:] if values is not None}
        if len(lengths) > 1 or (line.low is None) != (line.high is None):
            raise ValueError(
                f"the curve {line.name!r}: x, y, low and high must be equally long, and low and "
                "high both be there or both be None."
            )
    # The legend has no curve that is not seen.
    shown = [n for n, line in enumerate(lines) if finite(line.y)]
    names = [lines[n].name for n in shown]
    width = max(width, least_width(title, names, [x_label, y_label]))
    samples = [
        element("path", class_=f"curve {series_class(n)}", d="M0 6H22", stroke_dasharray=_dashes(n))
        for n in shown
    ]
    parts, top = header(title, names, samples, y_label, width)
    all_x = finite(x for line in lines for x in line.x)
    x_ticks = ticks(all_x, 8, whole=all(x == int(x) for x in all_x), around=False)
    y_ticks = ticks(value for line in lines for values in line[2:] for value in values or ())
    left = MARGIN + room_for_ticks(y_ticks) + 6
    right = width - MARGIN - room_for_ticks(x_ticks) // 2
    bottom = max(top + 80, height - _X_AXIS_HEIGHT)
    start, end = limits(all_x)
    to_x = Scale(min(start, x_ticks[0]), max(end, x_ticks[-1]), left, right)
    to_y = Scale(y_ticks[0], y_ticks[-1], bottom, top)
    parts += y_axis(y_ticks, to_y, left, right)
    parts += _x_axis(x_ticks, to_x, bottom, x_label)
    # No band covers a curve.
    parts += [band for n, line in enumerate(lines) for band in _bands(line, n, to_x, to_y)]
    for n, line in enumerate(lines):
        parts.append(element("g", "".join(_curve(line, n, to_x, to_y))))
    description = "; ".join(filter(None, map(_describe, lines))) or "no values"
    return frame(parts, title, description, width, bottom + _X_AXIS_HEIGHT)


def _dashes(index: int) -> Optional[str]:
    # Where dashes and colors have both come round they would be those of the first curves again.
    num_pairs = len(_DASHES) * style.NUM_SERIES // math.gcd(len(_DASHES), style.NUM_SERIES)
    return _DASHES[(index + index // num_pairs) % len(_DASHES)]


def _x_axis(values: Sequence[float], scale: Scale, y: int, label: str) -> List[str]:
    parts = [element("path", class_="axis", d=f"M{scale.start:g} {y}H{scale.end:g}")]
    for value, text in zip(values, write_ticks(values)):
        x = round(scale(value), 1)
        parts.append(element("path", class_="axis", d=f"M{x} {y}v4"))
        parts.append(element("text", text, class_="tick", x=x, y=y + 16, text_anchor="middle"))
    if label:
        parts.append(
            element("text", escape(label), class_="tick", x=scale.end, y=y + 34, text_anchor="end")
        )
    return parts


def _bands(line: Line, index: int, to_x: Scale, to_y: Scale) -> Iterable[str]:
    for run in _runs(zip(line.x, line.low or (), line.high or ())):
        there = [(to_x(x), to_y(high)) for x, _, high in run]
        back = [(to_x(x), to_y(low)) for x, low, _ in reversed(run)]
        yield element("path", class_=f"band {series_class(index)}", d=_path(there + back) + "Z")


def _curve(line: Line, index: int, to_x: Scale, to_y: Scale) -> Iterable[str]:
    kind = series_class(index)
    yield element("title", escape(line.name))
    for run in _runs(zip(line.x, line.y)):
        points = [(to_x(x), to_y(y)) for x, y in run]
        yield element(
            "path", class_=f"curve {kind}", d=_path(points), stroke_dasharray=_dashes(index)
        )
        if len(line.x) <= _MAX_MARKS:
            for x, y in points:
                yield element(
                    "circle", class_=f"mark {kind}", cx=round(x, 1), cy=round(y, 1), r=2.5
                )


def _runs(rows: Iterable[Tuple]) -> List[List[Tuple]]:
    """The stretches of rows in which every value is a number."""
    runs: List[List[Tuple]] = [[]]
    for row in rows:
        if all(map(is_number, row)):
            runs[-1].append(row)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _describe(line: Line) -> str:
    values = finite(line.y)
    if not values:
        return ""
    return f"{line.name}: from {values[0]:.4g} to {values[-1]:.4g}, at most {max(values):.4g}"
