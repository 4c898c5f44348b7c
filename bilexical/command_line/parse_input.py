"""What `spigot parse` reads: raw text, JSON lines and corpus files."""

import logging
import re
from typing import Any, Iterator, Optional

from bilexical.formats.corpus_files import (
    FILE_FORMATS,
    detect_format,
    format_of_name,
    read_sentences,
)
from bilexical.formats.errors import FormatError, Report
from bilexical.formats.json_lines import read_json_lines
from bilexical.formats.raw_text import read_documents, read_sentence_lines
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import read_lines

logger = logging.getLogger(__name__)

#: Documents of raw text, and raw text with one sentence on each line.
TEXT, LINES = "text", "lines"
SOURCES = (TEXT, LINES, *FILE_FORMATS)

#: So many sentences that are left out are shown, and all are counted.
MAX_SHOWN = 20

_JSON = re.compile(r'\s*(\[\s*)?\{\s*("|$)|\s*\[\s*$')
_ROW = re.compile(r"[0-9]+([-.][0-9]+)?(\t[^\t]*){4,}")
_SENTIMENT_TREE = re.compile(r"\s*(\([0-9]\s*){2}")


class LeftOut:
    """Takes the errors about sentences that are left out, and counts them."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, error: Exception) -> None:
        self.number += 1
        if self.number <= MAX_SHOWN:
            logger.warning("Left out: %s", " ".join(str(error).split()))
        if self.number == MAX_SHOWN:
            logger.warning("Further sentences that are left out are only counted.")


def source_of(path: str, named: Optional[str]) -> str:
    """
    What a file holds, one of `SOURCES`: what the user has `named`, what the content of a file is
    that has the ending of a corpus or starts like one, or else text.

    Raises `FormatError` if it cannot be read, and for trees with sentiment, which are not parsed.
    """
    # A line that is not UTF-8 is for the reader to report.
    lines = (line for _, line in read_lines(path, lambda error: None))
    first = next((line for line in lines if line.strip() and line[0] != "#"), "")
    if named is not None:
        return named
    if format_of_name(path) == "jsonl" and not _ROW.match(first):
        # Whose first line may have a fault.
        return "jsonl"
    if format_of_name(path) or _JSON.match(first) or _ROW.match(first):
        return detect_format(path)
    if _SENTIMENT_TREE.match(first):
        raise FormatError(
            path,
            None,
            "these are trees of the Stanford Sentiment Treebank.",
            "A model of sentiment reads them by `allennlp predict MODEL FILE "
            "--use-dataset-reader`; --from text parses the brackets as words.",
        )
    return TEXT


def read_source(
    path: str, source: str, parser: Any, max_words: int, report: Report
) -> Iterator[Sentence]:
    """
    The sentences of a file, one at a time. One that cannot be read, has no words or too many is
    left out, and goes to `report`.

    # Parameters

    path : `str`
    source : `str`
        One of `SOURCES`.
    parser : `Any`
        Has the methods `words` and `positions`, which split raw text.
    max_words : `int`
        The most words a sentence may have; 0 for any number.
    report : `Report`
    """
    for sentence in _read(path, source, parser, report):
        if not sentence.words:
            report(FormatError(path, sentence.line, "a sentence without words.", "Leave it out."))
        elif max_words and len(sentence.words) > max_words:
            report(
                FormatError(
                    path,
                    sentence.line,
                    f"a sentence of {len(sentence.words)} words starts here.",
                    "Check that it is one; if it is, allow it by --max-words 0 for any number.",
                )
            )
        else:
            yield sentence


def _read(path: str, source: str, parser: Any, report: Report) -> Iterator[Sentence]:
    if source == TEXT:
        return read_documents(path, parser.positions, report)
    if source == LINES:
        return read_sentence_lines(path, parser.words, report)
    if source == "jsonl":
        return read_json_lines(path, True, report, parser.words)
    return read_sentences(path, source, leniently=True, report=report)
