"""
Every estimator on the task with a categorical latent variable, where what would be best is known.

    python benchmarks/categorical.py --output docs/results/categorical.jsonl

The task, the one of Mihaylova, Niculae and Martins (2020) and harder ones, is described in
`categorical_data.py`, the model in `categorical_training.py`. Every system is trained with the same
grid of learning rates, and of step sizes where it has one; each regime with all seeds, on the same
data, from different weights. A run is a line of the output; runs that are there are not run again.
`categorical_report.py` chooses the regimes by their development sets and writes the tables.
"""

import argparse
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

import torch
from categorical_data import SETTINGS, Data, Setting, generate
from categorical_training import CONTROLS, make_estimator, train
from result_lines import append_line, digest, read_lines, version

from spigot_allennlp.estimators import StructuredGradientEstimator

LEARNING_RATES = (0.003, 0.03)
STEP_SIZES = (0.01, 1.0, 10.0)

Regime = Dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--output", type=Path, required=True, help="file of runs, to be continued")
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--only", nargs="+", choices=systems(), default=systems(), help="systems")
    parser.add_argument("--learning-rates", type=float, nargs="+", default=LEARNING_RATES)
    parser.add_argument("--step-sizes", type=float, nargs="+", default=STEP_SIZES)
    parser.add_argument("--seeds", type=int, default=10, help="number of models of each regime")
    parser.add_argument("--steps", type=int, help="of training, in place of each setting's own")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    # Probabilities of which nothing is left take ten times as long as others.
    torch.set_flush_denormal(True)
    for name in arguments.settings:
        setting = SETTINGS[name]
        if arguments.steps is not None:
            setting = setting._replace(num_steps=arguments.steps)
        run_setting(setting, arguments)


def systems() -> List[str]:
    """The controls and the estimators of this library."""
    ours = [
        name
        for name in StructuredGradientEstimator.list_available()
        if StructuredGradientEstimator.by_name(name).__module__.startswith("spigot_allennlp.")
    ]
    return [*CONTROLS, *sorted(ours)]


def regimes(
    system: str, learning_rates: Sequence[float], step_sizes: Sequence[float]
) -> Iterator[Regime]:
    """The grid of a system."""
    has_step_size = system not in CONTROLS and hasattr(make_estimator(system, None, 1), "step_size")
    for learning_rate in learning_rates:
        if not has_step_size:
            yield {"learning_rate": learning_rate}
            continue
        for step_size in step_sizes:
            yield {"learning_rate": learning_rate, "step_size": step_size}


def run_setting(setting: Setting, arguments: argparse.Namespace) -> None:
    """All systems and regimes that are not there yet."""
    data = generate(setting)
    seeds = range(1, arguments.seeds + 1)
    done = runs_of(arguments.output)
    for system in arguments.only:
        for regime in regimes(system, arguments.learning_rates, arguments.step_sizes):
            lines = missing_lines(setting, data, system, regime, seeds, done)
            if not lines:
                continue
            start = time.perf_counter()
            step_size: Optional[float] = regime.get("step_size")
            learning_rate = regime["learning_rate"]
            found = train(setting, data, system, learning_rate, step_size, setting.num_steps, seeds)
            seconds = (time.perf_counter() - start) / len(seeds)
            for line in lines:
                line["scores"] = rounded(found[seeds.index(line["seed"])])
                line["seconds"] = round(seconds, 2)
                append_line(arguments.output, line)
            print(setting.name, system, regime, f"{seconds * len(seeds):.0f} s", flush=True)


def runs_of(path: Path) -> Set[Tuple[str, str, int]]:
    """What is there, as `(config, data, seed)`."""
    return {(line["config"], line["data"], line["seed"]) for line in read_lines(path)}


def missing_lines(
    setting: Setting,
    data: Data,
    system: str,
    regime: Regime,
    seeds: Sequence[int],
    done: Set[Tuple[str, str, int]],
) -> List[Dict[str, Any]]:
    """The lines of the regime, without scores, that are not among those that are there."""
    head = {
        "task": "categorical",
        "setting": setting._asdict(),
        "system": system,
        "regime": regime,
    }
    # Models that are trained at once share their noise.
    config = digest({**head, "seeds": list(seeds)})
    return [
        {**head, "seed": seed, "config": config, "data": data.digest(), "version": version()}
        for seed in seeds
        if (config, data.digest(), seed) not in done
    ]


def rounded(scores: Dict[str, float]) -> Dict[str, float]:
    return {name: round(value, 4) for name, value in scores.items()}


if __name__ == "__main__":
    main()
