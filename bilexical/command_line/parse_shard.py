"""A piece of the input parsed by itself: what a worker of `spigot parse --workers` does."""

import hashlib
import json
import logging
import os
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

from bilexical.command_line.parse_input import Parse, parsed
from bilexical.command_line.parse_output import text_of
from bilexical.formats.arc_tables import arc_rows
from bilexical.formats.piece import Piece, by_line
from bilexical.version import VERSION

#: What loads models, and what has `use_threads`. They need torch and AllenNLP, and are imported
#: when something is parsed.
PARSERS, THREADS = "spigot_allennlp.loading", "spigot_allennlp.nn.concurrency"

_LOGGERS = ("bilexical", "spigot_allennlp")
_lock = threading.Lock()


@dataclass(frozen=True)
class Work:
    """
    How pieces are parsed.

    # Parameters

    model : `str`
        What messages call it.
    checksum : `str`
        That of its archive.
    spacy_model : `Optional[str]`
    cuda_device : `int`
    max_words : `int`
    target : `str`
        One of `TARGETS`.
    bfloat16 : `bool`, optional
        Whether workers compute in it, where their processor does.
    include_packages : `Tuple[str, ...]`, optional
        Which a worker imports first.
    version : `str`, optional
        Of this package. A worker with another one refuses the work.
    """

    model: str
    checksum: str
    spacy_model: Optional[str]
    cuda_device: int
    max_words: int
    target: str
    bfloat16: bool = False
    include_packages: Tuple[str, ...] = ()
    version: str = VERSION


class RefusedError(Exception):
    """Why a piece cannot be parsed, wherever it is tried."""


def checksum(*parts: bytes) -> str:
    """A name for bytes that others do not have."""
    found = hashlib.sha256()
    for part in parts:
        found.update(b"%d " % len(part) + part)
    return found.hexdigest()


def parse_shard(piece: Piece, work: Work, archive: bytes) -> Union[bytes, RefusedError]:
    """
    What `shard_of` gives, or raises: an error that would come again must not be tried again.
    """
    try:
        # A worker may have been started with several threads.
        with _lock:
            return shard_of(piece, work, archive)
    except RefusedError as error:
        return error


def shard_of(piece: Piece, work: Work, archive: bytes) -> bytes:
    """
    A line of JSON, which says what there is to be said of a piece of the input, and after it what
    is to be written of its sentences, without what stands around all sentences.

    The number of a sentence in the output is not known here. In its place stands a mark and the
    number in the piece, from 1; see `with_numbers`. For Parquet there is a line of JSON for each
    sentence, with its rows.

    Raises `RefusedError` if the model cannot be loaded, the piece cannot be read, or this package
    has another version.
    """
    if work.version != VERSION:
        raise RefusedError(
            f"a worker has version {VERSION} of spigot-allennlp and this program {work.version}. "
            "Install the same one on all machines."
        )
    parser = _parser(work, archive)
    mark = f"spigot{os.urandom(8).hex()}n"
    layers: Dict[str, None] = {}
    body: List[bytes] = []
    first = None
    with _warnings() as warnings:
        try:
            for parse in parsed([piece], parser, work.max_words, lambda fault: None):
                try:
                    text = _marked(parse, work.target, _Number(len(body) + 1, mark))
                    if not body and work.target != "parquet":
                        first = text_of(parse, work.target, 1)
                except ValueError as error:
                    parse.cannot_be_written(work.target, error)
                else:
                    body.append(text)
                    layers.update(dict.fromkeys(parse.outputs))
        except ValueError as error:
            raise RefusedError(str(error)) from error
    content = b"".join(body)
    about = {
        "first": first,
        "length_of_first": len(body[0]) if body else 0,
        "mark": mark,
        "num_parsed": len(body),
        "layers": list(layers),
        "faults": by_line(piece.faults),
        "counts": piece.counts,
        "warnings": warnings,
        "length": len(content),
    }
    return json.dumps(about).encode("ascii") + b"\n" + content


def with_numbers(about: Dict[str, Any], content: bytes, before: int) -> str:
    """What is written of the sentences of a piece, of which the first has number `before` + 1."""
    first = ""
    if not before and about["first"] is not None:
        first, content = about["first"], content[about["length_of_first"] :]
    marks = re.compile(about["mark"] + r"([0-9]+)z")
    return first + marks.sub(lambda mark: str(before + int(mark[1])), content.decode("utf-8"))


def rows_with_numbers(content: bytes, before: int) -> Iterator[List[Tuple[Any, ...]]]:
    """The rows of Parquet of each sentence of a piece."""
    for line in content.splitlines():
        yield [(before + number, *values) for number, *values in json.loads(line)]


class _Number(int):
    """The number of a sentence in its piece, written with a mark. As a number it is not 1."""

    _text: str

    def __new__(cls, number: int, mark: str) -> "_Number":
        found = super().__new__(cls, number + 1)
        found._text = f"{mark}{number}z"
        return found

    def __str__(self) -> str:
        return self._text


def _marked(parse: Parse, target: str, number: _Number) -> bytes:
    if target == "parquet":
        rows = [(number - 1, *values) for _, *values in arc_rows(parse.annotated, number)]
        return json.dumps(rows).encode("ascii") + b"\n"
    return text_of(parse, target, number).encode("utf-8")


_parsers: Dict[Tuple[Any, ...], Any] = {}


def _parser(work: Work, archive: bytes) -> Any:
    """A worker has one parser, which it keeps."""
    options = work.spacy_model, work.cuda_device, work.bfloat16
    key = (work.checksum, *options)
    if key not in _parsers:
        if checksum(archive) != work.checksum:
            raise RefusedError(f"a worker got {work.model} damaged. Give the same command again.")
        _parsers.clear()
        try:
            parsers = import_module(PARSERS)
            import_module(THREADS).use_threads(1)
        except ModuleNotFoundError as error:
            raise RefusedError(
                f"a worker has no {error.name}, which parsing needs. Install spigot-allennlp with "
                "AllenNLP where the workers run; `spigot doctor` says what is missing there."
            ) from error
        try:
            parsers.import_packages(work.include_packages)
            _parsers[key] = parsers.load_bytes(archive, work.model, *options)
        except ValueError as error:
            raise RefusedError(str(error)) from error
    return _parsers[key]


@contextmanager
def _warnings() -> Iterator[List[str]]:
    """What this library warns of in the block, which is for the user's terminal to say."""
    found: List[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: found.append(record.getMessage())  # type: ignore[method-assign]
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield found
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
            logger.propagate = True
