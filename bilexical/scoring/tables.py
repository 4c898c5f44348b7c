"""Figures and tables as the official SDP scorer prints them, but for 0/0, which is 0 here."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Dict, List

from bilexical.scoring.matches import Matches


def table(name: str, things: str, rows: Dict[str, Matches]) -> List[str]:
    """The lines of a table of counts, precision and recall, in columns separated by commas."""
    head = f"{name},Number of {things} in gold standard,Number of {things} in system output"
    return [f"{head},Precision,Recall"] + [
        f"{key},{row.gold},{row.system},{six_digits(row.precision)},{six_digits(row.recall)}"
        for key, row in rows.items()
    ]


def figures(letter: str, matches: Matches) -> List[str]:
    """Precision, recall and F, each on its line; `letter` says of what."""
    values = {"P": matches.precision, "R": matches.recall, "F": matches.f1}
    return [f"{letter}{name}: {six_digits(value)}" for name, value in values.items()]


def own_arguments(gold: int, system: int) -> str:
    """The line that says how many arcs from a word to itself are left out."""
    return f"Arcs from a word to itself, left out: gold {gold}, system {system}."


def six_digits(value: float) -> str:
    """`value` with six digits after the point."""
    # Java rounds the decimal digits that it would print, and halves away from 0.
    return str(Decimal(repr(value)).quantize(Decimal("0.000001"), ROUND_HALF_UP))
