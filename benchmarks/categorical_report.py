"""
The tables and the picture of the categorical task, from the files of runs.

    python benchmarks/categorical_report.py --runs docs/results --output docs

Of every system the regime with the highest mean development accuracy is shown, that of the mixture
in its column; of the test set nothing else is looked at. It writes `results/categorical.md`,
`pictures/categorical.svg` and `pictures/mechanism.svg` in the output folder.
"""

import argparse
import itertools
import json
import statistics
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from result_lines import Line, read_lines

from bilexical.drawing import Bars, bar_chart

FROZEN = "modular"
RECOVERED = 0.98
"""A model with at least this V-measure has told all clusters apart."""

SHOWN = ("published, 3 clusters", "wide clusters", "overlapping clusters, trained encoder")
"""The settings of the picture."""

INTRODUCTION = """# A categorical latent variable

Where what would be best is known: a sentence is a point in one of several clusters, and which of
two classes it has depends on the cluster in another way for each. A linear encoder gives a score
to each category, the estimator makes a decision of the scores, and a bilinear decoder reads the
class from the features and the category (Mihaylova, Niculae and Martins 2020, section 5.1). Nobody
tells the encoder the clusters, unless the setting says so.

```bash
python benchmarks/categorical.py --output docs/results/categorical.jsonl
python benchmarks/mechanism.py --output docs/results/mechanism.jsonl
python benchmarks/categorical_report.py --runs docs/results --output docs
```

Controls: `linear` has no category, `gold` the true cluster, and `modular` an encoder that stays as
it is, which is the frozen pipeline where the encoder was trained and a random one elsewhere.
`enumeration` follows the exact gradient of the expected loss, the sum over all categories: no
gradient of a decision can be better informed. Adam on the whole training set; every system has the
same grid of learning rates (0.003, 0.03), and of step sizes (0.01, 1, 10; relative to the loss of
one sentence) where it has one, the regime chosen by the mean development accuracy of its seeds.
Steps are not clipped. Seeds are those of the weights; the data are the same.

All are scored with the best category, an argmax, also those that train with mixtures of
categories; what these have with the mixture that they were trained with, in the regime that is best
by that, is in the column *relaxed*. *V* is the V-measure of the categories and the clusters; *all
clusters* the share of seeds that tell all apart (V of at least 0.98). *against frozen* is the
difference to `modular` in points of test accuracy, with the p-value of an exact test that changes
the signs of the differences of the seeds; *regimes* is how many were tried.

The published setting is far from its end after 400 steps, and the order of the systems is another
one after the published number of steps: its table of 10,000 steps, with one regime and few seeds,
is the one to compare with the paper.
"""

MECHANISM = """## What happens to scores

One word of six candidate heads, 8,000 steps of gradient descent on its scores. The parser prefers
head 0 by 2 in the beginning; head 1 is better by 0.3 on average, under noise of 1 in each step.
Steps of `spigot` and `spigot_ce` are clipped to 5/32. The share of seeds that end with head 1 as
the best, and the distance of the highest score from the lowest:

![The spread of the scores at the end](../pictures/mechanism.svg)
"""


class Row(NamedTuple):
    """A system in its best regime."""

    system: str
    regime: Dict[str, float]
    scores: Dict[int, Dict[str, float]]
    """By seed."""
    num_regimes: int = 1
    """Of which it is the best."""

    def values(self, name: str) -> List[float]:
        """Of all seeds that have the score, in the order of the seeds."""
        return [own[name] for _, own in sorted(self.scores.items()) if name in own]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--runs", type=Path, required=True, help="folder of the files of runs")
    parser.add_argument("--output", type=Path, required=True, help="folder of the pages")
    arguments = parser.parse_args()
    lines = read_lines(arguments.runs / "categorical.jsonl")
    toy = read_lines(arguments.runs / "mechanism.jsonl")
    written = {
        "results/categorical.md": page(lines, toy),
        "pictures/categorical.svg": chart(lines),
        "pictures/mechanism.svg": mechanism_chart(toy),
    }
    for name, text in written.items():
        path = arguments.output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def page(lines: Sequence[Line], toy: Sequence[Line]) -> str:
    """The page of both experiments."""
    picture = "![Test accuracy of each system less that of the frozen encoder]"
    parts = [INTRODUCTION, picture + "(../pictures/categorical.svg)\n", tables(lines)]
    return "\n".join([*parts, MECHANISM, mechanism_table(toy)])


