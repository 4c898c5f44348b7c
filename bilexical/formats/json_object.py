"""The values of a JSON object, with errors that name file, line and value."""

import json
import re
from typing import Any, Container, Dict, List, Optional

from bilexical.formats.errors import FormatError

_REMEDY = (
    'An object is, for example, {"words": ["Dogs", "bark"], "pos": ["NNS", "VBP"], "heads": '
    '[2, 0], "deprels": ["nsubj", "root"], "arcs": [{"head": 2, "modifier": 1, "label": "ARG1"}], '
    '"tops": [2]}; all but the words may be left out.'
)
# What no file can hold: halves of surrogate pairs, which JSON may name. What no line can hold, and
# what no column can.
_NO_TEXT = re.compile("[\ud800-\udfff]")
_NO_LINE = re.compile("[\n\r\ud800-\udfff]")
_NO_COLUMN = re.compile("[\t\n\r\ud800-\udfff]")


class JsonObject:
    """
    # Parameters

    path : `str`
        The file, or what else to call the object in messages.
    line : `Optional[int]`
        Where it starts in the file.
    value : `Any`
        What JSON says there. `FormatError` is raised if it is no object.
    """

    def __init__(self, path: str, line: Optional[int], value: Any) -> None:
        self.line = line
        self._path = path
        if not isinstance(value, dict):
            raise self.error(f"{shown(value)} is not an object.")
        self.values: Dict[str, Any] = value

    def error(self, problem: str) -> FormatError:
        """A `FormatError` about this object."""
        return FormatError(self._path, self.line, problem, _REMEDY)

    def without(self, keys: Container[str]) -> "JsonObject":
        """A copy that has nothing at `keys`."""
        values = {key: value for key, value in self.values.items() if key not in keys}
        return JsonObject(self._path, self.line, values)

    def further(self, known: Container[str]) -> Dict[str, Any]:
        """
        What is at other keys than `known`. `FormatError` is raised unless a file can hold it, keys
        included.
        """
        values = self.without(known).values
        for key, value in values.items():
            if _NO_TEXT.search(json.dumps({key: value}, ensure_ascii=False)):
                raise self.error(
                    f"{key!r} is {shown(value)}, and the key or its value holds half a character."
                )
        return values

    def has(self, key: str) -> bool:
        """Whether there is a value, other than `null`, at `key`."""
        return self.values.get(key) is not None

    def sequence(self, key: str, length: Optional[int] = None) -> List[Any]:
        """
        The list at `key`. If there is none, it is empty, or `length` times `None`. `FormatError` is
        raised for another type or length.
        """
        values = self.values.get(key)
        if values is None:
            return [None] * (length or 0)
        if not isinstance(values, list):
            raise self.error(f"{key!r} is {shown(values)}, which is not a list.")
        if length is not None and len(values) != length:
            raise self.error(f"{key!r} has {len(values)} values for {length} words.")
        return values

    def column(self, key: str, value: Any) -> str:
        """A value of `key`. `FormatError` is raised unless a column of a file can hold it."""
        if not isinstance(value, str) or not value or _NO_COLUMN.search(value):
            raise self.error(
                f"{key!r} has {shown(value)}, which is not a string, or is empty, or holds a tab, "
                "a line end or half a character."
            )
        return value

    def text(self, key: str) -> str:
        """The string at `key`. `FormatError` is raised unless a file can hold it."""
        value = self.values.get(key)
        if not isinstance(value, str) or _NO_TEXT.search(value):
            raise self.error(
                f"{key!r} is {shown(value)}, which is not a string, or holds half a character."
            )
        return value

    def line_of_text(self, key: str) -> str:
        """
        The string, or whole number, at `key`, without white space around it; empty if there is
        none. `FormatError` is raised unless a line of a file can hold it.
        """
        value = self.values.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is None:
            return ""
        if not isinstance(value, str) or _NO_LINE.search(value):
            raise self.error(
                f"{key!r} is {shown(value)}, which is neither a number nor a string of one line, "
                "or holds half a character."
            )
        return value.strip()

    def number(self, key: str, value: Any, first: int, last: int) -> int:
        """A value of `key`. `FormatError` is raised unless it is from `first` to `last`."""
        if not isinstance(value, int) or isinstance(value, bool) or not first <= value <= last:
            raise self.error(
                f"{key!r} has {shown(value)}, which is not a number from {first} to {last}."
            )
        return value


def shown(value: Any) -> str:
    """A value as a message shows it, in ASCII and not too long."""
    text = value.strip() if isinstance(value, str) else json.dumps(value)
    return ascii(text) if len(text) <= 100 else f"{text[:100]!a} ..."
