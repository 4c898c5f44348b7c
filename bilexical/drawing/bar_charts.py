"""Groups of bars, as SVG."""

from typing import Iterable, NamedTuple, Optional, Sequence

from bilexical.drawing.axes import (
    TICK_SIZE,
    Scale,
    is_number,
    room_for_ticks,
    ticks,
    y_axis,
)
from bilexical.drawing.chart_frame import MARGIN, frame, header, least_width, series_class
from bilexical.drawing.markup import element, escape
from bilexical.drawing.text import pixels

_BAR = 14
_GROUP_GAP = 12


class Bars(NamedTuple):
    """
    The bars of one color.

    # Parameters

    name : `str`
    values : `Sequence[Optional[float]]`
        One for each group; there is no bar for a value that is `None`, infinite or no number.
    """

    name: str
    values: Sequence[Optional[float]]


def bar_chart(
    groups: Sequence[str],
    series: Sequence[Bars],
    title: str = "",
    y_label: str = "",
    width: int = 0,
    height: int = 240,
) -> str:
    """
    A chart of bars around zero, side by side in each group, as a self-contained `<svg>` element. It
    gets wider than `width` if the bars need it. Groups' names stand upright where they are short
    enough and on their side otherwise.

    Raises `ValueError` for a series that has not one value for each group.
    """
    rows = [Bars(*bars) for bars in series]
    for bars in rows:
        if len(bars.values) != len(groups):
            raise ValueError(
                f"the series {bars.name!r} has {len(bars.values)} values for {len(groups)} groups."
            )
    names = [bars.name for bars in rows] if len(rows) > 1 else []
    values = ticks([0.0, *(value for bars in rows for value in bars.values)])
    left = MARGIN + room_for_ticks(values) + 6
    slot = max(1, len(rows)) * _BAR + _GROUP_GAP
    label_widths = [pixels(group, TICK_SIZE) for group in groups]
    if max(label_widths, default=0) <= 2 * slot:
        slot = max([slot, *(width + 8 for width in label_widths)])
    width = max(width, least_width(title, names, [y_label]), left + slot * len(groups) + MARGIN)
    slot = max(slot, (width - left - MARGIN) // max(1, len(groups)))
    upright = max(label_widths, default=0) + 8 <= slot
    label_height = 24 if upright else max(label_widths) + 16
    samples = [
        element("rect", class_=f"mark {series_class(n)}", x=4, y=0, width=_BAR, height=12)
        for n in range(len(rows))
    ]
    parts, top = header(title, names, samples, y_label, width)
    bottom = top + max(60, height - top - 24)
    scale = Scale(values[0], values[-1], bottom, top)
    parts += y_axis(values, scale, left, width - MARGIN)
    for n, group in enumerate(groups):
        middle = left + slot * n + slot / 2
        thickness = (slot - _GROUP_GAP) / max(1, len(rows))
        parts.append(_label(group, middle, bottom, upright))
        parts += _bars(group, rows, n, middle, min(2 * _BAR, thickness), scale)
    return frame(parts, title, _describe(groups, rows), width, bottom + label_height)


def _label(group: str, x: float, y: int, upright: bool) -> str:
    if upright:
        return element("text", escape(group), class_="name", x=x, y=y + 17, text_anchor="middle")
    return element(
        "text",
        escape(group),
        class_="name",
        text_anchor="end",
        transform=f"translate({x + 4:.1f} {y + 8}) rotate(-90)",
    )


def _bars(
    group: str, rows: Sequence[Bars], index: int, middle: float, thickness: float, scale: Scale
) -> Iterable[str]:
    start = middle - thickness * len(rows) / 2
    for n, bars in enumerate(rows):
        value = bars.values[index]
        if value is None or not is_number(value):
            continue
        ends = sorted((scale(0.0), scale(value)))
        name = f"{group}, {bars.name}: {value:.4g}" if len(rows) > 1 else f"{group}: {value:.4g}"
        yield element(
            "rect",
            element("title", escape(name)),
            class_=f"mark {series_class(n)}",
            x=round(start + n * thickness + 0.5, 1),
            y=round(ends[0], 1),
            width=round(thickness - 1, 1),
            height=round(max(0.5, ends[1] - ends[0]), 1),
        )


def _describe(groups: Sequence[str], rows: Sequence[Bars]) -> str:
    parts = []
    for bars in rows:
        values = [
            f"{group} {value:.4g}"
            for group, value in zip(groups, bars.values)
            if value is not None and is_number(value)
        ]
        parts.append(f"{bars.name}: {', '.join(values) or 'no values'}")
    return "; ".join(parts)
