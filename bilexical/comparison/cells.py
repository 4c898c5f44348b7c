"""A table of a comparison, and what stands in its cells."""

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

from bilexical.drawing.markup import escape_markdown

#: In place of a number that there is not.
NOTHING = "–"


class Table(NamedTuple):
    """
    # Parameters

    title : `str`
    note : `str`
        What the numbers are.
    header : `List[str]`
    rows : `List[List[str]]`
        Each as long as `header`.
    """

    title: str
    note: str
    header: List[str]
    rows: List[List[str]]


def markdown(table: Table) -> str:
    """A heading, the note and the table."""
    title, note = escape_markdown(table.title), escape_markdown(table.note)
    lines = [f"## {title}", "", note, "", _line(table.header)]
    lines += [_line(["---"] * len(table.header)), *map(_line, table.rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(escape_markdown, cells)) + " |"


def percentages(entry: Optional[Dict[str, Any]]) -> str:
    """`mean` and, if there is one, `sd`; see `mean_and_deviation`."""
    if entry is None:
        return NOTHING
    mean = f"{100 * entry['mean']:.2f}"
    return mean if entry["sd"] is None else f"{mean} ± {100 * entry['sd']:.2f}"


def is_loss(score: str) -> bool:
    """
    Whether what training was chosen by is no score but a loss, as without a `validation_metric`:
    no share, and the lower the better.
    """
    return score.endswith("loss")


def count(value: Optional[int]) -> str:
    """A number that nobody may know."""
    return NOTHING if value is None else str(value)


def has_several_runs(comparison: Mapping[str, Any]) -> bool:
    """Whether any system was trained more than once."""
    return any(len(runs) > 1 for runs in comparison["systems"].values())
