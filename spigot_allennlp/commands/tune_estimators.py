"""`allennlp tune-estimators`: a search over options of a configuration."""

import argparse
import os
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, Set

from allennlp.commands.subcommand import Subcommand
from allennlp.common.checks import ConfigurationError
from overrides import overrides

from spigot_allennlp.commands.compare.command import (
    add_training_options,
    interruptible,
    read_config,
)
from spigot_allennlp.commands.compare.starting import SECONDS_TO_STOP, start_training
from spigot_allennlp.commands.quiet import only_warnings
from spigot_allennlp.commands.tune.files import write_tuning
from spigot_allennlp.commands.tune.progress import TrialProgress
from spigot_allennlp.commands.tune.space import Space, alternatives, is_tunable, read_space
from spigot_allennlp.commands.tune.study import Tuning, check_metric, create_study, num_to_make
from spigot_allennlp.commands.tune.trials import make_trial
from spigot_allennlp.commands.workers import (
    Workers,
    open_workers,
    result_or_failure,
    stop_tasks,
)

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


@only_warnings()
def tune_estimators(args: argparse.Namespace) -> None:
    """Does what `DESCRIPTION` says."""
    tunings = plan_searches(args)
    studies = [create_study(tuning) for tuning in tunings]
    start = partial(
        start_training,
        include_packages=args.include_package,
        shares_cores=args.jobs > 1 or args.scheduler is not None,
        folder=os.getcwd(),
    )
    progress = TrialProgress(list(zip(tunings, studies)))
    with interruptible(), open_workers(args.jobs, args.scheduler) as workers:
        problems = make_trials(partial(make_trial, start), tunings, workers, progress)
    title = f"Trials of {args.param_path}"
    has_best = write_tuning(title, list(zip(tunings, studies)), problems)
    if problems or not has_best:
        raise SystemExit(1)


def plan_searches(args: argparse.Namespace) -> List[Tuning]:
    """
    One search, or one for each of the choices of `--each`.

    Raises `ConfigurationError` for what is wrong with the configuration, the space or an option.
    """
    config = read_config(args)
    if args.trials < 1:
        raise ConfigurationError(f"--trials must be at least 1 but is {args.trials}.")
    check_metric(config)
    space = read_space(args.space_path, config)
    spaces: Dict[str, Space] = {"": space}
    if args.each is not None:
        spaces = alternatives(space, args.each)
    # Workers are in other folders.
    folder = Path(args.serialization_dir)
    folder = folder.absolute() if args.scheduler is not None else folder
    return [
        Tuning(
            folder,
            name,
            config,
            own,
            # Trials of which none differs from another would be one.
            num_trials=args.trials if is_tunable(own) else 1,
            seed=args.seed,
            prunes=not args.no_pruning,
        )
        for name, own in spaces.items()
    ]


def make_trials(
    make: Any,
    tunings: List[Tuning],
    workers: Workers,
    progress: TrialProgress,
    poll_seconds: float = 0.5,
) -> List[str]:
    """
    Makes the trials that are left to make, in turn for each search.

    # Parameters

    make : `Callable[[Tuning, Stop], Optional[str]]`
    tunings : `List[Tuning]`
    workers : `Workers`
    progress : `TrialProgress`
    poll_seconds : `float`, optional (default = `0.5`)

    # Returns

    `List[str]`
        Why trials could not be made. On any exception the trainings are stopped and it goes on.
    """
    left = {tuning.name: num_to_make(tuning) for tuning in tunings}
    problems: Dict[str, None] = {}
    running: Set[Future] = set()
    try:
        for number in range(max(left.values())):
            for tuning in tunings:
                if number < left[tuning.name]:
                    running.add(workers.executor.submit(make, tuning, workers.stop))
        while running:
            done, running = wait(running, poll_seconds, FIRST_COMPLETED)
            progress.update()
            for future in done:
                problem = result_or_failure(future)
                if problem is not None and problem not in problems:
                    problems[problem] = None
                    progress.say(f"FAILED: {problem}")
    finally:
        stop_tasks(workers, running, 2 * SECONDS_TO_STOP)
    return list(problems)
