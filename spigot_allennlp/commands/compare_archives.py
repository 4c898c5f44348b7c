"""`allennlp compare-archives`: the analysis of a comparison for models that exist."""

import argparse
import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

from allennlp.commands.subcommand import Subcommand
from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError
from overrides import overrides

from bilexical.comparison.layers import Output
from spigot_allennlp.commands.compare.histories import dev_scores, history
from spigot_allennlp.commands.compare.predictions import (
    check_words,
    predict,
    read_gold,
    write_json_lines,
)
from spigot_allennlp.commands.quiet import only_warnings
from spigot_allennlp.training.archives import archive_config

DESCRIPTION = """Compares trained models on a file: scores with a paired bootstrap against the first
model, and where the structures that they predict differ. A model is called by the folder of its
archive; two or more folders NAME-seed-S, as compare-estimators makes them, are runs of one model,
NAME. Writes comparison.json, comparison.md, comparison.html and the predictions."""

#: The name of the only run of a model.
_RUN = "archive"

_NAME_AND_SEED = re.compile(r"(.+)-seed-(\d+)$")


@Subcommand.register("compare-archives")
class CompareArchives(Subcommand):
    """Registered as a `Subcommand` with name "compare-archives"."""

    @overrides
    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        subparser = parser.add_parser(
            self.name, description=DESCRIPTION, help="Compare trained models on a file."
        )
        subparser.add_argument(
            "archives",
            nargs="+",
            help="two or more model.tar.gz, or folders of trainings; the first is the baseline",
        )
        subparser.add_argument(
            "test_data", help="file to compare on, of the kind that the first model's reader reads"
        )
        subparser.add_argument(
            "-s", "--serialization-dir", required=True, help="folder of the report"
        )
        subparser.set_defaults(func=compare_archives)
        return subparser


@only_warnings()
def compare_archives(args: argparse.Namespace) -> None:
    """Does what `DESCRIPTION` says."""
    # Other commands do not wait for pictures and pages.
    from spigot_allennlp.commands.compare.files import write_comparison

    if len(args.archives) < 2:
        raise ConfigurationError("there is one archive only. Name two or more, then the test file.")
    folder = Path(args.serialization_dir)
    archives = dict(zip(archive_names(args.archives), args.archives))
    models = models_and_runs(list(archives))
    baseline = models[0][0]
    if all(model == baseline for model, _ in models):
        raise ConfigurationError(f"all archives are of {baseline}. Name those of two models.")
    configs = {name: archive_config(path) for name, path in archives.items()}
    gold = read_gold(configs[next(iter(archives))], args.test_data)
    predictions: Dict[str, Dict[str, List[Output]]] = {}
    training: Dict[str, Dict[str, Any]] = {}
    folder.mkdir(parents=True, exist_ok=True)
    pairs = list(zip(archives.items(), models))
    for (name, path), (model, run) in Tqdm.tqdm(
        pairs, desc="predicting", file=sys.stderr, disable=None, leave=False
    ):
        outputs = predict(path, args.test_data)
        check_words(name, gold, outputs)
        write_json_lines(folder / f"{name}.jsonl", outputs)
        predictions.setdefault(model, {})[run] = outputs
        run_folder = Path(path) if Path(path).is_dir() else Path(path).parent
        run_history = history(run_folder, dev_scores(configs[name]))
        training.setdefault(model, {})[run] = run_history
    title, own = "Trained models", list(configs.values())
    write_comparison(folder, title, args.test_data, gold, predictions, baseline, training, {}, own)


def archive_names(paths: Sequence[str]) -> List[str]:
    """
    A name for each archive that can also be that of a file: its own, or its folder's if that is
    `model.tar.gz`; where these are not all different, the path.
    """
    names = [_short_name(path) for path in paths]
    if len(set(names)) < len(names):
        names = [
            re.sub(r"(/model)?\.tar\.gz$", "", path).strip("/").replace("/", "_") for path in paths
        ]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"an archive is named twice: {' '.join(paths)}.")
    return names


def models_and_runs(names: Sequence[str]) -> List[Tuple[str, str]]:
    """
    The name of the model of each archive, and that of the run: `spigot` and `1` of `spigot-seed-1`
    if there are other seeds of some model, else all of the name and a name that all runs have.
    """
    found = [_NAME_AND_SEED.match(name) for name in names]
    pairs = [
        (match.group(1), match.group(2)) if match else (name, _RUN)
        for name, match in zip(names, found)
    ]
    if len({model for model, _ in pairs}) == len(names):
        return [(name, _RUN) for name in names]
    return pairs


def _short_name(path: str) -> str:
    whole = re.sub(r"/model\.tar\.gz$", "", Path(os.path.abspath(path)).as_posix())
    return re.sub(r"\.tar\.gz$", "", whole.rsplit("/", 1)[-1])
