"""`allennlp compare-estimators`: one configuration, several estimators, several seeds."""

import argparse
import logging
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

from allennlp.commands.subcommand import Subcommand
from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError
from overrides import overrides

from bilexical.comparison.layers import Gold, Output
from spigot_allennlp.commands.compare.command import add_training_options, read_config, train
from spigot_allennlp.commands.compare.estimator_choices import DEFAULT_ESTIMATORS, parse_estimators
from spigot_allennlp.commands.compare.histories import dev_scores, history
from spigot_allennlp.commands.compare.predictions import check_words, predictions_of_run, read_gold
from spigot_allennlp.commands.compare.runs import Run, check_folders, plan_runs
from spigot_allennlp.commands.compare.training import is_finished
from spigot_allennlp.commands.quiet import only_warnings

logger = logging.getLogger(__name__)

DESCRIPTION = """Trains a configuration with several estimators and seeds, and compares them on the
test data: scores with a paired bootstrap, and what the end task's gradient did to the intermediate
structure. Given again after it was interrupted, the command goes on where it stopped; what is
finished is not trained again. Each run is a folder NAME-seed-S with its log beside it. Writes
comparison.json, comparison.md and comparison.html. The exit code is 1 if any run failed; the others
are compared nevertheless."""


@Subcommand.register("compare-estimators")
class CompareEstimators(Subcommand):
    """Registered as a `Subcommand` with name "compare-estimators"."""

    @overrides
    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        subparser = parser.add_parser(
            self.name,
            description=DESCRIPTION,
            help="Train a pipeline with several estimators and compare them.",
        )
        subparser.add_argument("param_path", help="the configuration of a pipeline")
        subparser.add_argument(
            "-s", "--serialization-dir", required=True, help="folder of the runs and the report"
        )
        subparser.add_argument(
            "--estimators",
            nargs="+",
            help='names, or JSON such as \'{"type": "spigot", "step_size": 0.5}\' '
            f"(default: {', '.join(DEFAULT_ESTIMATORS)})",
        )
        subparser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
        subparser.add_argument(
            "--baseline",
            help="the estimator that the others are compared with: modular if it is among them, "
            "else the first",
        )
        subparser.add_argument(
            "--test-data",
            help="file to compare on: the configuration's test_data_path, else its "
            "validation_data_path",
        )
        subparser.add_argument(
            "--estimator-key",
            nargs="+",
            default=["model.estimator"],
            help="where in the configuration the estimator is; several keys, of pipelines in "
            "pipelines, get the same",
        )
        add_training_options(subparser)
        subparser.add_argument(
            "-r",
            "--recover",
            action="store_true",
            help="fail if the folder does not exist; a comparison that is there is continued with "
            "and without this option",
        )
        subparser.set_defaults(func=compare_estimators)
        return subparser


@only_warnings()
def compare_estimators(args: argparse.Namespace) -> None:
    """Does what `DESCRIPTION` says."""
    # Other commands do not wait for pictures and pages.
    from spigot_allennlp.commands.compare.files import write_comparison

    folder = Path(args.serialization_dir)
    if args.recover and not folder.is_dir():
        raise ConfigurationError(f"{folder} does not exist. There is nothing to recover from.")
    config = read_config(args)
    estimators = parse_estimators(args.estimators or DEFAULT_ESTIMATORS)
    baseline = _baseline(args.baseline, list(estimators))
    runs = plan_runs(config, estimators, args.seeds, folder, args.estimator_key)
    check_folders(runs)
    test_data = args.test_data or _test_data(config)
    gold = read_gold(config, test_data)

    failures = train(runs, args)
    predictions = _predict(runs, test_data, gold, failures)
    if baseline not in predictions:
        raise SystemExit(f"No run of the baseline {baseline} is finished: nothing is compared.")

    training: Dict[str, Dict[str, Any]] = {}
    for run in runs:
        if str(run.seed) in predictions.get(run.estimator, {}):
            histories = training.setdefault(run.estimator, {})
            histories[str(run.seed)] = history(run.folder, dev_scores(config))
    title = f"Estimators of {args.param_path}"
    write_comparison(
        folder, title, test_data, gold, predictions, baseline, training, failures, [config]
    )
    if failures:
        raise SystemExit(1)


def _baseline(chosen: Optional[str], names: List[str]) -> str:
    if chosen is None:
        return "modular" if "modular" in names else names[0]
    if chosen not in names:
        raise ConfigurationError(
            f"the baseline {chosen} is not among the estimators {', '.join(names)}."
        )
    return chosen


def _test_data(config: Dict[str, Any]) -> str:
    path = config.get("test_data_path") or config.get("validation_data_path")
    if not isinstance(path, str):
        raise ConfigurationError(
            "the configuration names neither a test_data_path nor a validation_data_path that is "
            "one file. Name the file to compare on by --test-data."
        )
    return path


def _predict(
    runs: List[Run], test_data: str, gold: List[Gold], failures: Dict[str, str]
) -> Dict[str, Dict[str, List[Output]]]:
    """By estimator and seed; what goes wrong is added to `failures`."""
    predictions: Dict[str, Dict[str, List[Output]]] = {}
    finished = [run for run in runs if is_finished(run)]
    for run in Tqdm.tqdm(finished, desc="predicting", file=sys.stderr, disable=None, leave=False):
        try:
            outputs = predictions_of_run(run.folder, test_data, gold)
            check_words(run.name, gold, outputs)
        except Exception as error:
            # Whatever a model does, the others are worth comparing.
            logger.exception("%s cannot predict %s.", run.name, test_data)
            failures[run.name] = f"prediction: {type(error).__name__}: {error}"
        else:
            predictions.setdefault(run.estimator, {})[str(run.seed)] = outputs
    return predictions
