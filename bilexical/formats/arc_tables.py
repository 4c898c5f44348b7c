"""
Tables with a row for each arc, of the tree and of the graph, for programs that read tables.

The columns are `sentence`, its number from 1; `id`, empty if it has none; `layer`, `tree` or
`graph`; `head` and `modifier`, numbers of words from 1; `label`; and the two words, `head_word` and
`modifier_word`. Head 0 is ROOT: in the tree that of the root, in the graph that of a top node with
the label `top`.
"""

from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Tuple

from bilexical.formats.sentence import Sentence
from bilexical.formats.streams import draft_of

COLUMNS = ("sentence", "id", "layer", "head", "modifier", "label", "head_word", "modifier_word")
_NUMBERS = ("sentence", "head", "modifier")

#: What the columns call node 0, and the arc from it to a top node.
ROOT, TOP = "ROOT", "top"

#: As many rows of Parquet are held before they are written.
MAX_ROWS = 50_000

Row = Tuple[int, str, str, int, int, str, str, str]


def arc_rows(sentence: Sentence, number: int) -> Iterator[Row]:
    """The rows of a sentence: the tree in the order of the words, the graph, its top nodes."""
    words = [ROOT, *(word.form for word in sentence.words)]
    for layer, head, modifier, label in _arcs(sentence):
        yield number, sentence.id, layer, head, modifier, label, words[head], words[modifier]


def _arcs(sentence: Sentence) -> Iterator[Tuple[str, int, int, str]]:
    for modifier, word in enumerate(sentence.words, 1):
        if word.head is not None:
            yield "tree", word.head, modifier, word.deprel or ""
    for arc in sentence.arcs or []:
        yield "graph", arc.head, arc.modifier, arc.label
    for top in sentence.tops:
        yield "graph", 0, top, TOP


def format_tsv(rows: Iterator[Row]) -> str:
    """
    The lines of rows, with a tab between two columns and no quotes. Raises `ValueError` for a value
    with a tab or a line end.
    """
    lines = []
    for row in rows:
        line = "\t".join(map(str, row))
        if line.count("\t") >= len(row) or "\n" in line or "\r" in line:
            raise ValueError(f"a table cannot hold {row}, in which there is a tab or a line end.")
        lines.append(f"{line}\n")
    return "".join(lines)


class ParquetTable:
    """Rows for a file of Parquet: see `open_parquet`."""

    def __init__(self, arrow: Any, schema: Any, writer: Any) -> None:
        self._arrow = arrow
        self._schema = schema
        self._writer = writer
        self._rows: List[Row] = []

    def add(self, rows: Iterator[Row]) -> None:
        """Rows that come after the others."""
        self._rows += rows
        if len(self._rows) >= MAX_ROWS:
            self.write()

    def write(self) -> None:
        """Writes the rows that are held."""
        columns: Dict[str, Any] = dict(zip(COLUMNS, zip(*self._rows)))
        if columns:
            self._writer.write_table(self._arrow.table(columns, schema=self._schema))
        self._rows = []


@contextmanager
def open_parquet(path: str) -> Iterator[ParquetTable]:
    """
    A file of Parquet, written as it grows; it is there when the block has ended without an error.

    Raises `ValueError` if pyarrow, which writes it, is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ValueError(
            f"{path}: Parquet is written by pyarrow, which is not installed. Install it: "
            "python -m pip install pyarrow. Or choose tsv, which has the same columns."
        ) from error
    types = {True: pyarrow.int32(), False: pyarrow.string()}
    schema = pyarrow.schema([(name, types[name in _NUMBERS]) for name in COLUMNS])
    with draft_of(path) as draft, pyarrow.parquet.ParquetWriter(draft, schema) as writer:
        table = ParquetTable(pyarrow, schema, writer)
        yield table
        table.write()
