"""`spigot parse`: trees and graphs of text and of files, by a trained model."""

import argparse
import os
import sys
import time
from collections import deque
from importlib import import_module
from typing import Any, Deque, Dict, Iterator, List, Tuple

from bilexical.command_line.parse_input import SOURCES, LeftOut, read_source, source_of
from bilexical.command_line.parse_output import (
    TARGETS,
    Parse,
    open_parses,
    target_of,
    without_place,
)
from bilexical.formats.corpus_files import COLUMN_FORMATS
from bilexical.formats.errors import STANDARD_STREAM, FormatError, shown_path
from bilexical.parsing_defaults import MAX_WORDS, MODEL

HELP = "parse text or files by a trained model"

#: What has the function `load`. It needs torch and AllenNLP, and is imported when a file is parsed.
PARSERS = "spigot_allennlp"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `run`."""
    parser.epilog = (
        "A sentence that cannot be read, parsed or written is left out, said and counted on "
        "standard error, and the rest goes on; the exit status is 1 then."
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="text or a corpus, which may be compressed by gzip or xz, or - for standard input",
    )
    parser.add_argument(
        "--model",
        default=MODEL,
        help="the name of a shipped model, a model.tar.gz (a path, a URL or hf://OWNER/MODEL), or "
        "the folder of a training (default: %(default)s)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default=STANDARD_STREAM,
        help="the file to write, compressed if it ends in .gz or .xz; it is written as a whole or, "
        "after an error, not at all (default: standard output)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        choices=SOURCES,
        metavar="FORMAT",
        help=f"{', '.join(SOURCES)}: documents of raw text, where a blank line ends a sentence, "
        "raw text with one sentence on each line, or a corpus; without it, a file that looks like "
        "a corpus is one, and others are text",
    )
    parser.add_argument(
        "--to",
        choices=TARGETS,
        metavar="FORMAT",
        help=f"{', '.join(TARGETS)}; without it the ending of the output decides, and standard "
        "output is jsonl",
    )
    parser.add_argument(
        "--spacy-model",
        metavar="NAME",
        help="what splits raw text: an installed pipeline of spaCy, whose tags are used, or blank: "
        "and the code of a language, such as blank:sv (default: what the model was trained with)",
    )
    parser.add_argument(
        "--max-words",
        type=_number,
        default=MAX_WORDS,
        metavar="N",
        help="leave out longer sentences, which take much memory; 0 for any length (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--cuda-device", type=int, default=-1, metavar="N", help="the number of a GPU to use"
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Writes what is predicted and, on standard error, how many sentences were parsed; returns the
    exit status, 1 if a sentence was left out.

    Raises `FormatError` for a file that cannot be read, and `ValueError` if there is no such model,
    if it is not known what to write, and if no sentence could be parsed.
    """
    target = target_of(arguments.output, arguments.to)
    sources = [(path, source_of(path, arguments.source)) for path in arguments.files]
    parser = _load(arguments)
    left_out = LeftOut()
    origins: Deque[Tuple[str, str]] = deque()
    title = ", ".join(os.path.basename(shown_path(path)) for path in arguments.files)
    layers: Dict[str, None] = {}
    num_parsed = 0
    start = time.monotonic()
    with open_parses(arguments.output, target, title) as write, _bar(arguments.output) as bar:
        sentences = _sentences(sources, parser, arguments.max_words, left_out, origins)
        for sentence, outputs in parser.predict(sentences, keep_errors=True):
            path, source = origins.popleft()
            bar.update()
            if isinstance(outputs, Exception):
                reason = " ".join(str(outputs).split()) or type(outputs).__name__
                problem = f"the sentence that starts here cannot be parsed ({reason})."
                left_out(FormatError(path, sentence.line, problem, "Leave it out, or shorten it."))
                continue
            try:
                own = source if source in COLUMN_FORMATS else None
                write(Parse(sentence, outputs, own), num_parsed + 1)
            except ValueError as error:
                problem = f"the sentence that starts here cannot be written: {error}"
                left_out(FormatError(path, sentence.line, problem, f"It is left out of {target}."))
            else:
                num_parsed += 1
                layers.update(dict.fromkeys(outputs))
        seconds = time.monotonic() - start
        if not num_parsed:
            raise ValueError(_nothing(title, left_out.number))
    _say(
        f"{num_parsed} sentence{'s' * (num_parsed != 1)} parsed, {left_out.number} left out, "
        f"{num_parsed / max(seconds, 1e-9):.1f} a second; to {arguments.output} ({target})."
    )
    lost = without_place(iter(layers), target)
    if lost:
        _say(f"Not written, as {target} has no place for it: {lost}.")
    return int(left_out.number > 0)


def _sentences(
    sources: List[Tuple[str, str]],
    parser: Any,
    max_words: int,
    left_out: LeftOut,
    origins: Deque[Tuple[str, str]],
) -> Iterator[Any]:
    """The sentences of all files, of each of which the file and its format go to `origins`."""
    for path, source in sources:
        for sentence in read_source(path, source, parser, max_words, left_out):
            origins.append((path, source))
            yield sentence


def _load(arguments: argparse.Namespace) -> Any:
    try:
        load = import_module(PARSERS).load
    except ModuleNotFoundError as error:
        raise ValueError(
            f"there is no {error.name}, which parsing needs. `spigot doctor` says what to install."
        ) from error
    return load(arguments.model, arguments.spacy_model, arguments.cuda_device)


def _bar(output: str) -> Any:
    """Of the sentences parsed so far, on standard error if that is a terminal."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    is_mixed = output == STANDARD_STREAM and sys.stdout.isatty()
    return tqdm(unit=" sentences", disable=True if is_mixed else None, leave=False)


def _nothing(title: str, num_left_out: int) -> str:
    if num_left_out:
        return f"{title}: none of {num_left_out} sentences could be parsed; nothing was written."
    return f"{title}: there is no sentence. Check that it is the file you meant."


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a number, not {text!r}")
    return int(text)
