"""What the commands that train several runs have in common."""

import argparse
from functools import partial
from typing import Any, Dict, Sequence

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.commands.compare.progress import Progress
from spigot_allennlp.commands.compare.runs import Run
from spigot_allennlp.commands.compare.training import start_training, train_runs


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """Adds `--jobs` and `--overrides`."""
    parser.add_argument(
        "--jobs", type=int, default=1, help="trainings at a time; several have one thread each"
    )
    parser.add_argument(
        "-o",
        "--overrides",
        default="",
        help="JSON that overrides the configuration, as of `allennlp train`",
    )


def read_config(args: argparse.Namespace) -> Dict[str, Any]:
    """
    The configuration at `param_path` with the overrides.

    # Raises

    `ConfigurationError`
        When `--jobs` is not positive.
    """
    if args.jobs < 1:
        raise ConfigurationError(f"--jobs must be at least 1 but is {args.jobs}.")
    return Params.from_file(args.param_path, args.overrides).as_dict(quiet=True)


def train(runs: Sequence[Run], args: argparse.Namespace) -> Dict[str, str]:
    """`train_runs`, which Control-C ends with a word on how to go on."""
    start = partial(
        start_training, include_packages=args.include_package, shares_cores=args.jobs > 1
    )
    try:
        return train_runs(runs, start, args.jobs, Progress())
    except KeyboardInterrupt:
        raise SystemExit("\nInterrupted: the same command goes on where this stopped.") from None
