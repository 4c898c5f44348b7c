"""The official scorer's figures and the graphs they belong to, read without our reader."""

import re
from pathlib import Path
from typing import Dict, List

from bilexical.formats.sentence import Arc, Sentence, Word

FOLDER = Path(__file__).parents[2] / "fixtures" / "scorer"
REPRESENTATIONS = ["DM", "PAS", "PSD"]


def read_graphs(name: str) -> List[Sentence]:
    sentences = []
    text = (FOLDER / name).read_text(encoding="utf-8")
    for block in text.replace("#SDP 2015\n", "").split("\n\n"):
        if not block.strip():
            continue
        comment, *lines = block.strip("\n").split("\n")
        rows = [line.split("\t") for line in lines]
        predicates = [number for number, row in enumerate(rows, start=1) if row[5] == "+"]
        sentences.append(
            Sentence(
                id=comment[1:],
                words=[
                    Word(
                        row[1],
                        row[2],
                        row[3],
                        frame=row[6],
                        is_top=row[4] == "+",
                        is_predicate=row[5] == "+",
                    )
                    for row in rows
                ],
                arcs=[
                    Arc(modifier, head, label)
                    for modifier, row in enumerate(rows, start=1)
                    for head, label in zip(predicates, row[7:])
                    if label != "_"
                ],
            )
        )
    return sentences


def expected(representation: str, tops: bool) -> Dict[str, str]:
    """The figures of one of the two blocks as printed: LP, ..., and the four numbers of edges."""
    text = (FOLDER / f"expected_{representation}.txt").read_text(encoding="utf-8")
    including, excluding = text.split("## Scores excluding virtual dependencies to top nodes")
    block = including if tops else excluding
    figures = dict(re.findall(r"^([LU][PRFM]): (\S+)$", block, re.MULTILINE))
    figures.update(re.findall(r"^Number of (edges in .*): (\d+)$", block, re.MULTILINE))
    assert len(figures) == 12
    return figures
