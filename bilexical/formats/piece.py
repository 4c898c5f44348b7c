"""A part of a file, for the readers of files."""

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from bilexical.formats.errors import FormatError


class Fault(NamedTuple):
    """A sentence that is left out: the file, the number of its line, and why."""

    file: str
    line: Optional[int]
    reason: str


def fault_of(error: FormatError) -> Fault:
    """What an error says of a sentence."""
    place = error.path if error.line is None else f"{error.path}, line {error.line}"
    message = " ".join(str(error).split())
    return Fault(error.path, error.line, message[len(f"{' '.join(place.split())}: ") :])


def by_line(faults: Iterable[Fault]) -> List[Fault]:
    """Those of a file in the order of its lines."""
    return sorted(faults, key=lambda fault: fault.line or 0)


class Count(NamedTuple):
    """
    A warning about a number of cases in a file.

    # Parameters

    text : `str`
        For `str.format`, with `{path}`, `{number}`, `{about}` and `{first}`.
    number : `int`
    about : `str`, optional (default = `""`)
        What the cases have in common; others with the same text are counted apart.
    first : `str`, optional (default = `""`)
        What the first of the cases is.
    """

    text: str
    number: int
    about: str = ""
    first: str = ""

    def message(self, path: str) -> str:
        """What is said of a file."""
        return self.text.format(path=path, number=self.number, about=self.about, first=self.first)


def merged(counts: Iterable[Count]) -> List[Count]:
    """The counts of a file from those of its pieces, by what they say."""
    found: Dict[Tuple[str, str], Count] = {}
    for count in counts:
        before = found.get((count.text, count.about))
        if before is not None:
            count = before._replace(number=before.number + count.number)
        found[count.text, count.about] = count
    # Which one comes first is a matter of where the file was cut.
    return [found[key] for key in sorted(found)]


class Piece(str):
    """
    Some of the lines of a file, and otherwise its name. Readers take it where they take a name, and
    their errors have the name and the numbers of lines of the file.

    # Parameters

    name : `str`
    content : `bytes`
        The lines, with their ends.
    first_line : `int`
        The number of the first of them in the file, from 1.
    source : `str`
        What the file holds, as for `bilexical.formats.pieces.pieces_of`.
    columns : `Optional[List[str]]`
        Those that the first line of a file of CoNLL-U Plus names, for its other pieces.
    size : `int`
        About how many bytes of the file it takes, as they are on the disk.

    # Attributes

    counts : `List[Count]`
        What a reader says of the whole of a file is not logged, but added here.
    faults : `List[Fault]`
        The sentences that are left out.
    """

    content: bytes
    first_line: int
    source: str
    columns: Optional[List[str]]
    size: int
    counts: List[Count]
    faults: List[Fault]

    def __new__(
        cls,
        name: str,
        content: bytes = b"",
        first_line: int = 1,
        source: str = "",
        columns: Optional[List[str]] = None,
        size: int = 0,
    ) -> "Piece":
        piece = super().__new__(cls, name)
        piece.content, piece.first_line, piece.source = content, first_line, source
        piece.columns, piece.size = columns, size
        piece.counts, piece.faults = [], []
        return piece

    @property
    def last_line(self) -> int:
        """The number of the last line."""
        ends = self.content.count(b"\n") + (not self.content.endswith(b"\n"))
        return self.first_line + max(ends, 1) - 1


def say(logger: Any, path: str, count: Count) -> None:
    """Warns of a number of cases, or counts them if `path` is a `Piece`."""
    if isinstance(path, Piece):
        path.counts.append(count)
    else:
        logger.warning("%s", count.message(path))
