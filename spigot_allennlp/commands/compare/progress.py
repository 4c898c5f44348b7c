"""What is said while the runs of a comparison are trained."""

import sys
import time
from datetime import timedelta
from typing import Any, Callable, Dict, List, Optional, Sequence, TextIO

from allennlp.common import Tqdm

from spigot_allennlp.commands.compare.histories import epoch_metrics, validation_metrics
from spigot_allennlp.commands.compare.runs import Run

#: What AllenNLP trains for when a configuration does not say.
_DEFAULT_EPOCHS = 20


class Progress:
    """
    A line when a run starts and when it ends, with the time that has passed and that is left; on a
    terminal also a bar of epochs with the newest scores on the validation data.

    # Parameters

    stream : `Optional[TextIO]`, optional (default = `None`)
        Standard error if not given.
    clock : `Callable[[], float]`, optional (default = `time.monotonic`)
        Seconds.
    """

    def __init__(
        self, stream: Optional[TextIO] = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._start = 0.0
        self._runs: List[Run] = []
        self._started: Dict[str, float] = {}
        # Epochs that were trained before, that are there now, and that will be there at the end.
        self._epochs_before: Dict[str, int] = {}
        self._epochs: Dict[str, int] = {}
        self._epochs_at_end: Dict[str, int] = {}
        self._bar: Any = None

    def begin(self, runs: Sequence[Run], num_finished: int) -> None:
        """Says what will be done: `runs` are trained, `num_finished` others have been before."""
        self._start = self._clock()
        self._runs = list(runs)
        for run in runs:
            self._epochs_before[run.name] = self._epochs[run.name] = 0
            trainer = run.config.get("trainer", {})
            self._epochs_at_end[run.name] = trainer.get("num_epochs", _DEFAULT_EPOCHS)
        self._bar = Tqdm.tqdm(
            total=sum(self._epochs_at_end.values()),
            unit="epoch",
            file=self._stream,
            disable=None if runs else True,
            leave=False,
        )
        self._say(f"runs: {len(runs)} to train, {num_finished} finished before")

    def started(self, run: Run) -> None:
        """Called before a run is trained."""
        self._started[run.name] = self._clock()
        before = len(epoch_metrics(run.folder))
        self._epochs_before[run.name] = self._epochs[run.name] = before
        self._say(f"{run.name}: training" + (f" from epoch {before} on" if before else ""))

    def finished(self, run: Run) -> None:
        """Called when a run is trained."""
        metrics = epoch_metrics(run.folder)
        # It may have stopped early.
        self._epochs[run.name] = self._epochs_at_end[run.name] = len(metrics)
        seconds = self._clock() - self._started[run.name]
        best = _shown_scores(run, metrics, "best_")
        self._say(
            f"{run.name}: finished in {_time(seconds)}, {len(metrics)} epochs"
            + (f"; best on validation data: {best}" if best else "")
        )

    def failed(self, run: Run, reason: str) -> None:
        """Called when a run could not be trained."""
        self._epochs_at_end[run.name] = self._epochs[run.name]
        self._say(f"{run.name}: FAILED: {reason}")

    def update(self) -> None:
        """Called now and then. Brings the bar up to date."""
        if self._bar.disable:
            return
        for run in self._runs:
            folder = run.folder
            if (folder / f"metrics_epoch_{self._epochs[run.name]}.json").exists():
                metrics = epoch_metrics(folder)
                self._epochs[run.name] = len(metrics)
                scores = _shown_scores(run, metrics, "")
                self._bar.set_postfix_str(f"{run.name}: epoch {len(metrics)}, {scores}")
        self._bar.total = sum(self._epochs_at_end.values())
        self._bar.n = sum(self._epochs.values())
        self._bar.refresh()

    def end(self) -> None:
        """Called when nothing is trained any more."""
        if self._bar is not None:
            self._bar.close()

    def _say(self, what: str) -> None:
        elapsed = self._clock() - self._start
        line = f"[{_time(elapsed)}{self._time_left(elapsed)}] {what}"
        # Above the bar.
        self._bar.write(line, file=self._stream)
        self._stream.flush()

    def _time_left(self, elapsed: float) -> str:
        trained = sum(self._epochs.values()) - sum(self._epochs_before.values())
        left = sum(self._epochs_at_end.values()) - sum(self._epochs.values())
        if not trained or not left:
            return ""
        return f", about {_time(elapsed * left / trained)} left"


def _shown_scores(run: Run, metrics: List[Dict[str, Any]], prefix: str) -> str:
    return ", ".join(
        f"{name} {metrics[-1][f'{prefix}validation_{name}']:.4f}"
        for name in validation_metrics(run.config)
        if metrics and f"{prefix}validation_{name}" in metrics[-1]
    )


def _time(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
