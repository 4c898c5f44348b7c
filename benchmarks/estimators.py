"""
Trains configurations with several seeds and tabulates their test scores.

    python benchmarks/estimators.py --output runs/toy --jobs 2

For each configuration: labelled and unlabelled F of the official SDP scorer (top nodes included)
and UAS of the intermediate trees, mean and standard deviation over seeds; and against `sdp_modular`
with the same seed, how many heads are different, and how many of those are right. A run that is
finished is not trained again.
"""

import argparse
import itertools
import json
import logging
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, List

CONFIGS = [
    "sdp_no_syntax",
    "sdp_gold_syntax",
    "sdp_modular",
    "sdp_straight_through",
    "sdp_structured_attention",
    "sdp_spigot",
]
BASELINE = "sdp_modular"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--configs", nargs="+", default=CONFIGS, help="names in training_configs/")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--train", default="data/toy/train.sdpx")
    parser.add_argument("--dev", default="data/toy/dev.sdpx")
    parser.add_argument("--test", default="data/toy/test.sdpx")
    parser.add_argument("--overrides", default="{}", help="JSON, as of `allennlp train -o`")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, one thread each")
    arguments = parser.parse_args()
    runs = [(config, seed) for seed in arguments.seeds for config in arguments.configs]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for (config, seed), seconds in zip(
            runs, pool.map(lambda run: train(arguments, *run), runs)
        ):
            print(f"{config}, seed {seed}: {seconds:.0f} s", file=sys.stderr)
    print(tabulate(arguments))


def train(arguments: argparse.Namespace, config: str, seed: int) -> float:
    """Seconds of training; 0 for a run that had been finished."""
    folder = arguments.output / f"{config}-{seed}"
    overrides = {
        "train_data_path": arguments.train,
        "validation_data_path": arguments.dev,
        **dict.fromkeys(("random_seed", "numpy_seed", "pytorch_seed"), seed),
        **json.loads(arguments.overrides),
    }
    seconds = 0.0
    # AllenNLP writes the metrics last.
    if not (folder / "metrics.json").exists():
        start = time.perf_counter()
        allennlp(
            folder.with_suffix(".log"),
            ["train", f"training_configs/{config}.jsonnet", "-s", str(folder), "-f"],
            ["-o", json.dumps(overrides)],
        )
        seconds = time.perf_counter() - start
    if not (folder / "test.sdpx").exists():
        allennlp(
            folder.with_suffix(".predict.log"),
            ["predict", str(folder / "model.tar.gz"), arguments.test, "--use-dataset-reader"],
            ["--batch-size", "64", "--silent", "--output-file", str(folder / "test.sdpx")],
            ["--predictor-args", '{"output_format": "sdp_augmented"}'],
        )
    return seconds


def allennlp(log: Path, *arguments: List[str]) -> None:
    command = [sys.executable, "-m", "allennlp", *itertools.chain(*arguments)]
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as output:
        finished = subprocess.run(
            [*command, "--include-package", "spigot_allennlp"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    if finished.returncode:
        raise SystemExit(f"{' '.join(command)} failed: see {log}")


def tabulate(arguments: argparse.Namespace) -> str:
    # Not before the runs: importing takes seconds.
    from spigot_allennlp.formats.sdp import read_sdp
    from spigot_allennlp.scoring.sdp_counts import count_corpus

    logging.disable(logging.WARNING)
    gold = list(read_sdp(arguments.test))
    gold_heads = heads_of(gold)
    rows = []
    for config in arguments.configs:
        scores: Dict[str, List[float]] = {}
        for seed in arguments.seeds:
            sentences = list(read_sdp(str(arguments.output / f"{config}-{seed}" / "test.sdpx")))
            counts = count_corpus(gold, sentences).scores()
            without_tops = count_corpus(gold, sentences, tops=False).scores()
            found = {"LF": 100 * counts["LF"], "UF": 100 * counts["UF"]}
            found["LF without tops"] = 100 * without_tops["LF"]
            found["UF without tops"] = 100 * without_tops["UF"]
            path = arguments.output / f"{config}-{seed}" / "metrics.json"
            metrics = json.loads(path.read_text())
            found["dev LF"] = 100 * metrics["best_validation_LF"]
            found["dev UF"] = 100 * metrics["best_validation_UF"]
            if "no_syntax" not in config and "gold_syntax" not in config:
                heads = heads_of(sentences)
                found["UAS"] = 100 * agreement(heads, gold_heads)
                if BASELINE in arguments.configs and config != BASELINE:
                    path = arguments.output / f"{BASELINE}-{seed}" / "test.sdpx"
                    before = heads_of(list(read_sdp(str(path))))
                    changed = [
                        (new, right)
                        for new, old, right in zip(heads, before, gold_heads)
                        if new != old
                    ]
                    found["heads changed"] = len(changed)
                    found["became right"] = sum(new == right for new, right in changed)
                    found["became wrong"] = sum(
                        old == right
                        for new, old, right in zip(heads, before, gold_heads)
                        if new != old
                    )
            for name, value in found.items():
                scores.setdefault(name, []).append(value)
        rows.append((config, scores))
    columns = ["dev LF", "dev UF", "LF", "UF", "LF without tops", "UF without tops"]
    columns += ["UAS", "heads changed", "became right", "became wrong"]
    lines = ["| configuration | " + " | ".join(columns) + " |", "|---" * (1 + len(columns)) + "|"]
    for config, scores in rows:
        cells = [mean_and_deviation(scores.get(column, [])) for column in columns]
        lines.append(f"| {config} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def heads_of(sentences: list) -> List[int]:
    return [word.head for sentence in sentences for word in sentence.words]


def agreement(some: List[int], others: List[int]) -> float:
    return sum(x == y for x, y in zip(some, others)) / len(some)


def mean_and_deviation(values: List[float]) -> str:
    if not values:
        return "–"
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{statistics.mean(values):.1f} ± {statistics.stdev(values):.1f}"


if __name__ == "__main__":
    main()
