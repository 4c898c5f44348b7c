"""The one error that every reader of a corpus file raises, and what such errors share."""

import os
from typing import Optional, Union

Path = Union[str, "os.PathLike[str]"]

#: The name of standard input, and of standard output, among paths.
STANDARD_STREAM = "-"


class FormatError(ValueError):
    """
    A corpus file that does not follow its format.

    The message reads `path, line n: what is wrong. What to do about it.`
    """

    def __init__(self, path: Path, line: Optional[int], problem: str, remedy: str) -> None:
        name = os.fspath(path)
        self.path = "standard input" if name == STANDARD_STREAM else name
        self.line = line
        place = self.path if line is None else f"{self.path}, line {line}"
        super().__init__(f"{place}: {problem} {remedy}")

    def __reduce__(self):
        # Exceptions pickle by their message; a data-loader worker must be able to send this one.
        return (_rebuild, (str(self), self.path, self.line))


def no_sentence(path: Path) -> FormatError:
    """The error about a file without a sentence."""
    return FormatError(
        path, None, "the file holds no sentence.", "Check that it is the file you meant."
    )


def _rebuild(message: str, path: str, line: Optional[int]) -> FormatError:
    error = FormatError.__new__(FormatError)
    ValueError.__init__(error, message)
    error.path = path
    error.line = line
    return error
