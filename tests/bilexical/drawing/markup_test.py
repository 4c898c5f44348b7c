import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.drawing.markup import escape_markdown
from bilexical.drawing.text import visible


@pytest.mark.parametrize(
    "text, escaped",
    [
        ("straight_through, LF_without_tops", "straight_through, LF_without_tops"),
        ("< 0.001", "< 0.001"),
        ("83.33 ± 23.57 & -1.0", "83.33 ± 23.57 & -1.0"),
        ("__init__", r"\_\_init\_\_"),
        ("a__b_", r"a\_\_b\_"),
        ("a|b\\|c", r"a\|b\\\|c"),
        ("[x](http://y)", r"\[x\](http://y)"),
        ("<b>&lt; `x` *y* ~z~", r"\<b>\&lt; \`x\` \*y\* \~z\~"),
        ("x #", r"x \#"),
        ("two\nlines", "two␊lines"),
    ],
)
def test_what_means_something_is_escaped(text, escaped):
    assert escape_markdown(text) == escaped


characters = st.text(st.sampled_from("ab _*`~|\\<>&;#![]()$1/=\n\t"), min_size=1, max_size=12)


@given(characters)
def test_a_reader_of_markdown_gets_the_text_back(text):
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    rendered = parser.render(
        f"## Title {escape_markdown(text)}.\n\n| a | b |\n| --- | --- |\n"
        f"| x{escape_markdown(text)}x | 1 |\n"
    )
    shown = visible(text)
    heading = re.search(r"<h2>(.*?)</h2>", rendered, re.DOTALL)[1]
    cells = re.findall(r"<td>(.*?)</td>", rendered, re.DOTALL)
    assert html.unescape(heading) == f"Title {shown}."
    assert [html.unescape(cell) for cell in cells] == [f"x{shown}x", "1"]
    assert re.sub(r"<(/?(h2|table|thead|tbody|tr|th|td))>", "", rendered).count("<") == 0