def tables(lines: Sequence[Line]) -> str:
    """A heading and a table for each setting."""
    parts = []
    for own in by_setting(lines):
        setting = own[0]["setting"]
        name = setting["name"]
        parts.append(f"## {name[0].upper()}{name[1:]}, {setting['num_steps']:,} steps\n")
        parts.append(description(setting) + "\n")
        parts.append(table(own) + "\n")
    return "\n".join(parts)


def by_setting(lines: Sequence[Line]) -> List[List[Line]]:
    """The runs of each setting, in the order in which settings occur."""
    found: Dict[str, List[Line]] = {}
    for line in lines:
        found.setdefault(json.dumps(line["setting"], sort_keys=True), []).append(line)
    return list(found.values())


def description(setting: Dict[str, Any]) -> str:
    start = "random weights"
    if setting["labeled"]:
        start = f"{setting['labeled']} sentences with their clusters"
    return (
        f"{setting['clusters']} clusters, {setting['categories']} categories, "
        f"{setting['features']} features; standard deviations {setting['center_scale']:g} of the "
        f"centers and {setting['noise']:g} around them; {setting['sentences']:,} sentences; "
        f"encoders start from {start}."
    )


def best_rows(lines: Sequence[Line], score: str = "dev_accuracy") -> List[Row]:
    """
    Of the runs of one setting, each system that has the score, in the regime with its highest mean;
    in the order in which systems occur.
    """
    regimes: Dict[str, Dict[str, Row]] = {}
    for line in lines:
        if score not in line["scores"]:
            continue
        rows = regimes.setdefault(line["system"], {})
        key = json.dumps(line["regime"], sort_keys=True)
        row = rows.setdefault(key, Row(line["system"], line["regime"], {}))
        row.scores[line["seed"]] = line["scores"]
    best = [
        max(rows.values(), key=lambda row: statistics.mean(row.values(score)))
        for rows in regimes.values()
    ]
    return [row._replace(num_regimes=len(regimes[row.system])) for row in best]


def table(lines: Sequence[Line]) -> str:
    """Of the runs of one setting: a row for each system, the best on the test set first."""
    rows = best_rows(lines)
    of_mixtures = {
        row.system: percent(row.values("test_relaxed_accuracy"))
        for row in best_rows(lines, "dev_relaxed_accuracy")
    }
    rows.sort(key=lambda row: -statistics.mean(row.values("test_accuracy")))
    frozen = next((row for row in rows if row.system == FROZEN), None)
    header = ["system", "learning rate", "step size", "dev", "test", "relaxed", "V"]
    header += ["all clusters", "against frozen", "seeds", "regimes"]
    cells = [header, ["---"] * len(header)]
    for row in rows:
        step_size = row.regime.get("step_size")
        measures = row.values("test_v_measure")
        recovered = [value >= RECOVERED for value in measures]
        cells.append(
            [
                f"`{row.system}`",
                f"{row.regime['learning_rate']:g}",
                "" if step_size is None else f"{step_size:g}",
                percent(row.values("dev_accuracy")),
                percent(row.values("test_accuracy")),
                of_mixtures.get(row.system, ""),
                percent(measures),
                f"{statistics.mean(recovered):.1f}" if recovered else "",
                "" if frozen is None or row is frozen else against(row, frozen),
                str(len(row.scores)),
                str(row.num_regimes),
            ]
        )
    return markdown(cells)


