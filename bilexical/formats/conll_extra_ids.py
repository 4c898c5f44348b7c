"""The ids of the CoNLL-U lines that are no words: multiword ranges (2-3), empty nodes (2.1)."""

import re

from bilexical.formats.errors import FormatError

_RANGE = re.compile(r"([1-9][0-9]{0,8})-([1-9][0-9]{0,8})")
_EMPTY_NODE = re.compile(r"(0|[1-9][0-9]{0,8})\.([1-9][0-9]{0,8})")


class ExtraIds:
    """
    Checks the ids of a sentence's ranges and empty nodes, one after another.

    # Parameters

    path : `str`
        The file, for messages.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._range = ""
        self._range_line = 0
        self._range_end = 0
        self._empty_nodes = (0, 0)

    def check(self, line: int, column: str, num_words: int) -> None:
        """Raises `FormatError` unless the id in `column` can stand after `num_words` words."""
        match = _RANGE.fullmatch(column) or _EMPTY_NODE.fullmatch(column)
        first, last = map(int, match.groups()) if match else (0, 0)
        is_range = "-" in column
        if match is None or (is_range and last < first):
            raise FormatError(
                self._path,
                line,
                f"column 1 (id) is {column!r}, which is no word, range or empty node.",
                "Write a number, a range as 2-3 or an empty node as 2.1.",
            )
        if is_range:
            if first != num_words + 1 or first <= self._range_end:
                raise FormatError(
                    self._path,
                    line,
                    f"the range {column} stands before word {num_words + 1}.",
                    "Put each range directly before its first word, and no range within another.",
                )
            self._range, self._range_line, self._range_end = column, line, last
        else:
            word, count = self._empty_nodes
            expected = (num_words, count + 1 if word == num_words else 1)
            if (first, last) != expected:
                raise FormatError(
                    self._path,
                    line,
                    f"the empty node {column} stands where {expected[0]}.{expected[1]} is "
                    "expected.",
                    "Put empty nodes after the word they name and number them from 1.",
                )
            self._empty_nodes = expected

    def check_end(self, line: int, num_words: int) -> None:
        """Raises `FormatError` if the sentence of `line` has no words or ends within a range."""
        if not num_words:
            raise FormatError(
                self._path,
                line,
                "the sentence has no words.",
                "Give it at least one, or remove it.",
            )
        if self._range_end > num_words:
            raise FormatError(
                self._path,
                self._range_line,
                f"the range {self._range} ends after the sentence's last word, {num_words}.",
                "Correct the range.",
            )
