"""
Semantic dependency graphs: the format of SemEval 2014 task 8 and SemEval 2015 task 18
(http://sdp.delph-in.net/), and the layout with a dependency tree that NeurboParser and SPIGOT use.

A word that is its own argument is an arc from the word to itself, as in CoNLL-2009.
"""

import logging
import os
import re
from typing import Dict, Iterable, Iterator, List, Optional, Sequence

from bilexical.formats.argument_columns import (
    argument_columns,
    predicate_numbers,
    read_arguments,
)
from bilexical.formats.errors import FormatError, Path, Report
from bilexical.formats.file_formats import detect_format
from bilexical.formats.lenient import GRAPH, TREE, read_layers, with_values
from bilexical.formats.sdp_layouts import FLAGS, SDP_LAYOUTS, SdpLayout, header_year, layout_of
from bilexical.formats.sentence import Sentence, Word
from bilexical.formats.text import Block, format_columns, read_blocks, write_text
from bilexical.formats.tree_columns import (
    check_word_number,
    optional,
    read_heads,
    width_error,
)

logger = logging.getLogger(__name__)

_KEY_AND_VALUE = re.compile(r"#\s*\S+\s*=")


def read_sdp(
    path: Path,
    layout: Optional[str] = None,
    leniently: bool = False,
    report: Optional[Report] = None,
) -> Iterator[Sentence]:
    """
    The sentences of an SDP file, one at a time.

    # Parameters

    path : `Path`
        Plain, .gz or .xz.
    layout : `Optional[str]`
        One of `SDP_LAYOUTS`; found out by `detect_format`, and logged, if not given.
    leniently : `bool`, optional (default = `False`)
        Whether the layers that are not sound are left out; see `read_sound_layers`.
    report : `Optional[Report]`
        See `read_sentences`.

    Raises `FormatError` for whatever does not follow the format.
    """
    name = os.fspath(path)
    known = layout or detect_format(name, tuple(SDP_LAYOUTS))
    if layout is None:
        logger.info("%s has the column layout %s.", name, known)

    def parse(block: Block, layers: Sequence[str]) -> Sentence:
        return _sentence(name, _with_layers(block, known, layers), known)

    blocks = read_blocks(name, fill_empty=leniently, report=report)
    yield from read_layers(name, blocks, parse, leniently, report)


def format_sdp(sentence: Sentence, layout: str = "sdp") -> str:
    """
    The lines of a sentence, the blank one after it included. What the layout has no column for is
    left out. The sentence's id is put before the comments, after the header if there is one, unless
    the comments say it already.

    Raises `ValueError` for the label `_`, which would be read as no arc.
    """
    columns = _layout(layout).columns
    predicates = set(predicate_numbers(sentence))
    lines = list(sentence.comments)
    if sentence.id and sentence.id != _id(lines):
        has_header = bool(lines) and header_year(lines[0]) is not None
        lines.insert(int(has_header), "#" + sentence.id)
    for number, (word, arguments) in enumerate(zip(sentence.words, argument_columns(sentence)), 1):
        values: Dict[str, object] = {
            "id": number,
            "form": word.form,
            "lemma": word.lemma,
            "pos": word.pos,
            "head": word.head,
            "deprel": word.deprel,
            "top": FLAGS[word.is_top],
            "pred": FLAGS[number in predicates],
            "frame": word.frame,
        }
        lines.append(format_columns([*map(values.__getitem__, columns), *arguments]))
    return "\n".join(lines) + "\n\n"


def write_sdp(path: Path, sentences: Iterable[Sentence], layout: str = "sdp") -> None:
    """Writes a file of `sentences`. A header `#SDP 2015` is a comment of the first sentence."""
    write_text(path, (format_sdp(sentence, layout) for sentence in sentences))


def _layout(name: str) -> SdpLayout:
    if name not in SDP_LAYOUTS:
        raise ValueError(
            f"There is no SDP layout {name!r}. Choose one of {', '.join(SDP_LAYOUTS)}."
        )
    return SDP_LAYOUTS[name]


