import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.drawing.markup import element, escape
from bilexical.drawing.text import columns, is_right_to_left, pixels, visible


@pytest.mark.parametrize(
    "text, width",
    [("dog", 3), ("庭師", 4), ("e\u0301", 1), ("ｱ", 1), ("Ａ", 2), ("한", 2), ("\u1112\u1161", 2)],
)
def test_columns(text, width):
    assert columns(text) == width


# Advance widths in thousandths of an em, from the tables of DejaVu Sans.
@pytest.mark.parametrize(
    "text, width",
    [
        ("illicit", 2060),
        ("Wwm", 2781),
        ("ABQ", 2157),
        ("2015", 2545),
        ("(a)", 1393),
        ("庭師", 2000),
    ],
)
def test_pixels_are_an_upper_bound_and_not_far(text, width):
    assert width / 10 <= pixels(text, 100) <= 1.7 * width / 10


def test_an_accent_takes_no_space():
    assert pixels("é", 15) == pixels("e", 15) == pixels("e\u0301", 15)


@pytest.mark.parametrize(
    "words, expected",
    [
        (["שלום", "Dogs"], False),
        (["שלום", "a", "."], True),
        (["نهر", "3"], True),
        (["Dogs"], False),
        ([","], False),
        ([], False),
    ],
)
def test_direction(words, expected):
    assert is_right_to_left(words) == expected


@given(st.text(st.characters()))
def test_whatever_is_written_can_be_read_by_xml(text):
    root = ElementTree.fromstring(element("a", escape(text) or "x", title=text))
    assert root.get("title") == visible(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in visible(text))


def test_visible_leaves_text_as_it_is():
    assert visible("É<庭 a\u200d‎שלום🙂") == "É<庭 a\u200d‎שלום🙂"
    assert visible("\x1b\x9b\u202e\ufffe\ud800") == "␛\ufffd\ufffd\ufffd\ufffd"


def test_element():
    assert element("a", "b", class_="x", text_anchor="end", x=1.50, y=None) == (
        '<a class="x" text-anchor="end" x="1.5">b</a>'
    )
    assert element("rect") == "<rect/>"
