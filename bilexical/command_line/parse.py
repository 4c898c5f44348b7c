"""`spigot parse`: trees and graphs of text and of files, by a trained model."""

import argparse
import logging
import os
import sys
import time
from importlib import import_module
from itertools import chain
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Tuple

from bilexical.command_line.parse_arguments import add_arguments
from bilexical.command_line.parse_input import (
    LeftOut,
    parsed,
    pieces_of_files,
    source_of,
)
from bilexical.command_line.parse_output import (
    ERRORS,
    open_parses,
    target_of,
    without_place,
    write_faults,
)
from bilexical.command_line.parse_progress import Progress
from bilexical.command_line.parse_shard import PARSERS, Work, checksum
from bilexical.command_line.parse_store import open_store
from bilexical.command_line.parse_workers import Pool, read_archive
from bilexical.dask_client import open_client
from bilexical.formats.errors import STANDARD_STREAM, shown_path
from bilexical.formats.piece import Fault, Piece, by_line
from bilexical.formats.pieces import pieces_of

logger = logging.getLogger(__name__)

HELP = "parse text or files by a trained model"

__all__ = ["HELP", "add_arguments", "run"]


def run(arguments: argparse.Namespace) -> int:
    """
    Writes what is predicted and, on standard error, how many sentences were parsed; returns the
    exit status, 1 if a sentence was left out.

    Raises `FormatError` for a file that cannot be read, and `ValueError` if there is no such model,
    if it is not known what to write, if no sentence could be parsed, and if workers cannot do it.
    """
    target = target_of(arguments.output, arguments.to)
    by_workers = arguments.workers is not None or arguments.scheduler is not None
    if by_workers and not _is_file(arguments.output):
        raise ValueError(
            "what workers have done is kept beside the output, which must be a file: name one by "
            "-o. Without --workers and --scheduler, this process writes anywhere."
        )
    sources = [(path, source_of(path, arguments.source)) for path in arguments.files]
    title = ", ".join(os.path.basename(shown_path(path)) for path in arguments.files)
    totals = (_by_workers if by_workers else _here)(arguments, sources, target, title)
    number = totals.num_parsed
    if totals.num_left_out and _is_file(arguments.output):
        _say(f"What was left out is told in {arguments.output}{ERRORS}.")
    _say(
        f"{number} sentence{'s' * (number != 1)} parsed, {totals.num_left_out} left out, "
        f"{totals.num_now / max(totals.seconds, 1e-9):.1f} a second; to {arguments.output} "
        f"({target})."
    )
    lost = without_place(iter(totals.layers), target)
    if lost:
        _say(f"Not written, as {target} has no place for it: {lost}.")
    return int(totals.num_left_out > 0)


class Totals(NamedTuple):
    """Of all sentences; `num_now` are those that were parsed in these `seconds`."""

    num_parsed: int
    num_left_out: int
    layers: Iterable[str]
    num_now: int
    seconds: float


def _here(
    arguments: argparse.Namespace, sources: List[Tuple[str, str]], target: str, title: str
) -> Totals:
    """Parses in this process."""
    parser = _load(arguments)
    tell = LeftOut()
    faults: List[List[Fault]] = []
    layers: Dict[str, None] = {}
    num_parsed = 0

    def pieces() -> Iterator[Piece]:
        for piece in pieces_of_files(sources):
            faults.append(piece.faults)
            yield piece

    start = time.monotonic()
    with open_parses(arguments.output, target, title) as write, _bar(arguments.output) as bar:
        for parse in parsed(pieces(), parser, arguments.max_words, tell):
            try:
                write(parse, num_parsed + 1)
            except ValueError as error:
                tell(parse.cannot_be_written(target, error))
            else:
                num_parsed += 1
                bar.update()
                layers.update(dict.fromkeys(parse.outputs))
        seconds = time.monotonic() - start
        if not num_parsed:
            raise ValueError(_nothing(title, tell.number))
    if _is_file(arguments.output):
        write_faults(arguments.output + ERRORS, chain.from_iterable(map(by_line, faults)))
    return Totals(num_parsed, tell.number, layers, num_parsed, seconds)


def _by_workers(
    arguments: argparse.Namespace, sources: List[Tuple[str, str]], target: str, title: str
) -> Totals:
    """Lets other processes parse, and goes on with what they have done before."""
    archive = read_archive(arguments.model)
    work = Work(
        arguments.model,
        checksum(archive),
        arguments.spacy_model,
        arguments.cuda_device,
        arguments.max_words,
        target,
        arguments.bfloat16,
        tuple(arguments.include_package),
    )
    tell_left_out = LeftOut()
    layers: Dict[str, None] = {}
    num_parsed = num_now = 0

    def tell(piece: Piece, about: Dict[str, Any], was_done: bool) -> None:
        nonlocal num_parsed, num_now
        num_parsed += about["num_parsed"]
        num_now += 0 if was_done else about["num_parsed"]
        layers.update(dict.fromkeys(about["layers"]))
        for warning in about["warnings"]:
            logger.warning("%s", warning)
        for fault in about["faults"]:
            tell_left_out(Fault(*fault))
        progress.add(piece.size, about["num_parsed"], was_done)

    with open_store(arguments.output, work) as store:
        if store.was_other:
            _say(
                f"{store.folder} holds what was done with another model or other options; all is "
                "parsed again."
            )
        elif store.number():
            _say(f"{store.number()} shards of an earlier run are in {store.folder}.")
        with open_client(arguments.workers or 1, arguments.scheduler) as client:
            with Progress(arguments.files) as progress:
                pool = Pool(client, store, work, archive, tell)
                pool.run(chain.from_iterable(pieces_of(*source) for source in sources))
        seconds = progress.seconds
        for message in store.counts(pool.number):
            logger.warning("%s", message)
        if num_parsed:
            store.finish(pool.number, title)
        else:
            store.remove()
            raise ValueError(_nothing(title, tell_left_out.number))
    return Totals(num_parsed, tell_left_out.number, layers, num_now, seconds)


def _is_file(output: str) -> bool:
    """Whether an output is a file, or is going to be one: no stream and no device."""
    return output != STANDARD_STREAM and (os.path.isfile(output) or not os.path.exists(output))


def _load(arguments: argparse.Namespace) -> Any:
    try:
        parsers = import_module(PARSERS)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"there is no {error.name}, which parsing needs. `spigot doctor` says what to install."
        ) from error
    parsers.import_packages(arguments.include_package)
    options = arguments.spacy_model, arguments.cuda_device, arguments.bfloat16
    return parsers.load(arguments.model, *options)


def _bar(output: str) -> Any:
    """Of the sentences parsed so far, on standard error if that is a terminal."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    is_mixed = output == STANDARD_STREAM and sys.stdout is not None and sys.stdout.isatty()
    return tqdm(unit=" sentences", disable=True if is_mixed else None, leave=False)


def _nothing(title: str, num_left_out: int) -> str:
    if num_left_out:
        return f"{title}: none of {num_left_out} sentences could be parsed; nothing was written."
    return f"{title}: there is no sentence. Check that it is the file you meant."


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
