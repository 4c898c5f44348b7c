"""What the commands that train several runs have in common."""

import argparse
import os
from contextlib import contextmanager
from functools import partial
from typing import Any, Dict, Iterator, Optional, Sequence

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import SigTermReceived

from spigot_allennlp.commands.compare.progress import Progress
from spigot_allennlp.commands.compare.runs import Run
from spigot_allennlp.commands.compare.starting import start_training
from spigot_allennlp.commands.compare.training import train_run, train_runs
from spigot_allennlp.commands.workers import open_workers


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """Adds `--jobs`, `--scheduler` and `--overrides`."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs", type=int, default=1, help="trainings at a time; several have one thread each"
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="train by the workers of a scheduler of Dask, such as tcp://HOST:8786: each trains "
        "what it has threads for. The folder, and this one, must be on a file system that all of "
        "them share",
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


def train(
    runs: Sequence[Run], args: argparse.Namespace, progress: Optional[Progress] = None
) -> Dict[str, str]:
    """`train_runs`, which Control-C and SIGTERM end with a word on how to go on."""
    if args.scheduler is not None:
        runs = [run._replace(folder=run.folder.absolute()) for run in runs]
    start = partial(
        start_training,
        include_packages=args.include_package,
        shares_cores=args.jobs > 1 or args.scheduler is not None,
        folder=os.getcwd(),
    )
    with interruptible(), open_workers(args.jobs, args.scheduler) as workers:
        return train_runs(runs, partial(train_run, start), workers, progress or Progress())


@contextmanager
def interruptible() -> Iterator[None]:
    """In which Control-C and SIGTERM end the command with a word on how to go on."""
    try:
        yield
    except (KeyboardInterrupt, SigTermReceived):
        raise SystemExit("\nInterrupted: the same command goes on where this stopped.") from None
