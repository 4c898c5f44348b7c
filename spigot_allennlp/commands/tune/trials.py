"""Making a trial: choosing its values, training with them, and saying how good they were."""

import math
import signal
import subprocess
from contextlib import ExitStack
from typing import Optional

from allennlp.common.checks import ConfigurationError

from bilexical.locks import locked
from spigot_allennlp.commands.compare.histories import epoch_metrics
from spigot_allennlp.commands.compare.runs import Run, check_folders
from spigot_allennlp.commands.compare.starting import (
    Start,
    TrainingError,
    check_is_shared,
    end,
    has_ended,
    write_config,
)
from spigot_allennlp.commands.compare.training import STOPPED, is_finished, what_happened
from spigot_allennlp.commands.tune.space import configured, sample
from spigot_allennlp.commands.tune.study import FAILURE, Tuning, load_study, next_trial, optuna
from spigot_allennlp.commands.workers import Stop
from spigot_allennlp.training.whole_json import read_json_if_whole

#: How a process ends that is told to by somebody: what it did so far is gone on with.
_INTERRUPTED = (
    "KeyboardInterrupt",
    "allennlp.common.util.SigTermReceived",
    f"ended by signal {signal.SIGINT:d} ",
    f"ended by signal {signal.SIGTERM:d} ",
)

_Process = Optional["subprocess.Popen[bytes]"]


def make_trial(
    start: Start, tuning: Tuning, stop: Stop, poll_seconds: float = 0.5
) -> Optional[str]:
    """
    Goes on with a trial that was interrupted, or makes a new one, if there is any left to make.

    # Parameters

    start : `Start`
    tuning : `Tuning`
        Whose study has been created.
    stop : `Stop`
        When it is set the training is ended, for another process to go on with.
    poll_seconds : `float`, optional (default = `0.5`)

    # Returns

    `Optional[str]`
        Why none could be made. A training that fails is a result: see the trial.
    """
    if stop.is_set():
        return STOPPED
    with ExitStack() as stack:
        try:
            check_is_shared(tuning.journal)
            with locked(tuning.folder / "claims.lock"):
                study = load_study(tuning)
                trial = next_trial(tuning, study)
                if trial is None:
                    return None
                run = tuning.run(
                    trial.number, configured(tuning.config, sample(trial, tuning.space))
                )
                # From here on the trial is ours, until the study has been told its end.
                stack.enter_context(locked(run.config_file))
                process = _start(start, run)
        except TrainingError as error:
            return str(error)
        if process is not None:
            stack.callback(end, process)
        return _follow(process, run, tuning, trial, stop, poll_seconds)


def _start(start: Start, run: Run) -> _Process:
    """
    `None` for one that was trained before, though nobody was there to see its end.

    Raises `TrainingError` if its folder holds something else, such as a trial of a search whose
    journal is gone.
    """
    try:
        check_folders([run])
    except ConfigurationError as error:
        raise TrainingError(str(error)) from error
    if is_finished(run):
        return None
    write_config(run)
    return start(run)


def _follow(
    process: _Process,
    run: Run,
    tuning: Tuning,
    trial: "optuna.Trial",
    stop: Stop,
    poll_seconds: float,
) -> Optional[str]:
    """Tells the study of the trial what the training comes to."""
    before = trial.study.get_trials(deepcopy=False)[trial.number].intermediate_values
    next_epoch = max(before, default=-1) + 1
    while process is not None and not has_ended(process, poll_seconds):
        if stop.is_set():
            return STOPPED
        first, next_epoch = next_epoch, _report(tuning, trial, run, next_epoch)
        if next_epoch > first and trial.should_prune():
            end(process)
            trial.study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            return None
    _report(tuning, trial, run, next_epoch)
    failure, score = None, None
    if process is not None and (process.returncode != 0 or not is_finished(run)):
        failure = what_happened(run, process)
        if failure.startswith(_INTERRUPTED):
            return STOPPED
    else:
        metrics = read_json_if_whole(run.folder / "metrics.json")
        try:
            score = tuning.score(metrics, "best_")
        except KeyError as error:
            failure = f"metrics.json has no {error}, by which the trials are compared"
        else:
            failure = None if math.isfinite(score) else f"its score is {score}"
    if failure is not None:
        trial.set_user_attr(FAILURE, failure)
        trial.study.tell(trial, state=optuna.trial.TrialState.FAIL)
    else:
        trial.study.tell(trial, score)
    return None


def _report(tuning: Tuning, trial: "optuna.Trial", run: Run, first: int) -> int:
    """Reports the scores of the epochs from `first` on, and returns how many epochs there are."""
    epochs = epoch_metrics(run.folder)
    for number, metrics in enumerate(epochs[first:], first):
        try:
            trial.report(tuning.score(metrics), number)
        except KeyError:
            # Not every epoch need be validated.
            continue
    return max(first, len(epochs))
