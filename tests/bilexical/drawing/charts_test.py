"""Line charts and bar charts, read from their SVG."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilexical.drawing.bar_charts import bar_chart
from bilexical.drawing.line_charts import line_chart
from tests.bilexical.drawing.geometry import SVG

NAN = float("nan")
maybe_numbers = (
    st.floats(-1e100, 1e100) | st.sampled_from([None, NAN, float("inf")]) | st.integers(-9, 9)
)


def elements(chart, name, kind):
    root = ElementTree.fromstring(chart)
    return [e for e in root.iter(SVG + name) if kind in e.get("class", "").split()]


def texts(chart, kind):
    return [element.text for element in elements(chart, "text", kind)]


@given(st.lists(st.tuples(st.integers(-9, 99), maybe_numbers), max_size=9), st.text(max_size=5))
@settings(max_examples=50)
def test_lines_stay_in_the_picture(rows, name):
    x, y = [list(column) for column in zip(*rows)] or [[], []] if rows else ([], [])
    chart = line_chart([(name, x, y), ("band", x, y, y, y)], name, "x", "y")
    root = ElementTree.fromstring(chart)
    assert "nan" not in "".join(e.get("d", "") for e in root.iter()).lower()
    width, height = float(root.get("width")), float(root.get("height"))
    for circle in root.iter(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx")) <= width and 0 <= float(circle.get("cy")) <= height


def test_points_of_a_line():
    chart = line_chart([("a", [0, 1, 2], [0.0, 5.0, 10.0])])
    points = [(float(e.get("cx")), float(e.get("cy"))) for e in elements(chart, "circle", "mark")]
    (x0, y0), (x1, y1), (x2, y2) = points
    assert x1 == pytest.approx((x0 + x2) / 2, abs=0.1) and x0 < x2
    assert y1 == pytest.approx((y0 + y2) / 2, abs=0.1) and y2 < y0
    assert texts(chart, "tick") == ["0", "2", "4", "6", "8", "10", "0", "1", "2"]


def test_a_line_has_gaps_where_there_are_no_values():
    chart = line_chart([("a", [1, 2, 3, 4, 5], [1, 2, None, 3, NAN])])
    curves = elements(chart, "path", "curve")[1:]  # after the sample of the legend
    assert [e.get("d").count("L") for e in curves] == [1, 0]


def test_a_curve_without_values_is_not_in_the_legend_and_keeps_its_color():
    chart = line_chart([("a", [1, 2], [None, NAN]), ("b", [1, 2], [1, 2])])
    assert texts(chart, "name") == ["b"]
    assert {e.get("class") for e in elements(chart, "path", "curve")} == {"curve series-2"}


def test_bands_come_before_all_curves():
    chart = line_chart(
        [("a", [1, 2], [1, 2], [0, 1], [2, 3]), ("b", [1, 2], [1, 2], [0, 1], [2, 3])]
    )
    kinds = re.findall('path class="(band|curve)', chart)
    assert kinds == ["curve", "curve", "band", "band", "curve", "curve"]


def test_series_differ_in_more_than_color():
    chart = line_chart([(name, [1, 2], [1, 2]) for name in "abcd"])
    dashes = [e.get("stroke-dasharray") for e in elements(chart, "path", "curve")[:4]]
    assert len(set(dashes)) == 4


def test_two_dozen_curves_are_told_apart():
    chart = line_chart([(f"line {n}", [1, 2], [1, n]) for n in range(24)])
    curves = elements(chart, "path", "curve")[:24]
    assert len({(e.get("class"), e.get("stroke-dasharray")) for e in curves}) == 24


@pytest.mark.parametrize(
    "line", [("a", [1], [1, 2]), ("a", [1], [1], [1]), ("a", [1], [1], [1, 2], [1, 2])]
)
def test_lines_of_unequal_length_are_refused(line):
    with pytest.raises(ValueError, match="the curve 'a'"):
        line_chart([line])


@given(
    st.lists(st.text(max_size=9), max_size=5).flatmap(
        lambda groups: st.tuples(
            st.just(groups),
            st.lists(
                st.lists(maybe_numbers, min_size=len(groups), max_size=len(groups)), max_size=3
            ),
        )
    )
)
@settings(max_examples=50)
def test_bars_stay_in_the_picture(example):
    groups, rows = example
    chart = bar_chart(groups, [(str(n), row) for n, row in enumerate(rows)], "title")
    root = ElementTree.fromstring(chart)
    for bar in elements(chart, "rect", "mark"):
        left, width = float(bar.get("x")), float(bar.get("width"))
        top, height = float(bar.get("y")), float(bar.get("height"))
        assert width > 0 and height > 0 and left >= 0 and top >= 0
        assert left + width <= float(root.get("width"))
        assert top + height <= float(root.get("height"))


def test_bars():
    chart = bar_chart(["ROOT", "dog"], [("spigot", [0.5, -1.0]), ("other", [None, 0.5])], "z")
    first, second, third = elements(chart, "rect", "mark")[2:]  # after the legend
    assert [bar.find(f"{SVG}title").text for bar in (first, second, third)] == [
        "ROOT, spigot: 0.5",
        "dog, spigot: -1",
        "dog, other: 0.5",
    ]
    height = {bar: float(bar.get("height")) for bar in (first, second, third)}
    assert height[second] == pytest.approx(2 * height[first], abs=0.2)
    bottom = float(first.get("y")) + height[first]
    assert float(second.get("y")) == pytest.approx(bottom, abs=0.2)
    assert texts(chart, "name") == ["spigot", "other", "ROOT", "dog"]
    assert "spigot: ROOT 0.5, dog -1" in ElementTree.fromstring(chart).find(f"{SVG}desc").text


def test_bars_do_not_overlap():
    chart = bar_chart(["a"] * 9, [(str(n), [1.0] * 9) for n in range(3)])
    bars = sorted(
        (float(bar.get("x")), float(bar.get("width")))
        for bar in elements(chart, "rect", "mark")[3:]
    )
    assert len(bars) == 27
    assert all(x + width <= other for (x, width), (other, _) in zip(bars, bars[1:]))


def test_long_names_of_groups_are_turned():
    turned = bar_chart(["a long name that needs space"] * 9, [("s", [1.0] * 9)])
    assert turned.count("rotate(-90)") == 9
    assert "rotate" not in bar_chart(["dog"] * 9, [("s", [1.0] * 9)])


def test_missing_values_of_bars_are_refused():
    with pytest.raises(ValueError, match="the series 's' has 1 values for 2 groups"):
        bar_chart(["a", "b"], [("s", [1.0])])


@pytest.mark.parametrize("chart", [line_chart([]), bar_chart([], []), bar_chart(["a"], [])])
def test_charts_of_nothing(chart):
    assert float(ElementTree.fromstring(chart).get("width")) > 0
