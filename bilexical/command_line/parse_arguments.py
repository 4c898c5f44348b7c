"""The arguments of `spigot parse`."""

import argparse

from bilexical.command_line.parse_input import SOURCES
from bilexical.command_line.parse_output import TARGETS
from bilexical.formats.errors import STANDARD_STREAM
from bilexical.parsing_defaults import MAX_WORDS, MODEL


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `parse.run`."""
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
        "--workers",
        type=_positive,
        metavar="N",
        help="parse in N processes with a thread each (needs the extra scale); what is done is "
        "kept in OUTPUT.shards until all is, and the same command goes on with it",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="parse in the workers of a scheduler of Dask, such as tcp://HOST:8786, instead",
    )
    parser.add_argument(
        "--cuda-device", type=int, default=-1, metavar="N", help="the number of a GPU to use"
    )
    parser.add_argument(
        "--include-package",
        action="append",
        default=[],
        metavar="NAME",
        help="a module or package of yours whose classes the model has; may be given several times",
    )
    parser.add_argument(
        "--bfloat16",
        action="store_true",
        help="compute in bfloat16, on processors that have it (AVX512-BF16 or AMX)",
    )


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a number, not {text!r}")
    return int(text)


def _positive(text: str) -> int:
    number = _number(text)
    if not number:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
