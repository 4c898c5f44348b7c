"""Heat maps, read from their SVG."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bilexical.drawing import heat_map
from tests.bilexical.drawing.geometry import SVG

ROWS, COLUMNS = ["200", "1,000"], ["500", "2,000", "all"]
VALUES = [[1.25, -2.5, None], [0.0, float("nan"), 0.6]]


def cells(chart):
    return [
        e
        for e in ElementTree.fromstring(chart).iter(f"{SVG}rect")
        if e.find(f"{SVG}title") is not None
    ]


def opacity(cell):
    return float(cell.get("style").split(":")[1])


def test_a_cell_says_its_value_and_has_the_color_of_its_sign():
    found = cells(heat_map(ROWS, COLUMNS, VALUES, "gain", "trees", "graphs"))
    assert [cell.find(f"{SVG}title").text for cell in found] == [
        "200, 500: +1.2",
        "200, 2,000: \N{MINUS SIGN}2.5",
        "200, all: –",
        "1,000, 500: +0.0",
        "1,000, 2,000: –",
        "1,000, all: +0.6",
    ]
    kinds = [cell.get("class") for cell in found]
    assert kinds == [
        "band series-1",
        "band series-2",
        "grid",
        "band series-1",
        "grid",
        "band series-1",
    ]
    assert opacity(found[0]) == pytest.approx(opacity(found[1]) / 2)
    assert [opacity(found[n]) for n in (2, 3, 4)] == [0.0, 0.0, 0.0]


def test_texts_are_there():
    texts = [
        e.text
        for e in ElementTree.fromstring(
            heat_map(ROWS, COLUMNS, VALUES, "gain", "trees", "graphs")
        ).iter(f"{SVG}text")
    ]
    assert {"gain", "trees", "graphs", *ROWS, *COLUMNS, "+1.2", "–"} <= set(texts)


@given(
    st.lists(st.lists(st.floats() | st.none(), min_size=2, max_size=2), max_size=4),
    st.text(max_size=30),
)
@settings(max_examples=40)
def test_cells_lie_in_the_picture_beside_one_another(values, name):
    chart = heat_map([name] * len(values), [name, "b"], values, name, name, name)
    root = ElementTree.fromstring(chart)
    found = cells(chart)
    assert len(found) == 2 * len(values)
    for cell in found:
        left, top = float(cell.get("x")), float(cell.get("y"))
        assert 0 <= left <= left + float(cell.get("width")) <= float(root.get("width"))
        assert 0 <= top <= top + float(cell.get("height")) <= float(root.get("height"))
    for a, b in zip(found[::2], found[1::2]):
        assert float(a.get("x")) + float(a.get("width")) <= float(b.get("x"))


@pytest.mark.parametrize("values", [[[1.0, 2.0, 3.0]], [[1.0], [2.0]]])
def test_as_many_values_as_cells(values):
    with pytest.raises(ValueError, match="2 rows of 3"):
        heat_map(ROWS, COLUMNS, values)
