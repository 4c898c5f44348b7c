"""Pieces of XML."""

import html
from typing import Union

from bilexical.drawing.text import visible


def escape(text: str) -> str:
    """`text` as the content of an element or an attribute, whatever characters it has."""
    return html.escape(visible(text), quote=True)


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