def _with_layers(block: Block, layout_name: str, layers: Sequence[str]) -> Block:
    """The block without the other layers. Of a predicate nothing but the graph tells."""
    values: Dict[str, str] = {}
    if TREE not in layers:
        values.update(head="_", deprel="_")
    if GRAPH not in layers:
        values.update(top="-", pred="-", frame="_")
    return with_values(block, _layout(layout_name).columns, values, cut=GRAPH not in layers)


def _sentence(path: str, block: Block, layout_name: str) -> Sentence:
    layout = _layout(layout_name)
    columns = layout.columns
    position = {column: index for index, column in enumerate(columns)}
    rows = block.rows
    lines = range(block.first_line, block.first_line + len(rows))
    for number, (line, row) in enumerate(zip(lines, rows), 1):
        check_word_number(path, line, row[0], number)
    _check_flags(path, block, layout_name)
    predicates = [number for number, row in enumerate(rows, 1) if row[position["pred"]] == "+"]
    _check_widths(path, block, layout_name, len(predicates))

    words = [
        Word(
            form=row[position["form"]],
            lemma=optional(row[position["lemma"]]),
            pos=optional(row[position["pos"]]),
            frame=optional(row[position["frame"]]) if "frame" in position else None,
            is_top=row[position["top"]] == "+",
            is_predicate=row[position["pred"]] == "+",
        )
        for row in rows
    ]
    if "head" in position:
        head = position["head"]
        heads = read_heads(path, lines, [row[head] for row in rows], head + 1)
        for word, row, head_number in zip(words, rows, heads):
            word.head = head_number
            word.deprel = optional(row[position["deprel"]])
    arcs = read_arguments(path, block, len(columns), predicates)
    return Sentence(_id(block.comments), words, arcs, block.comments, line=block.first_line)


def _check_flags(path: str, block: Block, layout_name: str) -> None:
    layout = SDP_LAYOUTS[layout_name]
    flag_columns = layout.flag_columns
    for line, row in enumerate(block.rows, block.first_line):
        for position in flag_columns:
            if position < len(row) and row[position] in FLAGS:
                continue
            other = layout_of(block)
            if other is not None and other != layout_name:
                raise FormatError(
                    path,
                    line,
                    f"the file starts in the layout {layout_name}, but this sentence is in the "
                    f"layout {other}.",
                    "Keep one layout within a file, or split the file.",
                )
            if position >= len(row):
                raise _width_error(path, line, row, layout_name, None)
            raise FormatError(
                path,
                line,
                f"column {position + 1} ({layout.columns[position]}) is {row[position]!r}.",
                "Write + or -.",
            )


def _check_widths(path: str, block: Block, layout_name: str, num_predicates: int) -> None:
    num_columns = len(SDP_LAYOUTS[layout_name].columns)
    expected = num_columns + num_predicates
    widths = {len(row) for row in block.rows}
    if widths == {expected}:
        return
    if len(widths) == 1 and len(block.rows[0]) >= num_columns:
        raise FormatError(
            path,
            block.first_line,
            f"the sentence has {len(block.rows[0]) - num_columns} argument columns but "
            f"{num_predicates} predicates (+ in the column pred).",
            "Give each predicate one argument column, in the order of the predicates.",
        )
    for line, row in enumerate(block.rows, block.first_line):
        if len(row) != expected:
            raise _width_error(path, line, row, layout_name, expected)


def _width_error(
    path: str, line: int, row: List[str], layout_name: str, expected: Optional[int]
) -> FormatError:
    columns = SDP_LAYOUTS[layout_name].columns
    wanted = f"at least {len(columns)}" if expected is None else str(expected)
    described = (
        f"{' '.join(columns)}, then one argument column for each + that the sentence has in the "
        "column pred"
    )
    return width_error(path, line, row, wanted, described)


def _id(comments: List[str]) -> str:
    """
    The first comment that starts with `#` and no space, which is how the format writes an id, else
    the last one; a header and what says `key = value` only if there is nothing else. What a blank
    line parts from the sentence belongs to another one.
    """
    own = list(comments)
    while "" in own:
        own = own[own.index("") + 1 :]
    own = [comment for comment in own if not header_year(comment)]
    names = [comment for comment in own if not _KEY_AND_VALUE.match(comment)] or own
    standard = [comment for comment in names if not comment[1:2].isspace()]
    chosen = standard[:1] or names[-1:]
    return chosen[0][1:].strip() if chosen else ""
