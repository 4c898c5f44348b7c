"""The one error that every reader of a corpus file raises, that of writers, and what they share."""

import contextlib
import os
from typing import Callable, Iterator, Optional, Union

from bilexical.formats.sentence import Arc, Sentence

Path = Union[str, "os.PathLike[str]"]

#: The name of standard input, and of standard output, among paths.
STANDARD_STREAM = "-"


def shown_path(path: Path) -> str:
    """What messages call a file."""
    name = os.fspath(path)
    return "standard input" if name == STANDARD_STREAM else str(name)


class FormatError(ValueError):
    """
    A corpus file that does not follow its format.

    The message reads `path, line n: what is wrong. What to do about it.`
    """

    def __init__(self, path: Path, line: Optional[int], problem: str, remedy: str) -> None:
        self.path = shown_path(path)
        self.line = line
        place = self.path if line is None else f"{self.path}, line {line}"
        super().__init__(f"{place}: {problem} {remedy}")

    def __reduce__(self):
        # Exceptions pickle by their message; a data-loader worker must be able to send this one.
        return (_rebuild, (str(self), self.path, self.line))


def located(error: FormatError, path: Path, line: int) -> FormatError:
    """An error about a text, with the file and the line where the text stands."""
    place = shown_path(path)
    return _rebuild(f"{place}, line {line}: {error}", place, line)


#: What is told of a sentence that is left out, where the rest of a file is read nevertheless.
Report = Callable[[FormatError], None]


@contextlib.contextmanager
def reporting(report: Optional[Report]) -> Iterator[None]:
    """In which a `FormatError` goes to `report`, if there is one."""
    try:
        yield
    except FormatError as error:
        if report is None:
            raise
        report(error)


class LabelError(ValueError):
    """
    An arc whose label a format cannot write.

    # Parameters

    sentence : `Sentence`
        Named by its id or, if it has none, by its words.
    arc : `Arc`
        One of its graph.
    reason : `str`
        Why not, as a clause about the label.
    """

    remedy = "Give it another name, or choose another format."

    def __init__(self, sentence: Sentence, arc: Arc, reason: str) -> None:
        super().__init__(sentence, arc, reason)
        name = sentence.id or " ".join(word.form for word in sentence.words)
        self.problem = (
            f"the arc from word {arc.head} to word {arc.modifier} of the sentence {name!r} has the "
            f"label {arc.label!r}, {reason}."
        )

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"


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
