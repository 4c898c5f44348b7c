import re
from html.parser import HTMLParser

from bilexical.drawing import Bars, Line, Section, bar_chart, figure, line_chart, page, svg
from tests.bilexical.drawing.pictures import long_picture

VOID = {"meta"}


class Checker(HTMLParser):
    """Follows the elements of a page, each of which has to be closed."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.attributes = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def whole_page():
    drawings = [
        svg(long_picture(), standalone=False),
        line_chart([Line("a", [1, 2], [1, 2])], "lines"),
        bar_chart(["a"], [Bars("b", [1.0])], "bars"),
    ]
    sections = [Section(f"<{n}>", figure(drawn, 'a "caption"')) for n, drawn in enumerate(drawings)]
    return page("A & B", sections, "<p>introduction</p>")


def test_page_is_well_formed():
    checker = Checker()
    checker.feed(whole_page())
    checker.close()
    assert checker.open == []
    ids = [value for _, name, value in checker.attributes if name == "id"]
    assert ids == ["section-1", "section-2", "section-3"]
    assert "A & B" in checker.text and "<2>" in checker.text and 'a "caption"' in checker.text


def test_page_needs_nothing_from_elsewhere():
    text = whole_page()
    assert set(re.findall("https?://[^\"' ]*", text)) == {"http://www.w3.org/2000/svg"}
    assert not re.search("<script|<link|<img|@import|url\\(|src=", text)


def test_figures_take_the_keyboards_focus_and_have_a_name():
    checker = Checker()
    checker.feed(figure("", "caption", "Sentence 1", right_to_left=True))
    found = {name: value for tag, name, value in checker.attributes if tag == "div"}
    assert (found["tabindex"], found["aria-label"], found["dir"]) == ("0", "Sentence 1", "rtl")
