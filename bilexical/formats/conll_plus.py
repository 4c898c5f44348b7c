"""
CoNLL-U Plus (https://universaldependencies.org/ext-format.html): CoNLL-U whose first line,
`# global.columns = ID FORM ...`, names the columns.
"""

import logging
from collections import Counter
from itertools import chain
from typing import Counter as CounterType
from typing import Dict, Iterator, List, Optional, Sequence

from bilexical.formats.conll_layouts import CONLL_COLUMNS
from bilexical.formats.errors import FormatError, Report, reporting
from bilexical.formats.piece import Count, Piece, say
from bilexical.formats.text import Block
from bilexical.formats.tree_columns import check_width

logger = logging.getLogger(__name__)

_STANDARD = [column.upper() for column in CONLL_COLUMNS]
_KEY = "global.columns"
# What a column holds that has no value; `*` is that of PARSEME:MWE.
_NONE = ("_", "*")


def plus_columns(comments: Sequence[str]) -> Optional[List[str]]:
    """The columns that the comments before a file's first sentence name, if they do."""
    for comment in comments:
        key, _, value = comment[1:].partition("=")
        if key.strip() == _KEY:
            return value.split()
    return None


def with_ten_columns(
    path: str, blocks: Iterator[Block], report: Optional[Report] = None
) -> Iterator[Block]:
    """
    The sentences of a file with the columns of CoNLL-U. If it is one of CoNLL-U Plus, how many
    values of its further columns were left out is logged after the last sentence.

    Raises `FormatError` as `PlusColumns` does. With `report`, sentences for which `standard` would
    raise it are left out, and it goes there.
    """
    first = next(blocks, None)
    if first is None:
        return
    columns = path.columns if isinstance(path, Piece) else None
    columns = columns or plus_columns(first.comments)
    every = chain([first], blocks)
    if columns is None or columns == _STANDARD:
        yield from every
        return
    plus = PlusColumns(path, columns)
    for block in every:
        standard: Optional[Block] = None
        with reporting(report):
            standard = plus.standard(block)
        if standard is not None:
            yield standard
    for column, count in plus.left_out.items():
        text = "{path}: {number} values of the column {about} were left out."
        say(logger, path, Count(text, count, column))


class PlusColumns:
    """
    The columns of CoNLL-U from those of a file of CoNLL-U Plus, which has others, or not all.

    # Parameters

    path : `str`
        The file, for messages.
    columns : `List[str]`
        As the file names them. `FormatError` is raised unless ID and FORM are among them, and if
        one is there twice.

    # Attributes

    left_out : `Counter[str]`
        For each column that CoNLL-U does not have, the number of its values so far.
    """

    def __init__(self, path: str, columns: List[str]) -> None:
        self._path = path
        self._columns = columns
        self.left_out: CounterType[str] = Counter()
        if not {"ID", "FORM"} <= set(columns) or len(set(columns)) < len(columns):
            raise FormatError(
                path,
                None,
                f"the columns are {' '.join(columns) or 'none'} ({_KEY}).",
                "Name each column once, ID and FORM among them.",
            )

    def standard(self, block: Block) -> Block:
        """
        The same sentence with ten columns, `_` in those that the file does not have, and without
        the comment that names the columns. Raises `FormatError` for a line of another width.
        """
        rows = []
        for line, row in enumerate(block.rows, block.first_line):
            check_width(self._path, line, row, self._columns, f" ({_KEY})")
            values: Dict[str, str] = dict(zip(self._columns, row))
            rows.append([values.pop(column, "_") for column in _STANDARD])
            self.left_out.update(name for name, value in values.items() if value not in _NONE)
        comments = [each for each in block.comments if not plus_columns([each])]
        return Block(comments, rows, block.first_line)
