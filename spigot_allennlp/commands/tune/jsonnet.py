"""Values of JSON, written as the configurations of this project are."""

import json
import re
from typing import Any

_WIDTH = 100
_IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*$")
_KEYWORDS = frozenset(
    "assert else error false for function if import importstr importbin in local null self super "
    "tailstrict then true".split()
)


def jsonnet(value: Any, indent: int = 0) -> str:
    """
    A value of JSON as Jsonnet: names without quotes, single quotes, and a comma after the last
    element. What fits stands in one line.

    # Parameters

    value : `Any`
    indent : `int`, optional (default = `0`)
        Of the line that it begins in.
    """
    line = _in_line(value)
    if not value or not isinstance(value, (dict, list)) or indent + len(line) < _WIDTH:
        return line
    space = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{_key(key)}: {jsonnet(child, indent + 2)}" for key, child in value.items()]
    else:
        parts = [jsonnet(child, indent + 2) for child in value]
    body = "".join(f"{space}{part},\n" for part in parts)
    left, right = "{}" if isinstance(value, dict) else "[]"
    return f"{left}\n{body}{' ' * indent}{right}"


def _in_line(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        parts = [f"{_key(key)}: {_in_line(child)}" for key, child in value.items()]
        return "{ " + ", ".join(parts) + " }" if parts else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_in_line, value)) + "]"
    return json.dumps(value)


def _key(key: str) -> str:
    return key if _IDENTIFIER.match(key) and key not in _KEYWORDS else _quoted(key)


def _quoted(text: str) -> str:
    # Between single quotes only these stand for themselves otherwise than in JSON.
    inner = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')
    return "'" + inner.replace("'", "\\'") + "'"
