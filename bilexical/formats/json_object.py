"""The values of an object on a line of JSON, with errors that name file, line and value."""

import json
import re
from typing import Any, Dict, List, Optional

from bilexical.formats.errors import FormatError

_REMEDY = (
    'Write one object per line, such as {"words": ["Dogs", "bark"], "heads": [2, 0], "deprels": '
    '["nsubj", "root"], "arcs": [{"head": 2, "modifier": 1, "label": "ARG1"}], "tops": [2]}.'
)
# What no column of a file can hold, halves of surrogate pairs among it, which JSON may name.
_UNFIT = re.compile("[\t\n\r\ud800-\udfff]")


class JsonObject:
    """
    # Parameters

    path : `str`
    line : `int`
    text : `str`
        The line. `FormatError` is raised if it is no JSON object.
    """

    def __init__(self, path: str, line: int, text: str) -> None:
        self.line = line
        self._path = path
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self.error(f"{_shown(text)} is not JSON ({error}).") from error
        if not isinstance(value, dict):
            raise self.error(f"{_shown(text)} is not an object.")
        self.values: Dict[str, Any] = value

    def error(self, problem: str) -> FormatError:
        """A `FormatError` about this line."""
        return FormatError(self._path, self.line, problem, _REMEDY)

    def sequence(self, key: str, length: Optional[int] = None) -> List[Any]:
        """
        The list at `key`. If there is none, it is empty, or `length` times `None`. `FormatError` is
        raised for another type or length.
        """
        values = self.values.get(key)
        if values is None:
            return [None] * (length or 0)
        if not isinstance(values, list):
            raise self.error(f"{key!r} is {_shown(values)}, which is not a list.")
        if length is not None and len(values) != length:
            raise self.error(f"{key!r} has {len(values)} values for {length} words.")
        return values

    def text(self, key: str, value: Any) -> str:
        """A value of `key`. `FormatError` is raised unless a column of a file can hold it."""
        if not isinstance(value, str) or not value or _UNFIT.search(value):
            raise self.error(
                f"{key!r} has {_shown(value)}, which is not a string, or is empty, or holds a tab, "
                "a line end or half a character."
            )
        return value

    def number(self, key: str, value: Any, first: int, last: int) -> int:
        """A value of `key`. `FormatError` is raised unless it is from `first` to `last`."""
        if not isinstance(value, int) or isinstance(value, bool) or not first <= value <= last:
            raise self.error(
                f"{key!r} has {_shown(value)}, which is not a number from {first} to {last}."
            )
        return value


def _shown(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else json.dumps(value)
    return ascii(text) if len(text) <= 100 else f"{text[:100]!a} ..."
