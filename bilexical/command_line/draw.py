"""`spigot draw`: pictures of sentences with their tree and their graph."""

import argparse
import logging
import os
import shutil
import sys
from typing import List, Optional, Tuple

from bilexical.drawing.differences import compare
from bilexical.drawing.markup import element
from bilexical.drawing.pages import page
from bilexical.drawing.picture import Picture, Status, picture_of
from bilexical.drawing.selection import select
from bilexical.drawing.sentence_sections import EXPLANATION, picture_section
from bilexical.drawing.svg_pictures import svg, svg_legend
from bilexical.drawing.terminal import (
    MAX_WORDS,
    drawing_width,
    legend_lines,
    terminal_drawing,
    too_wide,
    why_not_drawn,
)
from bilexical.formats.errors import STANDARD_STREAM, shown_path
from bilexical.formats.streams import open_output

logger = logging.getLogger(__name__)

HELP = "draw sentences: the tree above the words, the graph below them"

_PAGE_ENDINGS = (".html", ".htm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `run`."""
    parser.add_argument(
        "file",
        help="JSON lines as `allennlp predict` writes them, .sdp of any layout, .conllu, .conllx "
        "or CoNLL-2009; - for standard input",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="page.html with a picture for each sentence, or figure.svg with one picture; without "
        f"it, sentences of up to {MAX_WORDS} words are drawn in the terminal",
    )
    parser.add_argument(
        "--against",
        metavar="FILE",
        help="the same sentences annotated by others, such as the gold standard: what is right, "
        "spurious, missing and changed gets its own color",
    )
    parser.add_argument(
        "--sentences",
        nargs="+",
        metavar="N",
        help="ids, positions in the file from 1, and ranges of positions such as 7-9",
    )
    parser.add_argument(
        "--limit",
        type=_positive,
        default=100,
        metavar="N",
        help="draw no more than N sentences (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Draws what the arguments ask for, and returns the exit status 0.

    Raises `ValueError`, of which `FormatError` is one, with a message for the user.
    """
    ending = os.path.splitext(arguments.output or "")[1].lower()
    if arguments.output is not None and ending not in (*_PAGE_ENDINGS, ".svg"):
        raise ValueError(
            f"{arguments.output}: the name says neither page nor figure. Let it end in .html or "
            ".svg, or leave -o out to draw in the terminal."
        )
    if arguments.file == arguments.against == STANDARD_STREAM:
        raise ValueError("only one of the two files can be standard input.")
    selected = select(arguments.file, arguments.against, arguments.sentences, arguments.limit)
    names = [
        os.path.basename(shown_path(path)) for path in (arguments.file, arguments.against or "")
    ]
    pictures = [
        picture_of(chosen.sentence, chosen.title)
        if chosen.reference is None
        else compare(chosen.sentence, chosen.reference, chosen.title, (names[0], names[1]))
        for chosen in selected
    ]
    if arguments.output is None:
        _print(pictures)
    elif ending == ".svg":
        _write(arguments.output, _figure(arguments.output, pictures))
    else:
        _write(arguments.output, _page(names[0], names[1], pictures))
    return 0


def _figure(output: str, pictures: List[Picture]) -> str:
    if len(pictures) > 1:
        raise ValueError(
            f"{output}: a figure has one picture, and there are {len(pictures)} sentences. Choose "
            "one by --sentences, or write a page, whose name ends in .html."
        )
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + svg(pictures[0]) + "\n"


def _page(name: str, reference: str, pictures: List[Picture]) -> str:
    title = f"{name} against {reference}" if reference else name
    legend = _legend(pictures)
    text = EXPLANATION
    if any(picture.changed for picture in pictures):
        text += " Words with another head are underlined."
    introduction = element("p", text)
    sections = [picture_section(picture) for picture in pictures]
    return page(title, sections, introduction + (svg_legend(legend) if legend else ""))


def _print(pictures: List[Picture]) -> None:
    with open_output(STANDARD_STREAM) as output:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        for picture in pictures:
            lines = _drawing(picture, width)
            output.write("\n".join([f"{picture.title}: {picture.caption}", *lines, "", ""]))
        output.write("".join(line + "\n" for line in legend_lines(_legend(pictures))))


def _legend(pictures: List[Picture]) -> List[Tuple[Status, str]]:
    """That of the first picture that has one."""
    return next((picture.legend for picture in pictures if picture.legend), [])


def _drawing(picture: Picture, width: Optional[int]) -> List[str]:
    """The lines of a drawing, or the reason why there is none."""
    reason = why_not_drawn(picture, width)
    if reason:
        return [reason]
    lines = terminal_drawing(picture)
    if width is not None:
        reason = too_wide(drawing_width(lines), width)
    return [reason] if reason else lines


def _write(path: str, text: str) -> None:
    with open_output(path) as output:
        output.write(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a number from 1 up, not {text!r}")
    return int(text)
