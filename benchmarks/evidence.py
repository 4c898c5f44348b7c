"""
Trains what docs/when-it-pays.md compares: syntax, then the end task, from few sentences of either.

    python benchmarks/evidence.py wescience --sentences 1000 --trees 1000 --estimators spigot
    python benchmarks/evidence.py listops --sentences 5000 --trees 100 --estimators spigot --jobs 2

Each run is one line of docs/results/TASK.jsonl; what has its line is not run again, and what was
interrupted goes on. Systems are compared seed by seed: a seed draws the weights, and, but for
nested lists, the sentences, the same ones for all systems. Trees are those of other sentences than
the end task's, unless `--same`; of nested lists they are always the first of the same ones. A
system without a parser has one line for all numbers of trees, where their number is 0.
"""

import argparse
import json
import os
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple

from allennlp.common.util import install_sigterm_handler
from evidence_data import folder_of, write_folder
from evidence_jackknife import write_jackknifed
from evidence_tasks import (
    ALONE,
    GRAPHS,
    JACKKNIFED,
    LISTOPS,
    TASKS,
    WITHOUT_PARSER,
    Setting,
    setting_of,
)
from overrides import overrides
from result_lines import RESULTS, append_line, digest, digest_of_files, read_lines, version

from spigot_allennlp.commands.compare.command import train
from spigot_allennlp.commands.compare.estimator_choices import parse_estimators
from spigot_allennlp.commands.compare.histories import parse_duration
from spigot_allennlp.commands.compare.progress import Progress
from spigot_allennlp.commands.compare.runs import Run as Training
from spigot_allennlp.commands.compare.training import is_finished

ROOT = Path(__file__).parent.parent
#: That are learned from in a training, each counted as often as it is seen.
NUM_SENTENCES = {LISTOPS: 60_000}
DEFAULT_NUM_SENTENCES = 20_000
#: That the parser sees in an epoch.
NUM_TREES = {LISTOPS: 5000}
DEFAULT_NUM_TREES = 1000
#: How the end task trains the parser: evidence_regimes.libsonnet.
REGIMES = ("free", "held", "paced")
METRICS = ("LF", "UF", "accuracy", "UAS", "LAS")


