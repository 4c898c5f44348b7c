"""Tables as HTML."""

from typing import Optional, Sequence

from bilexical.comparison.cells import Table
from bilexical.drawing import element, escape


def html(table: Table) -> str:
    """The note and the table."""
    if not table.rows:
        return element("p", "Nothing to show.")
    # A column has numbers if any of its cells begins as one; others stand in place of a number.
    kinds = [
        "number" if any(map(_begins_as_a_number, column)) else None
        for column in zip(*(map(str.strip, row) for row in table.rows))
    ]
    head = _row("th", table.header, kinds)
    body = "".join(_row("td", row, kinds) for row in table.rows)
    content = element("thead", head) + element("tbody", body)
    scrolling = element("div", element("table", content), class_="wide", tabindex="0")
    return element("p", escape(table.note), class_="quiet") + scrolling


def _begins_as_a_number(cell: str) -> bool:
    return cell[:1].isdigit() or cell.startswith(("+", "-", "<"))


def _row(cell: str, texts: Sequence[str], kinds: Sequence[Optional[str]]) -> str:
    # Numbers are not broken over lines.
    cells = (text.replace(" ", "\u00a0") if kind else text for text, kind in zip(texts, kinds))
    return element(
        "tr", "".join(element(cell, escape(x), class_=kind) for x, kind in zip(cells, kinds))
    )
