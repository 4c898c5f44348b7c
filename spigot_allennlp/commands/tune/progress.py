"""What is said while trials are made, on whichever machine."""

import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Callable, Dict, Optional, Sequence, TextIO, Tuple

from spigot_allennlp.commands.tune.study import Tuning, best_trial, failure_of, shown_values

if TYPE_CHECKING:
    import optuna


class TrialProgress:
    """
    A line when a trial starts and when it ends, with the time that has passed and that is left.

    # Parameters

    searches : `Sequence[Tuple[Tuning, optuna.Study]]`
    stream : `Optional[TextIO]`, optional (default = `None`)
        Standard error if not given.
    clock : `Callable[[], float]`, optional (default = `time.monotonic`)
        Seconds.
    """

    def __init__(
        self,
        searches: "Sequence[Tuple[Tuning, optuna.Study]]",
        stream: Optional[TextIO] = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._searches = searches
        self._stream = stream or sys.stderr
        self._clock = clock
        self._start = clock()
        self._states: Dict[str, str] = {}
        self._num_ended_now = 0
        for tuning, study in searches:
            for trial in study.get_trials(deepcopy=False):
                if trial.state.is_finished():
                    self._states[tuning.trial_name(trial.number)] = trial.state.name
        num_all = sum(tuning.num_trials for tuning, _ in searches)
        self._num_left = max(0, num_all - len(self._states))
        self.say(f"trials: {self._num_left} to make, {len(self._states)} made before")

    def update(self) -> None:
        """Called now and then. Says what is new."""
        for tuning, study in self._searches:
            for trial in study.get_trials(deepcopy=False):
                name, log = tuning.trial_name(trial.number), tuning.run(trial.number, {}).log
                is_ready = trial.state.is_finished() or log.exists()
                if is_ready and self._states.get(name) != trial.state.name:
                    self._states[name] = trial.state.name
                    if trial.state.is_finished():
                        self._num_ended_now += 1
                        self._num_left = max(0, self._num_left - 1)
                    self.say(f"{name}: {self._describe(tuning, study, trial)}")

    def say(self, what: str) -> None:
        """A line with the time."""
        elapsed = self._clock() - self._start
        left = ""
        if self._num_ended_now and self._num_left:
            left = f", about {_time(elapsed * self._num_left / self._num_ended_now)} left"
        self._stream.write(f"[{_time(elapsed)}{left}] {what}\n")
        self._stream.flush()

    @staticmethod
    def _describe(tuning: Tuning, study: "optuna.Study", trial: "optuna.trial.FrozenTrial") -> str:
        num_epochs = max(trial.intermediate_values, default=-1) + 1
        if not trial.state.is_finished():
            return f"training with {shown_values(trial)}"
        if trial.state.name == "FAIL":
            return f"FAILED: {failure_of(trial)}"
        if trial.state.name == "PRUNED":
            newest = trial.intermediate_values[num_epochs - 1]
            return f"pruned after epoch {num_epochs}, {tuning.score_name} {newest:.4f}"
        best = best_trial(study)
        is_best = best is not None and best.number == trial.number
        return f"{tuning.score_name} {trial.value:.4f}" + (", the best so far" if is_best else "")


def _time(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
