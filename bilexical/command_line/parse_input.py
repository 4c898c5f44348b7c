"""What `spigot parse` reads: raw text, JSON lines and corpus files."""

import logging
import re
from collections import deque
from typing import (
    Any,
    Callable,
    Deque,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

from bilexical.formats.corpus_files import (
    COLUMN_FORMATS,
    FILE_FORMATS,
    detect_format,
    format_of_name,
    read_sentences,
)
from bilexical.formats.errors import FormatError, Report
from bilexical.formats.json_lines import read_json_lines
from bilexical.formats.piece import Count, Fault, Piece, fault_of, merged
from bilexical.formats.pieces import LINES, TEXT, pieces_of
from bilexical.formats.predictions import with_predictions
from bilexical.formats.raw_text import read_documents, read_sentence_lines
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import read_lines

logger = logging.getLogger(__name__)

SOURCES = (TEXT, LINES, *FILE_FORMATS)

#: So many sentences that are left out are shown, and all are counted.
MAX_SHOWN = 20

_JSON = re.compile(r'\s*(\[\s*)?\{\s*("|$)|\s*\[\s*$')
_ROW = re.compile(r"[0-9]+([-.][0-9]+)?(\t[^\t]*){4,}")
_SENTIMENT_TREE = re.compile(r"\s*(\([0-9]\s*){2}")


class Parse(NamedTuple):
    """
    # Parameters

    sentence : `Sentence`
        As it was read.
    outputs : `Dict[str, Any]`
        What a model predicts for it, as `json_output` takes it.
    piece : `Piece`
        In which it stands.
    """

    sentence: Sentence
    outputs: Dict[str, Any]
    piece: Piece

    @property
    def source(self) -> Optional[str]:
        """The format of the corpus that it was read from; `None` for others."""
        return self.piece.source if self.piece.source in COLUMN_FORMATS else None

    @property
    def annotated(self) -> Sentence:
        """The sentence with what is predicted."""
        return with_predictions(self.sentence, self.outputs)

    def left_out(self, problem: str, remedy: str) -> Fault:
        """Adds it to the faults of the piece."""
        fault = fault_of(FormatError(self.piece, self.sentence.line, problem, remedy))
        self.piece.faults.append(fault)
        return fault

    def cannot_be_parsed(self, error: Exception) -> Fault:
        """For which the model gave an error."""
        reason = " ".join(str(error).split()) or type(error).__name__
        problem = f"the sentence that starts here cannot be parsed ({reason})."
        return self.left_out(problem, "Leave it out, or shorten it.")

    def cannot_be_written(self, target: str, error: Exception) -> Fault:
        """Which the format `target` cannot hold."""
        problem = f"the sentence that starts here cannot be written: {error}"
        return self.left_out(problem, f"It is left out of {target}.")


class LeftOut:
    """Tells of sentences that are left out, and counts them."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, fault: Fault) -> None:
        self.number += 1
        if self.number <= MAX_SHOWN:
            place = fault.file if fault.line is None else f"{fault.file}, line {fault.line}"
            logger.warning("Left out: %s: %s", place, fault.reason)
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


def pieces_of_files(sources: Sequence[Tuple[str, str]]) -> Iterator[Piece]:
    """
    The pieces of all files, each given with the one of `SOURCES` that it is. A piece is read before
    the next one is asked for; what readers count is said after each file.
    """
    for path, source in sources:
        counts: List[Count] = []
        for piece in pieces_of(path, source):
            yield piece
            counts += piece.counts
        for count in merged(counts):
            logger.warning("%s", count.message(path))


def read_piece(piece: Piece, parser: Any, max_words: int, report: Report) -> Iterator[Sentence]:
    """
    The sentences of a piece of a file, one at a time. One that cannot be read, has no words or too
    many is left out, and goes to `report`.

    # Parameters

    piece : `Piece`
    parser : `Any`
        Has the methods `words` and `positions`, which split raw text.
    max_words : `int`
        The most words a sentence may have; 0 for any number.
    report : `Report`
    """
    for sentence in _read(piece, parser, report):
        if not sentence.words:
            report(FormatError(piece, sentence.line, "a sentence without words.", "Leave it out."))
        elif max_words and len(sentence.words) > max_words:
            report(
                FormatError(
                    piece,
                    sentence.line,
                    f"a sentence of {len(sentence.words)} words starts here.",
                    "Check that it is one; if it is, allow it by --max-words 0 for any number.",
                )
            )
        else:
            yield sentence


def parsed(
    pieces: Iterable[Piece], parser: Any, max_words: int, tell: Callable[[Fault], Any]
) -> Iterator[Parse]:
    """
    The sentences of all pieces, in order. Those of a piece share batches with one another. One that
    is left out is added to the faults of the piece, and told.

    # Parameters

    pieces : `Iterable[Piece]`
    parser : `Any`
        As for `read_piece`, with the method `predict_parts`.
    max_words : `int`
        As for `read_piece`.
    tell : `Callable[[Fault], Any]`
    """
    origins: Deque[Piece] = deque()

    def sentences(piece: Piece) -> Iterator[Sentence]:
        def report(error: FormatError) -> None:
            piece.faults.append(fault_of(error))
            tell(piece.faults[-1])

        for sentence in read_piece(piece, parser, max_words, report):
            origins.append(piece)
            yield sentence

    for sentence, outputs in parser.predict_parts(map(sentences, pieces), keep_errors=True):
        parse = Parse(sentence, outputs, origins.popleft())
        if isinstance(outputs, Exception):
            tell(parse.cannot_be_parsed(outputs))
        else:
            yield parse


def _read(piece: Piece, parser: Any, report: Report) -> Iterator[Sentence]:
    if piece.source == TEXT:
        return read_documents(piece, parser.positions, report)
    if piece.source == LINES:
        return read_sentence_lines(piece, parser.words, report)
    if piece.source == "jsonl":
        return read_json_lines(piece, True, report, parser.words)
    return read_sentences(piece, piece.source, leniently=True, report=report)
