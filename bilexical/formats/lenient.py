"""
Reading on where an annotation does not follow its format, for programs that put their own in its
place: of each sentence as much is read as is sound, and its words in any case.
"""

import logging
from typing import Callable, Dict, FrozenSet, Iterable, Iterator, Optional, Sequence, Tuple

from bilexical.formats.errors import FormatError
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import Block

logger = logging.getLogger(__name__)

TREE, GRAPH = "tree", "graph"

#: What is left out, one after another, until a sentence can be read.
_LEFT_OUT: Tuple[FrozenSet[str], ...] = (
    frozenset(),
    frozenset([TREE]),
    frozenset([GRAPH]),
    frozenset([TREE, GRAPH]),
)


def read_on(
    path: str,
    blocks: Iterable[Block],
    parse: Callable[[Block], Sentence],
    without: Callable[[Block, FrozenSet[str]], Block],
) -> Iterator[Sentence]:
    """
    The sentences of `blocks`, without the trees and graphs that `parse` refuses. How many these
    are, and the first reason, is logged after the last one.

    # Parameters

    path : `str`
    blocks : `Iterable[Block]`
    parse : `Callable[[Block], Sentence]`
        Raises `FormatError` for a sentence that does not follow the format.
    without : `Callable[[Block, FrozenSet[str]], Block]`
        The block without the layers (`TREE`, `GRAPH`) that are named.

    Raises `FormatError` for a sentence whose words, tags or structure are at fault.
    """
    num_faulty = 0
    first_fault: Optional[FormatError] = None
    for block in blocks:
        sentence, fault = _parsed(block, parse, without)
        if fault is not None:
            num_faulty += 1
            first_fault = first_fault or fault
        yield sentence
    if num_faulty:
        logger.warning(
            "%s: %d sentences have a tree or a graph that is not sound. It is not read, and not in "
            "the output unless it is predicted. The first: %s",
            path,
            num_faulty,
            first_fault,
        )


def _parsed(
    block: Block,
    parse: Callable[[Block], Sentence],
    without: Callable[[Block, FrozenSet[str]], Block],
) -> Tuple[Sentence, Optional[FormatError]]:
    """A sentence, and why its annotation is not complete."""
    first_fault: Optional[FormatError] = None
    for layers in _LEFT_OUT:
        try:
            sentence = parse(without(block, layers) if layers else block)
        except FormatError as error:
            first_fault = first_fault or error
            if layers == _LEFT_OUT[-1]:
                raise
            continue
        if GRAPH in layers:
            sentence.arcs = None
        break
    return sentence, first_fault


def with_values(
    block: Block, columns: Sequence[str], values: Dict[str, str], cut: bool = False
) -> Block:
    """
    A copy of a block with other values in some columns, be they there or missing at the end of a
    row.

    # Parameters

    block : `Block`
    columns : `Sequence[str]`
        The names of the first columns.
    values : `Dict[str, str]`
        The new values of some of them.
    cut : `bool`, optional (default = `False`)
        Whether all further columns are left out.
    """
    rows = []
    for row in block.rows:
        new = [values.get(column, cell) for column, cell in zip(columns, row)]
        new += [values[column] for column in columns[len(row) :] if column in values]
        rows.append(new if cut else new + row[len(columns) :])
    return block._replace(rows=rows)
