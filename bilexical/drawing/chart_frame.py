"""What every chart has: a heading, a legend, a name for what is measured, and a frame."""

from typing import List, Sequence, Tuple

from bilexical.drawing import style
from bilexical.drawing.markup import element, escape
from bilexical.drawing.text import pixels

_NAME_SIZE = 12
_SAMPLE = 22
_ROW = 20
MARGIN = 10


def series_class(index: int) -> str:
    """The class of the CSS with the color of the series at `index`; they come round again."""
    return f"series-{index % style.NUM_SERIES + 1}"


def header(
    title: str, names: Sequence[str], samples: Sequence[str], y_label: str, width: int
) -> Tuple[List[str], int]:
    """
    The heading, the legend and the name of the vertical axis, and the y at which the plot begins.

    # Parameters

    title : `str`
    names : `Sequence[str]`
        Of the series.
    samples : `Sequence[str]`
        Of each series a mark between (0, 0) and (22, 12).
    y_label : `str`
    width : `int`
        Of the chart: the legend goes on in another row before it gets wider.
    """
    parts = [element("text", escape(title), class_="heading", x=MARGIN, y=MARGIN + 11)]
    x, y = MARGIN, MARGIN + 22
    for name, sample in zip(names, samples):
        entry = _SAMPLE + 6 + pixels(name, _NAME_SIZE)
        if x > MARGIN and x + entry > width - MARGIN:
            x, y = MARGIN, y + _ROW
        text = element("text", escape(name), class_="name", x=_SAMPLE + 6, y=10)
        parts.append(element("g", sample + text, transform=f"translate({x} {y})"))
        x += entry + 16
    y += _ROW * bool(names)
    if y_label:
        parts.append(element("text", escape(y_label), class_="tick", x=MARGIN, y=y + 14))
        y += 16
    return parts, y + 12


def least_width(title: str, names: Sequence[str], labels: Sequence[str]) -> int:
    """The width below which the heading, one of the series' names or another label is cut off."""
    widths = [pixels(title, 13.5), *(pixels(label, _NAME_SIZE) for label in labels)]
    widths += [_SAMPLE + 6 + pixels(name, _NAME_SIZE) for name in names]
    return max(widths) + 2 * MARGIN


def frame(content: Sequence[str], title: str, description: str, width: int, height: int) -> str:
    """A chart: an `<svg>` element around `content`."""
    parts = [
        element("title", escape(title)),
        element("desc", escape(description)),
        element("style", style.COLORS + style.CHART),
        element("rect", class_="paper", width=width, height=height, fill="#ffffff"),
        *content,
    ]
    return element(
        "svg",
        "\n".join(parts) + "\n",
        xmlns="http://www.w3.org/2000/svg",
        class_="spigot",
        role="img",
        aria_label=title,
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
    )
