"""
Reading on where an annotation does not follow its format, for programs that put their own in its
place: of each sentence the layers that are sound are read, and its words in any case.
"""

import logging
from collections import Counter
from typing import Callable, Dict, Iterable, Iterator, Optional, Sequence, Tuple, TypeVar
from typing import Counter as CounterType

from bilexical.formats.errors import FormatError, Report
from bilexical.formats.piece import Count, say
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import Block

logger = logging.getLogger(__name__)

#: Heads and relations; arcs, top nodes, predicates and senses.
LAYERS = TREE, GRAPH = ("tree", "graph")

Item = TypeVar("Item")


def read_layers(
    path: str,
    items: Iterable[Item],
    parse: Callable[[Item, Sequence[str]], Sentence],
    leniently: bool,
    report: Optional[Report] = None,
) -> Iterator[Sentence]:
    """
    The sentences of `items` with all layers; `leniently`, and with a `report` then, see
    `read_sound_layers`.
    """
    if leniently:
        return read_sound_layers(path, items, parse, report)
    return (parse(item, LAYERS) for item in items)


def read_sound_layers(
    path: str,
    items: Iterable[Item],
    parse: Callable[[Item, Sequence[str]], Sentence],
    report: Optional[Report] = None,
) -> Iterator[Sentence]:
    """
    The sentences of `items`, each without the layers that `parse` refuses. How many there are of
    each layer, and the first reason, is logged after the last sentence.

    # Parameters

    path : `str`
        The file, for messages.
    items : `Iterable[Item]`
        What the sentences stand in.
    parse : `Callable[[Item, Sequence[str]], Sentence]`
        The sentence with some of `LAYERS`; raises `FormatError` for what does not follow the format
        in these and in all that is no layer.
    report : `Optional[Report]`
        Gets the error about a sentence that has a fault elsewhere, which is left out.

    Raises `FormatError` for such a sentence if there is no `report`.
    """
    num_faulty: CounterType[str] = Counter()
    first_faults: Dict[str, FormatError] = {}
    for item in items:
        try:
            sentence, faults = _sound_layers(item, parse)
        except FormatError as error:
            if report is None:
                raise
            report(error)
            continue
        for layer, fault in faults.items():
            num_faulty[layer] += 1
            first_faults.setdefault(layer, fault)
        yield sentence
    for layer, count in num_faulty.items():
        text = (
            "{path}: {number} sentences have a {about} that is not sound. It is not read, and not "
            "in the output unless it is predicted. The first: {first}"
        )
        say(logger, path, Count(text, count, layer, str(first_faults[layer])))


def _sound_layers(
    item: Item, parse: Callable[[Item, Sequence[str]], Sentence]
) -> Tuple[Sentence, Dict[str, FormatError]]:
    """A sentence with its sound layers, and what is wrong with each of the others."""
    faults: Dict[str, FormatError] = {}
    try:
        return parse(item, LAYERS), faults
    except FormatError as error:
        try:
            parse(item, ())
        except FormatError:
            # It is in no layer. That of no layer may be about values that stand in for them.
            raise error from None
    for layer in LAYERS:
        try:
            parse(item, (layer,))
        except FormatError as error:
            faults[layer] = error
    sentence = parse(item, [layer for layer in LAYERS if layer not in faults])
    if GRAPH in faults:
        sentence.arcs = None
    return sentence, faults


def with_values(
    block: Block,
    columns: Sequence[str],
    values: Dict[str, str],
    fill: Sequence[str] = (),
    cut: bool = False,
) -> Block:
    """
    A copy of a block with other values in some columns, even those that are missing at the end of a
    row.

    # Parameters

    block : `Block`
    columns : `Sequence[str]`
        The names of the first columns.
    values : `Dict[str, str]`
        The new values of some of them.
    fill : `Sequence[str]`, optional (default = `()`)
        Columns that hold `_` in rows that end before them, and stay as they are in others.
    cut : `bool`, optional (default = `False`)
        Whether all further columns are left out.
    """
    if not values and not cut:
        return block
    missing = {**dict.fromkeys(fill, "_"), **values}
    rows = []
    for row in block.rows:
        new = [values.get(column, cell) for column, cell in zip(columns, row)]
        new += [missing[column] for column in columns[len(row) :] if column in missing]
        rows.append(new if cut else new + row[len(columns) :])
    return block._replace(rows=rows)
