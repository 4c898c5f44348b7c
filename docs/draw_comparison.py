"""
The picture of the comparison on the toy corpus, from the table in results.md.

    python docs/draw_comparison.py docs/pictures/comparison.svg
"""

import re
import sys
from pathlib import Path

from bilexical.drawing import Bars, bar_chart

PAGE = Path(__file__).parent / "results.md"
METRICS = ("LF", "UF", "UAS")


def comparison_chart(page: str) -> str:
    """The first table of the page: a group for each estimator, a bar for each metric."""
    rows = re.findall(r"^\| (\w+) \|((?: [\d.]+ ± [\d.]+ \|){3})", page, flags=re.MULTILINE)
    means = [[float(cell.split(" ±")[0]) for cell in cells.split(" |")[:3]] for _, cells in rows]
    bars = [Bars(metric, values) for metric, values in zip(METRICS, zip(*means))]
    names = [name for name, _ in rows]
    title = "Toy corpus, test set, mean of five seeds"
    return bar_chart(names, bars, title, "percent", width=640)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(
        comparison_chart(PAGE.read_text(encoding="utf-8")) + "\n", encoding="utf-8"
    )
