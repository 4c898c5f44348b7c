"""
What the end task changed in the trees of the parser: the analysis of section 5 of Peng et al. 2018.

    python benchmarks/evidence_changes.py listops --sentences 10000 --trees 30 \
        --estimators perturb_and_marginals structured_attention straight_through

Joint trainings of evidence.py (`--keep`) are compared with `modular`, which learns from the same
trees and from nothing else, on test data and seed by seed, by `allennlp compare-archives`. Each
system is one line of docs/results/TASK_changes.jsonl, whose `seed` is the list of them; `scores`
are means over seeds, but for counts by part of speech and label, which are sums.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

from evidence import REGIMES, ROOT, Run, config_of, key_of
from evidence_tasks import SENTIMENT, TASKS, setting_of
from result_lines import RESULTS, append_line, digest, digest_of_files, read_lines, version

from spigot_allennlp.commands.compare.estimator_choices import parse_estimators

BASELINE = "modular"
#: From the baseline's score, over samples of the sentences.
DIFFERENCE = ("difference", "low", "high", "p_value")
COUNTS = ("decisions", "changed", "became_right", "became_wrong")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--trees", type=int, default=1000)
    parser.add_argument("--same", action="store_true", help="trees of the end task's sentences")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--estimators", nargs="+", required=True)
    parser.add_argument("--regime", choices=REGIMES, default="paced")
    arguments = parser.parse_args()
    task = TASKS[arguments.task]
    if task.kind == SENTIMENT and not task.options.get("gold_graphs"):
        parser.error(f"{arguments.task} has no gold graphs, by which changes are right or wrong")
    os.chdir(ROOT)
    setting = setting_of(arguments.task, arguments.sentences, arguments.trees, arguments.same)
    estimators = {BASELINE: {"type": BASELINE}, **parse_estimators(arguments.estimators)}
    runs = {
        name: [
            Run(setting, name, arguments.regime, seed, json.dumps(config))
            for seed in arguments.seeds
        ]
        for name, config in estimators.items()
    }
    test_data = Path(config_of(runs[BASELINE][0])["test_data_path"])
    lines = {name: line_of(own, test_data) for name, own in runs.items() if name != BASELINE}
    output = RESULTS / f"{arguments.task}_changes.jsonl"
    known = {(line["config"], line["data"]) for line in read_lines(output)}
    lines = {n: line for n, line in lines.items() if (line["config"], line["data"]) not in known}
    if not lines:
        return
    start = time.perf_counter()
    comparison = compared([run for name in (BASELINE, *lines) for run in runs[name]], test_data)
    seconds = round((time.perf_counter() - start) / len(lines), 1)
    for name, line in lines.items():
        append_line(output, {**line, "scores": scores_of(comparison, name), "seconds": seconds})


def line_of(runs: List[Run], test_data: Path) -> Dict[str, Any]:
    keys = [key_of(run) for run in runs]
    return {
        **keys[0],
        "task": f"{keys[0]['task']}_changes",
        "seed": [key["seed"] for key in keys],
        "config": digest([key["config"] for key in keys]),
        "data": digest_of_files([test_data]),
        "version": version(),
    }


def compared(runs: List[Run], test_data: Path) -> Dict[str, Any]:
    """What `compare-archives` says of the archives of runs, whose first system is the baseline."""
    folder = Path("runs", "evidence", "changes", f"{runs[0].setting.task}-{runs[0].setting.name}")
    several = len({run.seed for run in runs}) > 1
    archives = []
    for run in runs:
        archive = run.folder / "model.tar.gz"
        if not archive.exists():
            raise SystemExit(
                f"{archive} is not there: train it by benchmarks/evidence.py with `--keep`, and "
                "delete its line first if it has one."
            )
        # The name of a folder is how a model is told, and its seeds if there are several.
        link = folder / (f"{run.system}-seed-{run.seed}" if several else run.system)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(run.folder.resolve())
        archives.append(str(link / "model.tar.gz"))
    command = [sys.executable, "-m", "allennlp", "compare-archives", *archives, str(test_data)]
    command += ["-s", str(folder / "report"), "--include-package", "spigot_allennlp"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads((folder / "report" / "comparison.json").read_text(encoding="utf-8"))


def scores_of(comparison: Dict[str, Any], name: str) -> Dict[str, Any]:
    """Of a system: what changed, and both systems where trees differ, by length and unseen."""
    (structure,) = comparison["layers"][:-1]
    changes = comparison["changes"][structure]["systems"][name]
    runs = list(changes["runs"].values())
    found: Dict[str, Any] = {key: statistics.mean(run[key] for run in runs) for key in COUNTS}
    for part in ("same", "different"):
        found[part] = {
            "sentences": statistics.mean(run[part]["sentences"] for run in runs),
            **{who: means([run[part][who] for run in runs]) for who in ("baseline", "system")},
        }
    for kind in ("tag", "label"):
        found[f"by_{kind}"] = [
            [row[kind], *(row[key] for key in COUNTS)] for row in changes[f"by_{kind}"]
        ]
    found["bootstrap"] = {
        metric: [systems[name][key] for key in DIFFERENCE]
        for metric, systems in comparison["scores"].items()
    }
    found["by_length"] = {
        metric: [
            [row["low"], row["high"], row["sentences"], *both(row["systems"], name)] for row in rows
        ]
        for metric, rows in comparison["by_length"].items()
    }
    found["unseen"] = {
        metric: [row["number"], *both(row["systems"], name)]
        for metric, row in (comparison["unseen"] or {}).items()
        if row["systems"]
    }
    return found


def means(rows: List[Dict[str, float]]) -> Dict[str, float]:
    """Of what all of them have."""
    return {key: statistics.mean(row[key] for row in rows) for key in rows[0]}


def both(systems: Dict[str, Any], name: str) -> Iterator[float]:
    return (systems[each]["mean"] for each in (BASELINE, name))


if __name__ == "__main__":
    main()
