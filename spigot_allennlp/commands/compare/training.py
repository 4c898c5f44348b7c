"""Training the runs of a comparison in processes of their own: a crash ends one run only."""

import signal
import subprocess
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import dropwhile
from pathlib import Path
from typing import Callable, Dict, Optional, Sequence

from spigot_allennlp.commands.compare.progress import Progress
from spigot_allennlp.commands.compare.runs import Run
from spigot_allennlp.commands.compare.starting import (
    SECONDS_TO_STOP,
    Start,
    TrainingError,
    end,
    has_ended,
    write_config,
)
from spigot_allennlp.commands.workers import Stop, Workers, result_or_failure, stop_tasks
from spigot_allennlp.training.whole_json import read_json_if_whole

#: Trains a run, and returns what happened if it failed.
Train = Callable[[Run, Stop], Optional[str]]

_TRACEBACK = "Traceback (most recent call last):"
_MAX_CHARACTERS = 1000

STOPPED = "stopped before it was finished"


def is_finished(run: Run) -> bool:
    """Whether training has ended: AllenNLP writes the metrics after the last epoch."""
    return read_json_if_whole(run.folder / "metrics.json") is not None


def train_runs(
    runs: Sequence[Run],
    train: Train,
    workers: Workers,
    progress: Progress,
    poll_seconds: float = 0.2,
) -> Dict[str, str]:
    """
    Trains what is not finished.

    # Parameters

    runs : `Sequence[Run]`
    train : `Train`
        `train_run`, with its first argument.
    workers : `Workers`
    progress : `Progress`
    poll_seconds : `float`, optional (default = `0.2`)

    # Returns

    `Dict[str, str]`
        For each run that failed what happened. On any exception, such as that of Control-C, the
        trainings are stopped and the exception goes on.
    """
    waiting = [run for run in runs if not is_finished(run)]
    progress.begin(waiting, num_finished=len(runs) - len(waiting))
    for run in waiting:
        write_config(run)
    sizes = {run.name: _size(run.log) for run in waiting}
    failures: Dict[str, str] = {}
    running: Dict[Future, Run] = {}
    try:
        for run in waiting:
            running[workers.executor.submit(train, run, workers.stop)] = run
        while running:
            done = wait(running, poll_seconds, FIRST_COMPLETED).done
            for future, run in list(running.items()):
                # What starts a training says so in the log, on whichever machine.
                if run.name in sizes and (future in done or _size(run.log) > sizes[run.name]):
                    del sizes[run.name]
                    progress.started(run)
                if future in done:
                    del running[future]
                    failure = result_or_failure(future)
                    if failure is None:
                        progress.finished(run)
                    else:
                        failures[run.name] = failure
                        progress.failed(run, failure)
            progress.update()
    finally:
        stop_tasks(workers, running, 2 * SECONDS_TO_STOP)
        progress.end()
    return failures


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def train_run(start: Start, run: Run, stop: Stop, poll_seconds: float = 0.2) -> Optional[str]:
    """
    Trains a run in a process of its own and waits for it.

    # Parameters

    start : `Start`
    run : `Run`
    stop : `Stop`
        When it is set the process is ended, and none is started.
    poll_seconds : `float`, optional (default = `0.2`)

    # Returns

    `Optional[str]`
        What happened if it failed.
    """
    if stop.is_set():
        return STOPPED
    try:
        process = start(run)
    except TrainingError as error:
        return str(error)
    try:
        while not has_ended(process, poll_seconds):
            if stop.is_set():
                return STOPPED
    finally:
        end(process)
    return None if process.returncode == 0 and is_finished(run) else what_happened(run, process)


def what_happened(run: Run, process: "subprocess.Popen[bytes]") -> str:
    """Why a process did not finish a run: the signal that ended it, or the end of the log."""
    exit_code = process.returncode
    last = last_words(run.log.read_text(encoding="utf-8", errors="replace"))
    if exit_code < 0:
        last = f"ended by signal {-exit_code} ({_signal_name(-exit_code)})"
    elif exit_code == 0:
        last = "ended without metrics.json"
    return f"{last} (see {run.log})"


def last_words(log: str) -> str:
    """The error that a log ends with, in one line, or its last line where it ends otherwise."""
    lines = [line.rstrip() for line in log.split("\n") if line.strip()]
    # What Python says of resources of a process that was ended, with the line of its source.
    while lines and "resource_tracker" in "".join(lines[-2:]):
        lines.pop()
    starts = [index for index, line in enumerate(lines) if line.startswith(_TRACEBACK)]
    if starts:
        after = lines[starts[-1] + 1 :]
        error = dropwhile(lambda line: line.startswith(" "), after)
        text = " ".join(line.strip() for line in error)
        if text:
            return text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]} ..."
    return lines[-1].strip() if lines else ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