class Run(NamedTuple):
    """One line of the results."""

    setting: Setting
    system: str
    regime: str
    seed: int
    #: Its configuration as JSON, of a joint training.
    estimator: str = ""

    @property
    def folder(self) -> Path:
        system = "-".join(filter(None, (self.system, self.regime)))
        name = f"{self.setting.name}-{system}-seed-{self.seed}-{digest(config_of(self))}"
        return Path("runs", "evidence", self.setting.task, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--sentences", type=int, nargs="+", default=[1000])
    parser.add_argument("--trees", type=int, nargs="+", default=[1000])
    parser.add_argument("--same", action="store_true", help="trees of the end task's sentences")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--alone", nargs="*", choices=ALONE, default=[])
    parser.add_argument(
        "--estimators", nargs="*", default=[], help="of the joint training, as of a comparison"
    )
    parser.add_argument("--regimes", nargs="+", choices=REGIMES, default=REGIMES, help="of that")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--scheduler", help="of Dask, whose workers train instead")
    parser.add_argument("--keep", action="store_true", help="keep the archives of the runs")
    parser.set_defaults(include_package=[])
    arguments = parser.parse_args()
    # As AllenNLP's commands do: what ends this program ends its trainings.
    install_sigterm_handler()
    os.chdir(ROOT)
    kind = TASKS[arguments.task].kind
    if JACKKNIFED in arguments.alone and not (
        kind == GRAPHS and arguments.same and min(arguments.trees) >= max(arguments.sentences)
    ):
        parser.error(f"{JACKKNIFED} is for sentences with graphs that all have trees: --same")
    if 0 in arguments.trees and (kind != LISTOPS or {*arguments.alone} - {*WITHOUT_PARSER}):
        parser.error("without trees there are joint trainings of nested lists alone")
    settings = [
        setting_of(arguments.task, sentences, trees, arguments.same)
        for sentences, trees in product(arguments.sentences, arguments.trees)
    ]
    joint = parse_estimators(arguments.estimators)
    systems = [(name, "", "") for name in arguments.alone]
    systems += [(n, r, json.dumps(joint[n])) for n, r in product(joint, arguments.regimes)]
    runs = [
        run_of(setting, system, regime, seed, estimator)
        for setting, seed, (system, regime, estimator) in product(
            settings, arguments.seeds, systems
        )
    ]
    runs = missing(list(dict.fromkeys(runs)))
    for setting, seed in dict.fromkeys((run.setting, run.seed) for run in runs):
        if TASKS[setting.task].kind != LISTOPS:
            write_folder(setting, seed)
    parsers = dict.fromkeys(parser_of(run) for run in runs if starts_from_parser(run))
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # What others start from comes first. A parser that failed costs only those.
    failed = train_stage(list(parsers), arguments)
    runs = [run for run in runs if not (starts_from_parser(run) and parser_of(run) in failed)]
    for run in runs:
        if run.system == JACKKNIFED:
            write_jackknifed(
                folder_of(run.setting, run.seed),
                parser_of(run).folder / "model.tar.gz",
                config_of(parser_of(run)),
                jackknifed(run),
            )
    if train_stage(runs, arguments) or failed:
        raise SystemExit(1)


def train_stage(runs: List[Run], arguments: argparse.Namespace) -> List[Run]:
    """Writes the lines of runs as they end; returns those that failed."""
    trainings = [Training(run.system, run.seed, run.folder, config_of(run)) for run in runs]
    for run, training in zip(runs, trainings):
        if is_finished(training):
            write_line(run, arguments.keep)
    failures = train(trainings, arguments, Lines(runs, arguments.keep))
    return [run for run in runs if run.folder.name in failures]


class Lines(Progress):
    """Writes the line of a run when it has ended."""

    def __init__(self, runs: List[Run], keep: bool) -> None:
        super().__init__()
        self._run_of = {run.folder.name: run for run in runs}
        self._keep = keep

    @overrides
    def finished(self, run: Training) -> None:
        super().finished(run)
        write_line(self._run_of[run.name], self._keep)


def run_of(setting: Setting, system: str, regime: str, seed: int, estimator: str = "") -> Run:
    if system in WITHOUT_PARSER:
        setting = setting._replace(trees=0, same=True)
    return Run(setting, system, regime, seed, estimator)


def starts_from_parser(run: Run) -> bool:
    """A joint training without trees starts from nothing."""
    return run.system not in (*WITHOUT_PARSER, "parser") and run.setting.trees > 0


def parser_of(run: Run) -> Run:
    """What a run starts from."""
    return Run(run.setting, "parser", "", run.seed)


def jackknifed(run: Run) -> Path:
    """The folder of the sentences with such trees."""
    return parser_of(run).folder / "jackknifed"


@lru_cache(maxsize=None)
def config_of(run: Run) -> Dict[str, Any]:
    import _jsonnet

    is_joint = run.system not in (*ALONE, "parser")
    variables = {
        "system": "joint" if is_joint else run.system,
        "folder": str(folder_of(run.setting, run.seed)),
    }
    if run.system == JACKKNIFED:
        variables["jackknifed"] = str(jackknifed(run))
    if starts_from_parser(run):
        # Its name has the digest of what the parser was trained like.
        variables["parser"] = str(parser_of(run).folder / "model.tar.gz")
    task = TASKS[run.setting.task]
    num_trees = NUM_TREES.get(task.kind, DEFAULT_NUM_TREES)
    budget = NUM_SENTENCES.get(task.kind, DEFAULT_NUM_SENTENCES)
    if run.system == "parser":
        num_sentences = num_trees
    else:
        num_sentences = run.setting.sentences
        budget = task.num_sentences or budget
    numbers = {
        "seed": run.seed,
        "num_epochs": min(40, max(8, round(budget / num_sentences))),
        "sentences": run.setting.sentences,
        "trees": run.setting.trees,
        "trees_in_epoch": num_trees,
    }
    codes = {name: json.dumps(value) for name, value in {**numbers, **task.options}.items()}
    if is_joint:
        codes["estimator"] = run.estimator
        variables["regime"] = run.regime
    config = Path(__file__).with_name(f"evidence_{task.kind}.jsonnet")
    return json.loads(_jsonnet.evaluate_file(str(config), tla_vars=variables, tla_codes=codes))


def key_of(run: Run) -> Dict[str, Any]:
    """What tells the line of a run from those of others."""
    setting = {**run.setting._asdict()}
    return {
        "task": setting.pop("task"),
        "setting": setting,
        "system": run.system,
        "regime": {"name": run.regime},
        "seed": run.seed,
        "config": digest(config_of(run)),
    }


def missing(runs: List[Run]) -> List[Run]:
    """Those that no line has."""
    found = []
    for task in {run.setting.task for run in runs}:
        found += read_lines(RESULTS / f"{task}.jsonl")
    keys = [(run, key_of(run).items()) for run in runs]
    return [run for run, key in keys if not any(key <= line.items() for line in found)]


def write_line(run: Run, keep: bool) -> None:
    """Of a training that has ended. Of a parser there is none, but others need its archive."""
    for path in run.folder.glob("*.th"):
        path.unlink()
    if run.system == "parser":
        return
    metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    append_line(
        RESULTS / f"{run.setting.task}.jsonl",
        {
            **key_of(run),
            "data": digest_of_files(data_files(run)),
            "scores": dict(scores_of(metrics)),
            "curves": curves_of(run.folder),
            "epochs": metrics["epoch"] + 1,
            "seconds": round(parse_duration(metrics["training_duration"]) or 0.0, 1),
            "version": version(),
        },
    )
    if not keep:
        # It is not there if somebody has deleted the line of a run that had ended.
        (run.folder / "model.tar.gz").unlink(missing_ok=True)


def data_files(run: Run) -> List[Path]:
    task = TASKS[run.setting.task]
    if task.kind == LISTOPS:
        return sorted(Path(task.corpus).glob("*/*.conllu"))
    return sorted(folder_of(run.setting, run.seed).glob("*.*"))


def scores_of(metrics: Dict[str, Any]) -> "Iterator[tuple[str, float]]":
    for name in METRICS:
        for key, split in ((f"best_validation_{name}", "dev"), (f"test_{name}", "test")):
            if key in metrics:
                yield f"{split}_{name}", round(metrics[key], 5)


def curves_of(folder: Path) -> Dict[str, List[float]]:
    """On development data, epoch by epoch, in their order."""
    epochs = sorted(folder.glob("metrics_epoch_*.json"), key=lambda path: int(path.stem[14:]))
    found = [json.loads(path.read_text(encoding="utf-8")) for path in epochs]
    names = [name for name in METRICS if all(f"validation_{name}" in each for each in found)]
    return {
        f"dev_{name}": [round(each[f"validation_{name}"], 4) for each in found] for name in names
    }


if __name__ == "__main__":
    main()
