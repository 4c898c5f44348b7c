"""The axes of charts: from values to pixels, where the ticks are and what they say."""

import math
from typing import Iterable, List, NamedTuple, Optional, Sequence, Tuple

from bilexical.drawing.markup import element
from bilexical.drawing.text import pixels

TICK_SIZE = 11


class Scale(NamedTuple):
    """From values in `low` to `high` to pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def is_number(value: Optional[float]) -> bool:
    """Whether `value` is there, and finite."""
    return value is not None and math.isfinite(value)


def finite(values: Iterable[Optional[float]]) -> List[float]:
    """Those of `values` that are there, and finite."""
    return [float(value) for value in values if value is not None and math.isfinite(value)]


def ticks(
    values: Iterable[Optional[float]], number: int = 5, whole: bool = False, around: bool = True
) -> List[float]:
    """
    About `number` round numbers, at least two, for an axis that shows `values`.

    # Parameters

    values : `Iterable[Optional[float]]`
        Those that are not finite are passed over; without any, the axis goes from 0 to 1.
    number : `int`, optional (default = `5`)
    whole : `bool`, optional (default = `False`)
        Whether only whole numbers make sense.
    around : `bool`, optional (default = `True`)
        Whether the first and the last tick enclose the values, and not the values the ticks.
    """
    low, high = limits(values)
    rough = (high - low) / number
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    if whole:
        step = max(1.0, float(round(step)))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    indices = [n for n in range(first, last + 1) if around or low <= n * step <= high]
    return [n * step for n in (indices if len(indices) > 1 else (first, last))]


def limits(values: Iterable[Optional[float]]) -> Tuple[float, float]:
    """The least and the greatest finite one of `values`, moved apart if they are the same."""
    known = finite(values) or [0.0, 1.0]
    low, high = min(known), max(known)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        return low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    return low, high


def write_ticks(values: Sequence[float]) -> List[str]:
    """The numbers of an axis, as many decimals for each as their distance asks for."""
    step = abs(values[1] - values[0])
    if not 1e-4 <= step < 1e6:
        return [f"{value:.{_digits(values, step)}g}" for value in values]
    decimals = next(n for n in range(7) if abs(step - round(step, n)) <= 1e-6 * step)
    return [f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}") for value in values]


def _digits(values: Sequence[float], step: float) -> int:
    """How many significant ones show each value to within a small part of the step."""
    return next(
        number
        for number in range(3, 18)
        if all(abs(float(f"{value:.{number}g}") - value) <= 1e-3 * step for value in values)
    )


def y_axis(values: Sequence[float], scale: Scale, left: float, right: float) -> List[str]:
    """Lines of a grid at `values`, a darker one at 0, and the numbers to their left."""
    drawn = []
    for value, text in zip(values, write_ticks(values)):
        kind = "axis" if value == 0 else "grid"
        y = scale(value)
        drawn.append(element("path", class_=kind, d=f"M{left:g} {y:.1f}H{right:g}"))
        drawn.append(
            element("text", text, class_="tick", x=left - 6, y=round(y + 4, 1), text_anchor="end")
        )
    return drawn


def room_for_ticks(values: Sequence[float]) -> int:
    """The width of the widest number of an axis."""
    return max(pixels(text, TICK_SIZE) for text in write_ticks(values))
