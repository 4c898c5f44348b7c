"""A search: its studies, its trials by workers, its report."""

import argparse
import os
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from pathlib import Path
from typing import Any, Dict, List, Set

from allennlp.common.checks import ConfigurationError

from spigot_allennlp.commands.compare.command import interruptible, read_config
from spigot_allennlp.commands.compare.starting import SECONDS_TO_STOP, start_training
from spigot_allennlp.commands.quiet import only_warnings
from spigot_allennlp.commands.tune.files import write_tuning
from spigot_allennlp.commands.tune.progress import TrialProgress
from spigot_allennlp.commands.tune.space import Space, alternatives, is_tunable, read_space
from spigot_allennlp.commands.tune.study import (
    Tuning,
    check_metric,
    create_study,
    num_to_make,
    trained_elsewhere,
)
from spigot_allennlp.commands.tune.trials import make_trial
from spigot_allennlp.commands.workers import (
    Workers,
    open_workers,
    result_or_failure,
    stop_tasks,
)


@only_warnings()
def tune_estimators(args: argparse.Namespace) -> None:
    """Does what the command `tune-estimators` says."""
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
    if not problems:
        problems = [
            problem for pair in zip(tunings, studies) for problem in trained_elsewhere(*pair)
        ]
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
