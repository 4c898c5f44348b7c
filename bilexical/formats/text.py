"""Corpus files as lines and as blocks of lines, whatever their compression and line ends."""

import codecs
import io
import logging
import lzma
import os
import zlib
from typing import IO, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from bilexical.formats.errors import FormatError, Path, Report, no_sentence
from bilexical.formats.line_lengths import numbered_lines
from bilexical.formats.piece import Count, Piece, say
from bilexical.formats.streams import open_input, open_output, unexpected_compression

logger = logging.getLogger(__name__)

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Block(NamedTuple):
    """
    The lines of one sentence.

    # Parameters

    comments : `List[str]`
        The lines before the first row that start with `#`, and the blank ones (as `""`) that do not
        end the sentence before.
    rows : `List[List[str]]`
        The columns of each line. They are lines `first_line`, `first_line + 1`, ... of the file.
    first_line : `int`
    """

    comments: List[str]
    rows: List[List[str]]
    first_line: int


def read_lines(path: Path, report: Optional[Report] = None) -> Iterator[Tuple[int, str]]:
    """
    The lines of a UTF-8 file with their numbers, from 1, without line ends.

    With `report`, a line that is not UTF-8 is left out, and the error goes there, unless the file
    is no UTF-8 text at all.

    The file may be plain or compressed by gzip or xz and have line ends of either kind. It is never
    read as a whole. The name `-` is standard input. Byte order marks at the start of lines are
    skipped: files that start with one may have been put together.

    Raises `FormatError` if it is not there, not a file, damaged or not UTF-8, and for a line longer
    than `SPIGOT_MAX_LINE_LENGTH` in the environment allows.
    """
    name = os.fspath(path)
    for number, raw in _raw_lines(name):
        try:
            line = _decode(name, number, raw)
        except FormatError as error:
            if report is None or error.line is None:
                raise
            report(error)
        else:
            yield number, line


def _raw_lines(name: str) -> Iterator[Tuple[int, bytes]]:
    if isinstance(name, Piece):
        yield from enumerate(io.BytesIO(name.content), name.first_line)
        return
    with open_input(name) as file:
        yield from raw_lines(name, file)


def raw_lines(name: str, file: IO[bytes]) -> Iterator[Tuple[int, bytes]]:
    """
    The lines of an open file of this name with their numbers, from 1, and with line ends. Raises
    `FormatError` if it is damaged, and for a line that is too long.
    """
    lines = numbered_lines(name, file)
    while True:
        try:
            number, raw = next(lines)
        except StopIteration:
            return
        except (EOFError, OSError, lzma.LZMAError, zlib.error) as error:
            problem = f"the compressed file is damaged ({error})."
            if isinstance(error, OSError) and error.errno is not None:
                problem = f"the file cannot be read ({error.strerror})."
            raise FormatError(name, None, problem, "Copy it again.") from error
        yield number, raw


def first_line(path: Path, report: Optional[Report] = None) -> str:
    """
    The first line of a file that is not blank, without white space before it; empty if none. For
    `report` see `read_lines`.
    """
    return next((line.lstrip() for _, line in read_lines(path, report) if line.strip()), "")


def read_blocks(
    path: Path, fill_empty: bool = False, warn: bool = True, report: Optional[Report] = None
) -> Iterator[Block]:
    """
    The sentences of a file whose columns are separated by tabs and whose sentences are separated by
    blank lines. With `fill_empty`, a column after the second one that is empty holds `_`.

    With `report`, a sentence with a fault is left out up to the blank line after it, and the error
    about the first of its faults goes there.

    Comments that a blank line parts from the sentence after them are kept with it, and counted in a
    warning, unless `warn` is false: they may be what is left of a sentence without words.

    Raises `FormatError` as `read_lines` does, and for a comment within a sentence, an empty column,
    a carriage return within a line and a file without a sentence.
    """
    name = os.fspath(path)
    stray_comments: List[int] = []
    comments: List[str] = []
    rows: List[List[str]] = []
    first_line = 0
    found = is_faulty = False
    for number, raw in _raw_lines(name):
        try:
            line = _line_of_block(name, number, raw, bool(rows))
            columns = _columns(name, number, line, fill_empty)
        except FormatError as error:
            if report is None or error.line is None:
                raise
            if not is_faulty:
                report(error)
            found = is_faulty = True
            continue
        if not columns:
            if is_faulty:
                comments, rows, is_faulty = [], [], False
            elif rows:
                yield Block(comments, rows, first_line)
                comments, rows = [], []
            else:
                if comments and comments[-1]:
                    stray_comments.append(number - 1)
                comments.append("")
        elif line.startswith("#"):
            comments.append(line)
        else:
            if not rows:
                first_line = number
            rows.append(columns)
            found = True
    if rows and not is_faulty:
        yield Block(comments, rows, first_line)
    elif warn and any(comments) and not is_faulty:
        logger.warning("%s: the comments after the last sentence are not kept: %r", name, comments)
    if warn and found and stray_comments:
        text = (
            "{path}: {number} times a blank line, not a word, follows a comment (first after line "
            "{first}). Such comments are kept with the next sentence; if they belong to sentences "
            "without words, these are not counted."
        )
        say(logger, name, Count(text, len(stray_comments), first=str(stray_comments[0])))
    if not found:
        raise no_sentence(name)


