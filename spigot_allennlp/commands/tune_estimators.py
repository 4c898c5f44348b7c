"""`allennlp tune-estimators`: a search over options of a configuration."""

import argparse

from allennlp.commands.subcommand import Subcommand
from overrides import overrides

from spigot_allennlp.commands.compare.command import add_training_options

DESCRIPTION = """Searches for the options of a configuration that are best on the validation data.
SPACE is a file of JSON or Jsonnet: for keys of the configuration a value in which {"low": 0.1,
"high": 10, "log": true} stands for a number ("integer": true for a whole one), and {"choices":
[...]} for one of several values, which may have ranges in them. Each trial is a folder trial-NNN
with its log beside it. Given again after it was interrupted, the command goes on where it stopped;
given on several machines that share the folder, they make the trials together. Writes best.jsonnet,
a configuration for `allennlp train`, and tune.md and tune.html. The exit code is 1 if no trial was
finished."""


@Subcommand.register("tune-estimators")
class TuneEstimators(Subcommand):
    """Registered as a `Subcommand` with name "tune-estimators"."""

    @overrides
    def add_subparser(self, parser: argparse._SubParsersAction) -> argparse.ArgumentParser:
        subparser = parser.add_parser(
            self.name,
            description=DESCRIPTION,
            help="Search for the best options of estimators, or of anything else.",
        )
        subparser.add_argument("param_path", help="the configuration of a pipeline")
        subparser.add_argument("space_path", metavar="SPACE", help="what to tune, see above")
        subparser.add_argument(
            "-s", "--serialization-dir", required=True, help="folder of the trials and the report"
        )
        subparser.add_argument(
            "--trials",
            type=int,
            required=True,
            help="how many in all; given again with more, the search goes on",
        )
        subparser.add_argument(
            "--each",
            metavar="KEY",
            help="a key with choices, such as model.estimator, each of which is tuned by a search "
            "of its own with as many trials as the others",
        )
        subparser.add_argument(
            "--no-pruning",
            action="store_true",
            help="train all trials to their end, not only those that are better than the median of "
            "the others in the same epoch",
        )
        subparser.add_argument("--seed", type=int, default=1, help="of the search (default: 1)")
        add_training_options(subparser)
        subparser.set_defaults(func=tune_estimators)
        return subparser


def tune_estimators(args: argparse.Namespace) -> None:
    """Does what `DESCRIPTION` says."""
    # Whoever does not search does not wait for Optuna.
    from spigot_allennlp.commands.tune.search import tune_estimators

    tune_estimators(args)