def percent(shares: Sequence[float]) -> str:
    """Mean and standard deviation, in percent; nothing of nothing."""
    if not shares:
        return ""
    deviation = statistics.stdev(shares) if len(shares) > 1 else 0.0
    return f"{100 * statistics.mean(shares):.1f} ± {100 * deviation:.1f}"


def against(row: Row, other: Row) -> str:
    """The mean difference in test accuracy over common seeds, in points, and its p-value."""
    seeds = sorted(row.scores.keys() & other.scores.keys())
    if not seeds:
        return ""
    differences = [
        row.scores[seed]["test_accuracy"] - other.scores[seed]["test_accuracy"] for seed in seeds
    ]
    p_value = sign_change_test(differences)
    return f"{100 * statistics.mean(differences):+.1f} (p = {p_value:.3f})"


def sign_change_test(differences: Sequence[float]) -> float:
    """
    The share of all changes of the differences' signs that give a mean at least as far from 0: the
    p-value of the exact paired permutation test, two-sided (Fisher 1935).
    """
    observed = abs(sum(differences))
    sums = [
        abs(sum(sign * value for sign, value in zip(signs, differences)))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    # Sums of the same numbers in the same order, but for rounding.
    return sum(value >= observed - 1e-12 for value in sums) / len(sums)


def chart(lines: Sequence[Line]) -> str:
    """Of the settings `SHOWN`, as an SVG, the mean gain of each system over the frozen encoder."""
    means: Dict[str, Dict[str, float]] = {}
    for own in by_setting(lines):
        name = own[0]["setting"]["name"]
        # A setting that was also run with another number of steps comes first with its own.
        if name in SHOWN and name not in means:
            rows = best_rows(own)
            means[name] = {row.system: statistics.mean(row.values("test_accuracy")) for row in rows}
    systems = sorted({system for own in means.values() for system in own} - {FROZEN})
    order = max(means, key=lambda name: len(means[name]), default=None)
    if order is not None:
        systems.sort(key=lambda system: -means[order].get(system, 0.0))
    bars = [
        Bars(name, [gain(means[name], system) for system in systems])
        for name in SHOWN
        if name in means
    ]
    title = "Test accuracy less that of the frozen encoder, mean over seeds"
    return bar_chart(systems, bars, title, "points", height=360)


def gain(means: Dict[str, float], system: str) -> Optional[float]:
    """In points, over the frozen encoder; None where one of the two is missing."""
    if system not in means or FROZEN not in means:
        return None
    return 100 * (means[system] - means[FROZEN])


def mechanism_table(lines: Sequence[Line]) -> str:
    """A row for each estimator, by name."""
    cells = [["system", "decides rightly", "spread", "seeds"], ["---"] * 4]
    for name, own in sorted(by_system(lines).items()):
        spreads = [line["scores"]["spread"] for line in own]
        deviation = statistics.stdev(spreads) if len(spreads) > 1 else 0.0
        rightly = statistics.mean(line["scores"]["decides_rightly"] for line in own)
        spread = f"{statistics.mean(spreads):.2f} ± {deviation:.2f}"
        cells.append([f"`{name}`", f"{rightly:.1f}", spread, str(len(own))])
    return markdown(cells)


def mechanism_chart(lines: Sequence[Line]) -> str:
    """The spread of each estimator; one that goes beyond 20 is cut off there."""
    highest = 20.0
    spreads = {
        name: statistics.mean(line["scores"]["spread"] for line in own)
        for name, own in by_system(lines).items()
    }
    names = sorted(spreads, key=lambda name: spreads[name])
    bars = Bars("spread", [min(spreads[name], highest) for name in names])
    title = "Spread of the scores after the last step (cut off at 20)"
    return bar_chart(names, [bars], title, "highest less lowest score", width=640)


def by_system(lines: Sequence[Line]) -> Dict[str, List[Line]]:
    found: Dict[str, List[Line]] = {}
    for line in lines:
        found.setdefault(line["system"], []).append(line)
    return found


def markdown(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


if __name__ == "__main__":
    main()
