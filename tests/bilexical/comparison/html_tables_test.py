import re

import pytest

from bilexical.comparison.cells import NOTHING, Table
from bilexical.comparison.html_tables import html


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1.5", "a"], "number"),
        ([NOTHING, "<0.001"], "number"),
        (["+0.10", ""], "number"),
        (["-3", " 2"], "number"),
        (["a", "b"], None),
        (["a", ""], None),
        (["", " "], None),
        ([NOTHING, "a+1"], None),
    ],
)
def test_a_column_has_numbers_if_a_cell_begins_as_one(cells, kind):
    text = html(Table("title", "note", ["header"], [[cell] for cell in cells]))
    kinds = re.findall(r"<t[hd](| [^>/]*)/?>", text)
    assert kinds == [f' class="{kind}"' if kind else ""] * 3


def test_spaces_in_numbers_only():
    text = html(Table("title", "", ["a b", "c d"], [["e f", "1 \u00b1 2"], ["", ""]]))
    assert ">a b<" in text and ">e f<" in text
    assert ">c\u00a0d<" in text and ">1\u00a0\u00b1\u00a02<" in text
