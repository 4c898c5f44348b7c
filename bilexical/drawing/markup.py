"""Pieces of XML, and text in Markdown."""

import html
import re
from typing import Union

from bilexical.drawing.text import visible

_MARKDOWN = re.compile(
    r"""
    [\\`*\[\]|~\#$]                     # escapes, code, emphasis, links, cells, headings, formulas
    | (?<![^\W_])_ | _(?![^\W_])         # emphasis, but not within a name
    | <(?=[A-Za-z/!?]) | &(?=\#?\w+;)    # HTML
    """,
    re.VERBOSE,
)


def escape(text: str) -> str:
    """`text` as the content of an element or an attribute, whatever characters it has."""
    return html.escape(visible(text), quote=True)


def escape_markdown(text: str) -> str:
    """
    `text` within a line of Markdown, a heading or a cell of a table, whatever characters it has.
    What means nothing where it stands stays readable: the `_` of `straight_through`, and `< 0.001`.
    """
    return _MARKDOWN.sub(r"\\\g<0>", visible(text))


def element(name: str, content: str = "", **attributes: Union[str, float, None]) -> str:
    """
    An element around `content`, which is markup already. In the names of attributes `_` stands for
    a hyphen, one at the end (`class_`) for nothing; those that are `None` are left out.
    """
    described = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{described}>{content}</{name}>" if content else f"<{name}{described}/>"


def _value(value: Union[str, float]) -> str:
    return escape(value) if isinstance(value, str) else f"{value:g}"
