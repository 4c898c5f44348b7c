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
SHOWN = ("modular", "straight_through", "structured_attention", "spigot")


def comparison_chart(page: str) -> str:
    """Of the table of estimators a group for each of `SHOWN`, with a bar for each metric."""
    table = page[page.index("| estimator |") :]
    means, names = [], list(SHOWN)
    for name in names:
        row = re.search(
            rf"^\| `{name}` \|((?: [\d.]+ ± [\d.]+ \|){{3}})", table, flags=re.MULTILINE
        )
        means.append([float(cell.split(" ±")[0]) for cell in row[1].split(" |")[:3]])
    bars = [Bars(metric, values) for metric, values in zip(METRICS, zip(*means))]
    title = "Toy corpus, test set, mean of five seeds"
    return bar_chart(names, bars, title, "percent", width=640)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(
        comparison_chart(PAGE.read_text(encoding="utf-8")) + "\n", encoding="utf-8"
    )
