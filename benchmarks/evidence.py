"""
Trains what docs/when-it-pays.md compares: syntax, then the end task, from few sentences of either.

    python benchmarks/evidence.py wescience --sentences 1000 --trees 1000 --estimators spigot
    python benchmarks/evidence.py listops --sentences 5000 --trees 100 --estimators spigot --jobs 2

Each run is one line of docs/results/TASK.jsonl; what has its line is not run again, and what was
interrupted begins anew. Systems are compared seed by seed: a seed draws the weights, and, but for
nested lists, the sentences, the same ones for all systems. Trees are those of other sentences than
the end task's, unless `--same`; of nested lists they are always the first of the same ones. A
system without a parser has one line for all numbers of trees, where their number is 0.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple

from result_lines import RESULTS, append_line, digest, digest_of_files, read_lines, version

from bilexical.formats.corpus_files import detect_format, format_sentence, read_sentences
from bilexical.formats.sentence import Sentence

ROOT = Path(__file__).parent.parent
LISTOPS = "listops"
CORPORA = {"wescience": "data/wescience_dm", "propbank": "data/ewt_propbank", "toy": "data/toy"}
#: Other trees of nested lists, in place of the gold ones.
CONTROLS = ("flat", "chain", "random")
WITHOUT_PARSER = ("no_structure", *CONTROLS, "gold")
ALONE = (*WITHOUT_PARSER, "frozen", "frozen_expected")
#: That are learned from in a training, each counted as often as it is seen.
NUM_SENTENCES = {LISTOPS: 60_000}
DEFAULT_NUM_SENTENCES = 20_000
#: That the parser sees in an epoch.
NUM_TREES = {LISTOPS: 5000}
DEFAULT_NUM_TREES = 1000
METRICS = ("LF", "UF", "accuracy", "UAS", "LAS")


class Setting(NamedTuple):
    """How many sentences the end task and the parser have, and whether they are the same ones."""

    task: str
    sentences: int
    trees: int
    same: bool

    @property
    def name(self) -> str:
        return f"{self.sentences}-and-{self.trees}-{'same' if self.same else 'other'}-trees"


class Run(NamedTuple):
    """One line of the results."""

    setting: Setting
    system: str
    held: bool
    seed: int

    @property
    def folder(self) -> Path:
        name = f"{self.system}-held" if self.held else self.system
        return folder_of(self.setting, self.seed) / name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("task", choices=[*CORPORA, LISTOPS])
    parser.add_argument("--sentences", type=int, nargs="+", default=[1000])
    parser.add_argument("--trees", type=int, nargs="+", default=[1000])
    parser.add_argument("--same", action="store_true", help="trees of the end task's sentences")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--alone", nargs="*", choices=ALONE, default=[])
    parser.add_argument("--estimators", nargs="*", default=[], help="of the joint training")
    parser.add_argument("--held", nargs="+", choices=("no", "yes"), default=["no", "yes"])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the archives of the runs")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    settings = [
        Setting(arguments.task, sentences, trees, arguments.same or arguments.task == LISTOPS)
        for sentences, trees in product(arguments.sentences, arguments.trees)
    ]
    systems = [(name, False) for name in arguments.alone]
    held = [choice == "yes" for choice in arguments.held]
    systems += list(product(arguments.estimators, held))
    runs = [
        run_of(setting, system, is_held, seed)
        for setting, seed, (system, is_held) in product(settings, arguments.seeds, systems)
    ]
    runs = missing(list(dict.fromkeys(runs)))
    for setting, seed in dict.fromkeys((run.setting, run.seed) for run in runs):
        if setting.task in CORPORA:
            write_folder(setting, seed)
    parsers = dict.fromkeys(parser_of(run) for run in runs if run.system not in WITHOUT_PARSER)
    has_failed = False
    # What others start from comes first.
    for stage in ([run for run in parsers if not is_trained(run)], runs):
        with ThreadPoolExecutor(arguments.jobs) as pool:
            futures = [pool.submit(partial(train, run, arguments.keep)) for run in stage]
            for future in as_completed(futures):
                print(future.result(), flush=True)
                has_failed |= "FAILED" in future.result()
    if has_failed:
        raise SystemExit(1)


def run_of(setting: Setting, system: str, held: bool, seed: int) -> Run:
    if system in WITHOUT_PARSER:
        setting = setting._replace(trees=0, same=True)
    return Run(setting, system, held, seed)


def folder_of(setting: Setting, seed: int) -> Path:
    return Path("runs", "evidence", setting.task, setting.name, f"seed-{seed}")


def write_folder(setting: Setting, seed: int) -> None:
    """Draws the sentences; nothing is written anew."""
    folder, corpus = folder_of(setting, seed), Path(CORPORA[setting.task])
    if (folder / "dev.conll").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    sentences = list(sentences_of(corpus))
    if setting.sentences + (0 if setting.same else setting.trees) > len(sentences):
        raise SystemExit(f"{corpus} has only {len(sentences)} sentences: {setting.name}.")
    random.Random(seed).shuffle(sentences)
    start = 0 if setting.same else setting.sentences
    graphs, trees = sentences[: setting.sentences], sentences[start : start + setting.trees]
    for name in ("dev", "test"):
        shutil.copyfile(corpus / f"{name}.sdpx", folder / f"{name}.sdpx")
    write(folder / "train.sdpx", graphs, "sdp_augmented")
    write(folder / "train_gold.conll", trees, "conllx")
    write(folder / "dev.conll", read(corpus / "dev.sdpx"), "conllx")


def sentences_of(corpus: Path) -> Iterator[Sentence]:
    """The training sentences, with true trees: those of the toy corpus are in another file."""
    sentences = read(corpus / "train.sdpx")
    if corpus != Path(CORPORA["toy"]):
        return sentences
    trees = read(corpus / "train_gold.conll")
    return (with_tree(sentence, tree) for sentence, tree in zip(sentences, trees))


def with_tree(sentence: Sentence, tree: Sentence) -> Sentence:
    pairs = zip(sentence.words, tree.words)
    words = [word.changed(head=true.head, deprel=true.deprel) for word, true in pairs]
    return replace(sentence, words=words)


def read(path: Path) -> Iterator[Sentence]:
    return read_sentences(str(path), detect_format(str(path)))


def write(path: Path, sentences: "Iterator[Sentence] | List[Sentence]", layout: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        if layout == "sdp_augmented":
            file.write("#SDP 2015\n")
        for sentence in sentences:
            own = [comment for comment in sentence.comments if not comment.startswith("#SDP")]
            file.write(format_sentence(replace(sentence, comments=own), layout))


def parser_of(run: Run) -> Run:
    """What a run starts from."""
    return Run(run.setting, "parser", False, run.seed)


def is_trained(run: Run) -> bool:
    """To its end, which is when AllenNLP writes the metrics, and as it would be now."""
    config = run.folder.with_suffix(".json")
    if not (run.folder / "metrics.json").exists() or not config.exists():
        return False
    return json.loads(config.read_text(encoding="utf-8")) == config_of(run)


def config_of(run: Run) -> Dict[str, Any]:
    import _jsonnet

    is_joint = run.system not in (*ALONE, "parser")
    variables = {
        "system": "joint" if is_joint else run.system,
        "folder": str(folder_of(run.setting, run.seed)),
        "parser": str(folder_of(run.setting, run.seed) / "parser" / "model.tar.gz"),
    }
    num_trees = NUM_TREES.get(run.setting.task, DEFAULT_NUM_TREES)
    num_sentences = num_trees if run.system == "parser" else run.setting.sentences
    budget = NUM_SENTENCES.get(run.setting.task, DEFAULT_NUM_SENTENCES)
    numbers = {
        "seed": run.seed,
        "num_epochs": min(40, max(8, round(budget / num_sentences))),
        "sentences": run.setting.sentences,
        "trees": run.setting.trees,
        "trees_in_epoch": num_trees,
    }
    codes = {name: str(number) for name, number in numbers.items()}
    if is_joint:
        variables["estimator"] = run.system
        codes["held"] = json.dumps(run.held)
    kind = LISTOPS if run.setting.task == LISTOPS else "graphs"
    config = Path(__file__).with_name(f"evidence_{kind}.jsonnet")
    return json.loads(_jsonnet.evaluate_file(str(config), tla_vars=variables, tla_codes=codes))


def key_of(run: Run) -> Dict[str, Any]:
    """What tells the line of a run from those of others."""
    setting = {**run.setting._asdict()}
    # What a parser was trained like is a part of what starts from it.
    starts_from = [] if run.system in WITHOUT_PARSER else [config_of(parser_of(run))]
    return {
        "task": setting.pop("task"),
        "setting": setting,
        "system": run.system,
        "regime": {"held": run.held},
        "seed": run.seed,
        "config": digest([config_of(run), *starts_from]),
    }


def missing(runs: List[Run]) -> List[Run]:
    """Those that no line has."""
    found = []
    for task in {run.setting.task for run in runs}:
        found += read_lines(RESULTS / f"{task}.jsonl")
    keys = [(run, key_of(run).items()) for run in runs]
    return [run for run, key in keys if not any(key <= line.items() for line in found)]


def train(run: Run, keep: bool) -> str:
    folder = run.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    config, log = folder.with_suffix(".json"), folder.with_suffix(".log")
    config.write_text(json.dumps(config_of(run), indent=2) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "allennlp", "train", str(config), "-s", str(folder), "-f"]
    start = time.monotonic()
    with open(log, "w", encoding="utf-8") as file:
        status = subprocess.call(
            [*command, "--include-package", "spigot_allennlp"],
            stdout=file,
            stderr=file,
            env={"OMP_NUM_THREADS": "1", **os.environ},
        )
    seconds = time.monotonic() - start
    if status != 0:
        return f"{folder}: FAILED, see {log}"
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    scores = dict(scores_of(metrics))
    for path in folder.glob("*.th"):
        path.unlink()
    if run.system != "parser":
        files = data_files(run)
        append_line(
            RESULTS / f"{run.setting.task}.jsonl",
            {
                **key_of(run),
                "data": digest_of_files(files),
                "scores": scores,
                "epochs": metrics["epoch"] + 1,
                "seconds": round(seconds, 1),
                "version": version(),
            },
        )
        if not keep:
            (folder / "model.tar.gz").unlink()
    shown = " ".join(f"{name} {value:.3f}" for name, value in scores.items())
    return f"{folder}: {shown} ({seconds:.0f} s)"


def data_files(run: Run) -> List[Path]:
    if run.setting.task == LISTOPS:
        return sorted(Path("data", LISTOPS).glob("*/*.conllu"))
    return sorted(folder_of(run.setting, run.seed).glob("*.*[xl]"))


def scores_of(metrics: Dict[str, Any]) -> "Iterator[tuple[str, float]]":
    for name in METRICS:
        for key, split in ((f"best_validation_{name}", "dev"), (f"test_{name}", "test")):
            if key in metrics:
                yield f"{split}_{name}", round(metrics[key], 5)


if __name__ == "__main__":
    main()
