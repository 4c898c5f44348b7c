"""Lines of files, none of them so long that it fills the memory."""

import itertools
import os
from typing import IO, Iterator, Tuple

from bilexical.formats.errors import FormatError

#: The environment variable for `max_line_length`.
MAX_LINE_LENGTH_VARIABLE = "SPIGOT_MAX_LINE_LENGTH"
#: Far above what a sentence takes. 40 KB of xz may hold a line of 300 MB.
DEFAULT_MAX_LINE_LENGTH = 2**24


def numbered_lines(name: str, file: IO[bytes]) -> Iterator[Tuple[int, bytes]]:
    """
    The lines of a file that is called `name`, with their numbers from 1.

    Raises `FormatError` for a line that is too long, before it is read to its end.
    """
    limit = max_line_length()
    for number in itertools.count(1):
        line = file.readline(limit + 1 if limit else -1)
        if not line:
            return
        if limit and len(line) > limit:
            raise FormatError(
                name,
                number,
                f"the line is longer than {limit:,} bytes.",
                "Check that it is the file you meant; if it is, allow lines of any length by "
                f"--max-line-length 0, or by {MAX_LINE_LENGTH_VARIABLE}=0 before an allennlp "
                "command.",
            )
        yield number, line


def max_line_length() -> int:
    """
    How many bytes a line may have, 0 for any number: what the environment says.

    Raises `ValueError` if that is no such number.
    """
    value = os.environ.get(MAX_LINE_LENGTH_VARIABLE) or str(DEFAULT_MAX_LINE_LENGTH)
    if not value.isdecimal():
        raise ValueError(
            f"{MAX_LINE_LENGTH_VARIABLE} in the environment must be a number of bytes but is "
            f"{value!r}. Give one, 0 for lines of any length, or remove the variable."
        )
    return int(value)
