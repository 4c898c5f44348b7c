"""`spigot convert`: sentences from one file format to another."""

import argparse
import sys
from typing import Counter

from bilexical.formats.conversion import Conversion
from bilexical.formats.corpus_files import ENDINGS, FILE_FORMATS, format_of_name
from bilexical.formats.errors import STANDARD_STREAM
from bilexical.formats.text import write_text

HELP = "convert between SDP, CoNLL-X, CoNLL-2009, CoNLL-U and JSON lines"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `run`."""
    parser.epilog = (
        "What the output has no place for is left out and "
        "counted on standard error. In CoNLL-U the graph is the enhanced one (DEPS), with 0:root "
        "for top nodes."
    )
    parser.add_argument(
        "input", help="a file, which may be compressed by gzip or xz, or - for standard input"
    )
    parser.add_argument(
        "output",
        help="the file to write, compressed if it ends in .gz or .xz, or - for standard output; "
        "it is written as a whole or, after an error, not at all",
    )
    parser.add_argument(
        "--from",
        dest="source",
        choices=FILE_FORMATS,
        metavar="FORMAT",
        help="the format of the input; without it, its content decides, and its ending where "
        "several formats fit",
    )
    parser.add_argument(
        "--to",
        choices=FILE_FORMATS,
        metavar="FORMAT",
        help=f"{', '.join(FILE_FORMATS)}; without it the ending of the output decides: "
        + ", ".join(f"{ending} for {name}" for ending, name in ENDINGS.items()),
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Writes the new file and, on standard error, what became of the sentences; returns the exit
    status 0.

    Raises `FormatError` for a file that does not follow its format, and `ValueError` if it is not
    known what to write.
    """
    target = arguments.to or format_of_name(arguments.output)
    if target is None:
        raise ValueError(
            f"the format to write is not known from the name {arguments.output}. Name it by --to: "
            f"{', '.join(FILE_FORMATS)}."
        )
    conversion = Conversion(arguments.input, target, arguments.source)
    try:
        write_text(arguments.output, conversion.lines())
    except ValueError as error:
        outcome = f"{arguments.output} was not written"
        if arguments.output == STANDARD_STREAM:
            outcome = "what comes before is written"
        raise ValueError(
            f"{error} ({conversion.num_sentences} sentences were read; {outcome}.)"
        ) from error
    _say(
        f"{conversion.num_sentences} sentences from {arguments.input} ({conversion.source}) to "
        f"{arguments.output} ({target})."
    )
    if +conversion.left_out:
        _say(f"Left out, as {target} has no place for them: {_listed(conversion.left_out)}.")
    if +conversion.added:
        _say(f"Added, as {target} asks for them: {_listed(conversion.added)}.")
    if conversion.num_repeated_ids:
        _say(
            "Ids that had been added to a sentence before, and so are there twice: "
            f"{conversion.num_repeated_ids}. Give all sentences an id, or none."
        )
    if +conversion.replaced:
        _say(f"With _ for white space, which {target} forbids: {_listed(conversion.replaced)}.")
    return 0


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in counts.items() if count)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
