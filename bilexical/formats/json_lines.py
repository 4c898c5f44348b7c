"""Files of JSON: an object on each line, or one array of objects."""

import json
import logging
import os
import re
from typing import Any, Iterable, Iterator, Optional, Sequence, Tuple

from bilexical.formats.errors import FormatError, Path, Report, no_sentence, reporting
from bilexical.formats.json_object import JsonObject, shown
from bilexical.formats.json_sentences import Tokenizer, annotated_sentence, format_json_line
from bilexical.formats.lenient import read_layers
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import first_line, read_lines, write_text

logger = logging.getLogger(__name__)

_REMEDY = "Write one object per line, or one array of objects."
_SPACE = re.compile(r"\s*")
_NOTHING = object()
_SEPARATOR = re.compile(r"\s*([,\]])")


def read_json_lines(
    path: Path,
    leniently: bool = False,
    report: Optional[Report] = None,
    tokenize: Optional[Tokenizer] = None,
) -> Iterator[Sentence]:
    """
    The sentences of a file (plain, .gz or .xz), one at a time. A file that starts with a bracket is
    one array of objects over any number of lines, and is read as a whole. Sentences without words,
    which no other format has, are left out and counted in a warning. `leniently` keeps them, and
    leaves out the layers that are not sound; see `read_sound_layers`, and for `report`
    `read_sentences`. `tokenize` splits raw text, which is refused without it.

    Raises `FormatError` for whatever does not follow the format, and, unless there is a `report`,
    for a file without a sentence that has words.
    """
    name = os.fspath(path)

    def parse(item: JsonObject, layers: Sequence[str]) -> Sentence:
        return annotated_sentence(item, tokenize, layers)

    num_sentences = num_empty = 0
    for sentence in read_layers(name, _objects(name, report), parse, leniently, report):
        num_sentences += 1
        if sentence.words or leniently:
            yield sentence
        else:
            num_empty += 1
    if num_empty == num_sentences and report is None:
        raise no_sentence(name)
    if num_empty:
        logger.warning("%s: %d sentences without words were left out.", name, num_empty)


def write_json_lines(path: Path, sentences: Iterable[Sentence]) -> None:
    """Writes a file of `sentences`, an object on each line."""
    write_text(path, map(format_json_line, sentences))


def _objects(name: str, report: Optional[Report] = None) -> Iterator[JsonObject]:
    found = False

    def refuse(error: FormatError) -> None:
        nonlocal found
        if report is None:
            raise error
        found = True
        report(error)

    # A line that is no text is reported where the file is read, below.
    start = first_line(name, None if report is None else lambda error: None)
    for line, value in _array(name) if start.startswith("[") else _lines(name, refuse):
        found = True
        item: Optional[JsonObject] = None
        with reporting(refuse):
            item = JsonObject(name, line, value)
        if item is not None:
            yield item
    if not found:
        raise no_sentence(name)


def _lines(name: str, refuse: Report) -> Iterator[Tuple[int, Any]]:
    for number, line in read_lines(name, refuse):
        if line.strip():
            value: Any = _NOTHING
            with reporting(refuse):
                value = parse_json(line, name, number)
            if value is not _NOTHING:
                yield number, value


def parse_json(text: str, name: str, line: Optional[int] = None, remedy: str = _REMEDY) -> Any:
    """What `text` says. Raises `FormatError`, which shows it, if it is no JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _json_error(name, line, text, str(error), remedy) from error


def _array(name: str) -> Iterator[Tuple[int, Any]]:
    """The values of the array in a file, each with the line on which it starts."""
    text = "\n".join(line for _, line in read_lines(name))
    decoder = json.JSONDecoder()
    position = text.index("[") + 1
    if text[position:].strip() == "]":
        return
    line, before, is_over = 1, 0, False
    while not is_over:
        start = _after_space(text, position)
        line += text.count("\n", before, start)
        before = start
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            raise _json_error(name, line, text[start:], str(error)) from error
        yield line, value
        separator = _SEPARATOR.match(text, end)
        if separator is None:
            problem = "neither a comma nor the end of the array follows"
            raise _json_error(name, line, text[start:], problem)
        position, is_over = separator.end(), separator[1] == "]"
    if text[position:].strip():
        line += text.count("\n", before, _after_space(text, position))
        raise FormatError(
            name, line, f"{shown(text[position:])} follows the end of the array.", _REMEDY
        )


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return position if match is None else match.end()


def _json_error(
    name: str, line: Optional[int], text: str, problem: str, remedy: str = _REMEDY
) -> FormatError:
    return FormatError(
        name, line, f"{shown(text)} is not JSON as it should be ({problem}).", remedy
    )
