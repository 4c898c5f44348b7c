"""
Files cut into pieces that are read one by one, with the sentences of the whole file.

Where a file is cut depends on its lines alone. Sentences that are parsed together are of one piece,
and so what is predicted does not depend on who parses which piece.
"""

import os
import re
from typing import IO, Iterator, List, Optional

from bilexical.formats.conll_plus import plus_columns
from bilexical.formats.errors import Path
from bilexical.formats.file_formats import COLUMN_FORMATS
from bilexical.formats.piece import Piece
from bilexical.formats.streams import open_input, position
from bilexical.formats.text import raw_lines

#: Documents of raw text, and raw text with one sentence on each line.
TEXT, LINES = "text", "lines"

#: So many sentences, or paragraphs of raw text, make a piece.
MAX_SENTENCES = 1000
#: So many bytes make a piece of raw text, which ends with a paragraph.
TEXT_BYTES = 2**17
#: A paragraph that makes a piece so long is cut after a line with the end of a sentence, ...
PARAGRAPH_BYTES = 2**18
#: ... and if there is none, after this many bytes. Other files are cut after as many.
MAX_BYTES = 2**20

# As `read_blocks` understands it.
_BLANK = re.compile(rb"[ \t]*\r?\n?")
_CLOSING = "\"'»”’)]}"
_ENDS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")


def pieces_of(path: Path, source: str) -> Iterator[Piece]:
    """
    The pieces of a file, in order and with all of its lines.

    # Parameters

    path : `Path`
        Plain, .gz or .xz; or `-` for standard input.
    source : `str`
        What it holds: `TEXT`, `LINES` or one of `FILE_FORMATS`. An array of JSON is one piece, for
        it is read as a whole.

    Raises `FormatError` if the file is not there or damaged, and for a line that is too long.
    """
    name = os.fspath(path)
    with open_input(name) as file:
        yield from _pieces(name, source, file)


def _pieces(name: str, source: str, file: IO[bytes]) -> Iterator[Piece]:
    cutter = _cutter(source)
    lines: List[bytes] = []
    first_line, size, read = 1, 0, 0
    # After so many of `lines` the piece ends, if the next one with a sentence lets it.
    end: Optional[int] = None

    def piece(number: int) -> Piece:
        nonlocal read
        before, (read, _) = read, position(file)
        content = b"".join(lines[:number])
        return Piece(name, content, first_line, source, cutter.columns, read - before)

    for _, line in raw_lines(name, file):
        if end is not None and not _is_blank(line):
            begins = cutter.begins(line)
            if begins:
                yield piece(end)
                first_line += end
                del lines[:end]
                size = sum(map(len, lines))
                cutter.number = 0
            if begins is not None:
                end = None
        lines.append(line)
        size += len(line)
        if cutter.ends(line, size) and end is None:
            end = len(lines)
    if lines or first_line == 1:
        yield piece(len(lines))


class _Cutter:
    """Says where a file with a sentence on each line may be cut."""

    columns: Optional[List[str]] = None

    def __init__(self) -> None:
        #: The sentences of the piece.
        self.number = 0

    def ends(self, line: bytes, size: int) -> bool:
        """Whether a piece of this many bytes, of which this is the last line, is long enough."""
        self.number += not _is_blank(line)
        return self.number >= MAX_SENTENCES or size >= MAX_BYTES

    def begins(self, line: bytes) -> Optional[bool]:
        """Whether a line that is not blank can be the first of a piece; `None` if it is open."""
        return True


class _JsonCutter(_Cutter):
    """For a file that starts with a bracket, which is one array, and for others."""

    def __init__(self) -> None:
        super().__init__()
        self._is_array: Optional[bool] = None

    def ends(self, line: bytes, size: int) -> bool:
        if self._is_array is None and _decoded(line):
            self._is_array = _decoded(line)[:1] == "["
        return super().ends(line, size) and not self._is_array

    def begins(self, line: bytes) -> Optional[bool]:
        # What is faulty must not be read as an array, nor refused as the first line of a file.
        return _decoded(line)[:1] not in ("[", "")


class _TextCutter(_Cutter):
    def ends(self, line: bytes, size: int) -> bool:
        if _is_blank(line):
            self.number += 1
            return self.number >= MAX_SENTENCES or size >= TEXT_BYTES
        if size < PARAGRAPH_BYTES:
            return False
        return size >= MAX_BYTES or _decoded(line).rstrip(_CLOSING).endswith(_ENDS)


class _BlockCutter(_Cutter):
    """For a file whose sentences end with a blank line."""

    def __init__(self) -> None:
        super().__init__()
        self._is_within = False
        self._comments: Optional[List[str]] = []

    def ends(self, line: bytes, size: int) -> bool:
        if not _is_blank(line):
            if self._is_within:
                return False
            is_row = self.begins(line) is not None
            if self._comments is not None:
                if is_row:
                    self.columns, self._comments = plus_columns(self._comments), None
                else:
                    self._comments.append(_decoded(line))
            self._is_within = is_row
            return False
        is_end, self._is_within = self._is_within, False
        self.number += is_end
        return is_end and (self.number >= MAX_SENTENCES or size >= MAX_BYTES)

    def begins(self, line: bytes) -> Optional[bool]:
        # Comments belong to what comes next. If that is the end of the file, it is no piece.
        return None if _decoded(line)[:1] in ("#", "") else True


def _cutter(source: str) -> _Cutter:
    if source in COLUMN_FORMATS:
        return _BlockCutter()
    return {TEXT: _TextCutter, LINES: _Cutter, "jsonl": _JsonCutter}[source]()


def _is_blank(line: bytes) -> bool:
    return line[:1] in b" \t\r\n" and _BLANK.fullmatch(line) is not None


def _decoded(line: bytes) -> str:
    """A line without white space around it; empty if it is not UTF-8."""
    try:
        return line.decode("utf-8").lstrip("\ufeff").strip()
    except UnicodeDecodeError:
        return ""