def _line_of_block(name: str, number: int, raw: bytes, is_within: bool) -> str:
    """A line of a file with columns; `is_within` says whether it stands after a row."""
    line = _decode(name, number, raw)
    if "\r" in line:
        raise FormatError(
            name,
            number,
            f"there is a carriage return at character {line.index(chr(13)) + 1} of the line.",
            "End each line by a line feed, or by one carriage return and a line feed.",
        )
    if is_within and line.startswith("#"):
        raise FormatError(
            name,
            number,
            f"the comment {line!r} stands within a sentence.",
            "Put a blank line after the last word of each sentence.",
        )
    return line


def _columns(name: str, number: int, line: str, fill_empty: bool) -> List[str]:
    """Those of a row, or the comment; none if the line is blank."""
    if not line.strip(" \t"):
        return []
    columns = line.split("\t")
    if line.startswith("#"):
        return columns
    if fill_empty and "" in columns:
        columns[2:] = [column or "_" for column in columns[2:]]
    if "" in columns:
        raise FormatError(
            name,
            number,
            f"column {columns.index('') + 1} of {len(columns)} is empty.",
            "Write _ where there is no value, and one tab between two columns.",
        )
    return columns


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """
    Writes `pieces` one after another to a UTF-8 file with `\\n` at the end of lines. The name `-`
    is standard output, and one that ends in `.gz` or `.xz` asks for compression.

    If there is an error, among the pieces too, a file of this name stays as it was.
    """
    with open_output(os.fspath(path)) as file:
        file.writelines(pieces)


def format_columns(columns: Iterable[object]) -> str:
    """
    One line of a file with columns: `None` becomes `_`, the rest `str`.

    Raises `ValueError` for a value that is empty or holds a tab or a line end, which would give a
    file that no program can read.
    """
    values = ["_" if column is None else str(column) for column in columns]
    line = "\t".join(values)
    # All at once, and one by one only where something is wrong.
    if "" in values or line.count("\t") >= len(values) or "\n" in line or "\r" in line:
        for value in values:
            if not value or "\t" in value or "\n" in value or "\r" in value:
                raise ValueError(
                    f"{value!r} cannot be written to a column (line: {values}). "
                    "Replace the tabs and line ends, and the empty value by None."
                )
    return line


def _decode(name: str, number: int, raw: bytes) -> str:
    raw = raw[:-1] if raw.endswith(b"\n") else raw
    raw = raw[:-1] if raw.endswith(b"\r") else raw
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        compression = unexpected_compression(name)
        if compression:
            remedy = "Decompress it, or copy it again; gzip and xz are read as they are."
            raise FormatError(name, None, f"{compression}.", remedy) from error
        if number == 1 and raw.startswith(_UTF_16):
            remedy = "Convert it to UTF-8: iconv -f UTF-16 -t UTF-8."
            raise FormatError(name, None, "the file is UTF-16, not UTF-8.", remedy) from error
        offending = raw[error.start : error.end]
        raise FormatError(
            name,
            number,
            f"the bytes {offending!r} at byte {error.start + 1} of the line are not UTF-8.",
            "Convert the file to UTF-8, for example with iconv.",
        ) from error
    return line.lstrip("\ufeff")
