"""What the formats share: how many columns, id and head, with errors that name file and line."""

import re
from typing import List, Optional, Sequence

from bilexical.formats.errors import FormatError
from bilexical.formats.trees import TreeError, check_tree

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


_SEPARATE_BY_TABS = "Separate the columns by single tabs and write _ where there is no value."


def width_error(
    path: str,
    line: int,
    row: Sequence[str],
    expected: str,
    columns: str,
    remedy: str = _SEPARATE_BY_TABS,
) -> FormatError:
    """
    The error about a line with too few or too many columns.

    # Parameters

    path : `str`
    line : `int`
    row : `Sequence[str]`
        The columns that there are.
    expected, columns : `str`
        How many there should be, and which.
    remedy : `str`, optional
    """
    return FormatError(
        path,
        line,
        f"the number of columns is {len(row)} and should be {expected}: {columns}.",
        remedy,
    )


def check_width(
    path: str,
    line: int,
    row: Sequence[str],
    columns: Sequence[str],
    note: str = "",
    remedy: str = _SEPARATE_BY_TABS,
) -> None:
    """Raises `FormatError` unless a line has the named columns; `note` follows their names."""
    if len(row) != len(columns):
        names = " ".join(columns)
        raise width_error(path, line, row, str(len(columns)), names + note, remedy)


def optional(column: str) -> Optional[str]:
    """The value of a column, `None` for `_`."""
    return None if column == "_" else column


def is_number(column: str) -> bool:
    """Whether a column is the number of a word or 0: ASCII digits without a leading zero."""
    return _NUMBER.fullmatch(column) is not None


def check_word_number(path: str, line: int, column: str, expected: int) -> None:
    """Raises `FormatError` unless `column` is the number `expected`."""
    if column == str(expected):
        return
    if not is_number(column):
        raise FormatError(
            path,
            line,
            f"column 1 (id) is {column!r}, which is not a number.",
            "Separate the columns by tabs and start each with the word's number.",
        )
    raise FormatError(
        path,
        line,
        f"column 1 (id) is {column} where word {expected} is expected.",
        "Number the words of each sentence 1, 2, 3, ... and put a blank line between sentences.",
    )


def read_heads(
    path: str, lines: Sequence[int], columns: Sequence[str], column_number: int
) -> List[Optional[int]]:
    """
    The heads of a sentence's words from their head columns: all `None` where all are `_`.

    # Parameters

    path : `str`
    lines : `Sequence[int]`
        The line of each word.
    columns : `Sequence[str]`
    column_number : `int`
        Counted from 1, for the messages.

    Raises `FormatError` for a head that is not a number, a tree for a part of the sentence, and
    heads that are not a tree.
    """
    if all(column == "_" for column in columns):
        return [None] * len(columns)
    heads = []
    for word, (line, column) in enumerate(zip(lines, columns), 1):
        if column == "_":
            raise FormatError(
                path,
                line,
                f"word {word} has no head (column {column_number} is _) but other words have one.",
                "Give each word of the sentence a head, 0 for ROOT, or none of them.",
            )
        if not is_number(column):
            raise FormatError(
                path,
                line,
                f"column {column_number} (head) is {column!r}, which is not the number of a word.",
                "Write the number of the word's head, 0 for ROOT.",
            )
        heads.append(int(column))
    try:
        check_tree(heads)
    except TreeError as error:
        raise FormatError(
            path,
            lines[error.word - 1],
            error.problem,
            "Each word needs a head from which ROOT (0) is reached. Correct the head column.",
        ) from error
    return list(heads)
