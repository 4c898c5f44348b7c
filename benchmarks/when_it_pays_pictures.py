"""The pictures of docs/when-it-pays.md."""

import statistics
from pathlib import Path
from typing import Any, Dict, List

from evidence_tasks import ALONE
from when_it_pays_systems import (
    STRUCTURES,
    baseline_of,
    by_setting,
    chosen_systems,
    describe,
    mean_difference,
    with_all_seeds,
)

from bilexical.drawing import Line, heat_map, line_chart

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"


def write_pictures(task: str, lines: List[Dict[str, Any]], metric: str, of_parser: str) -> None:
    """For trees of other sentences and of the same ones, the gain of the best estimator."""
    for same in (False, True):
        gains = {}
        for setting, own in by_setting(lines):
            systems = chosen_systems(own, metric)
            baseline = baseline_of(systems, metric)
            learned = [s for s in with_all_seeds(systems) if s.name != "modular"]
            if setting["same"] == same and baseline and learned:
                best = max(learned, key=lambda system: system.mean(f"dev_{metric}"))
                gain = mean_difference(best, baseline, f"test_{metric}")
                gains[setting["trees"], setting["sentences"]] = gain
        if len(gains) > 1:
            trees = sorted({key[0] for key in gains})
            sentences = sorted({key[1] for key in gains})
            chart = heat_map(
                [f"{n:,}" for n in trees],
                [f"{n:,}" for n in sentences],
                [[gains.get((t, g)) for g in sentences] for t in trees],
                f"Best estimator by dev less the better of frozen and modular, test {metric}",
                STRUCTURES[of_parser],
                "sentences of the end task",
            )
            name = f"when-it-pays-{task}-{'same' if same else 'other'}.svg"
            (PICTURES / name).write_text(chart + "\n", encoding="utf-8")


def write_curves(task: str, lines: List[Dict[str, Any]], metric: str, of_parser: str) -> None:
    """
    Epoch by epoch on development data, each system in the regime of its row; of the setting with
    the most runs beside the frozen pipeline, if there is a joint training. Means over the seeds of
    that pipeline whose epochs are known, of the systems that were run with all of them.
    """
    settings = [(setting, curves_of(own, metric)) for setting, own in by_setting(lines)]
    settings = [each for each in settings if each[1].get("frozen")]
    if not settings or all(line["system"] in ALONE for line in lines):
        return
    setting, curves_by_name = max(settings, key=lambda each: sum(map(len, each[1].values())))
    seeds = curves_by_name["frozen"].keys()
    compared = {
        name: [by_seed[seed] for seed in sorted(seeds)]
        for name, by_seed in curves_by_name.items()
        if by_seed.keys() >= seeds
    }
    for name in (metric, of_parser):
        curves = []
        for system, of_seeds in compared.items():
            epochs = zip(*(each.get(f"dev_{name}", []) for each in of_seeds))
            means = [100 * statistics.mean(values) for values in epochs]
            if means:
                curves.append(Line(system, list(range(1, len(means) + 1)), means))
        if curves:
            number = f"{len(seeds)} seed{'s' if len(seeds) > 1 else ''}"
            title = f"{describe(setting, of_parser)}: {name}, dev, {number}"
            chart = line_chart(curves, title, "epoch", name, width=760, height=420)
            path = PICTURES / f"when-it-pays-{task}-{name.lower()}.svg"
            path.write_text(chart + "\n", encoding="utf-8")


def curves_of(lines: List[Dict[str, Any]], metric: str) -> Dict[str, Dict[int, Dict[str, Any]]]:
    """By system and seed, where they are known, of the regime that is chosen; with its name."""
    found = {}
    for system in chosen_systems(lines, metric).values():
        regime = system.regime["name"]
        found[f"{system.name}, {regime}" if regime else system.name] = {
            line["seed"]: line["curves"]
            for line in lines
            if (line["system"], line["regime"]) == (system.name, system.regime)
            and line.get("curves")
        }
    return found
