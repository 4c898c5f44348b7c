"""Training the runs of a comparison in processes of their own: a crash ends one run only."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Dict, List, Sequence

from spigot_allennlp.commands.compare.histories import RECOVERIES, epoch_metrics
from spigot_allennlp.commands.compare.progress import Progress
from spigot_allennlp.commands.compare.runs import Run
from spigot_allennlp.nn.concurrency import BRIEF_WAITS
from spigot_allennlp.training import CompleteCheckpointer
from spigot_allennlp.training.whole_json import read_json_if_whole

if sys.platform != "win32":
    import fcntl

#: Starts the training of a run: `subprocess.Popen`, or something that acts like it.
Start = Callable[[Run], "subprocess.Popen[bytes]"]

#: How long a process that is told to stop may take; AllenNLP makes an archive then.
_SECONDS_TO_STOP = 60.0


class TrainingError(Exception):
    """A run that could not be started."""


def is_finished(run: Run) -> bool:
    """Whether training has ended: AllenNLP writes the metrics after the last epoch."""
    return read_json_if_whole(run.folder / "metrics.json") is not None


def train_runs(
    runs: Sequence[Run], start: Start, jobs: int, progress: Progress, poll_seconds: float = 0.2
) -> Dict[str, str]:
    """
    Trains what is not finished.

    # Parameters

    runs : `Sequence[Run]`
    start : `Start`
    jobs : `int`
        How many at a time.
    progress : `Progress`
    poll_seconds : `float`, optional (default = `0.2`)

    # Returns

    `Dict[str, str]`
        For each run that failed what happened. On any exception, such as that of Control-C, the
        processes are stopped and the exception goes on.
    """
    waiting = [run for run in runs if not is_finished(run)]
    progress.begin(waiting, num_finished=len(runs) - len(waiting))
    running: Dict[str, subprocess.Popen[bytes]] = {}
    failures: Dict[str, str] = {}
    started: List[Run] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                run = waiting.pop(0)
                progress.started(run)
                try:
                    running[run.name] = start(run)
                    started.append(run)
                except TrainingError as error:
                    failures[run.name] = str(error)
                    progress.failed(run, str(error))
            time.sleep(poll_seconds)
            for run in started:
                process = running.get(run.name)
                if process is None or process.poll() is None:
                    continue
                del running[run.name]
                if process.returncode == 0 and is_finished(run):
                    progress.finished(run)
                else:
                    failures[run.name] = _what_happened(run, process.returncode)
                    progress.failed(run, failures[run.name])
            progress.update()
    finally:
        _stop(list(running.values()))
        progress.end()
    return failures


def start_training(
    run: Run, include_packages: Sequence[str], shares_cores: bool
) -> "subprocess.Popen[bytes]":
    """
    Starts `allennlp train` for a run: from its last checkpoint if there is one, else anew. What it
    says goes to the end of `run.log`. One that shares the cores with others is given one thread,
    unless the user has said how many; the threads of another one wait briefly.

    Raises `TrainingError` when another process, left over from a comparison that was killed, is
    training the run.
    """
    run.folder.parent.mkdir(parents=True, exist_ok=True)
    run.config_file.write_text(json.dumps(run.config, indent=2) + "\n", encoding="utf-8")
    with open(run.log, "ab") as log:
        _lock(log.fileno(), run)
        command = [sys.executable, "-m", "allennlp", "train", str(run.config_file)]
        command += ["-s", str(run.folder), _resume(run.folder)]
        for package in dict.fromkeys(["spigot_allennlp", *include_packages]):
            command += ["--include-package", package]
        log.write(f"$ {' '.join(command)}\n".encode())
        log.flush()
        defaults = {"OMP_NUM_THREADS": "1"} if shares_cores else BRIEF_WAITS
        environment = {**defaults, **os.environ}
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )


def _lock(log: int, run: Run) -> None:
    """
    Locks the log. The trainer inherits the open file and with it the lock, which lasts as long as
    any of the two processes.
    """
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise TrainingError(
            f"another process is training {run.folder}: {run.log} is locked. Wait for it or end "
            "it, then give the command again."
        ) from error


def _resume(folder: Path) -> str:
    """The option by which training goes on in a folder, which is made ready for it."""
    checkpointer = CompleteCheckpointer(folder)
    # The configuration may have another checkpointer, which would take them.
    checkpointer.remove_incomplete_checkpoints()
    if checkpointer.find_latest_checkpoint() is None:
        return "--force"
    recoveries = read_json_if_whole(folder / RECOVERIES) or []
    recoveries.append(len(epoch_metrics(folder)))
    (folder / RECOVERIES).write_text(json.dumps(recoveries), encoding="utf-8")
    return "--recover"


def _what_happened(run: Run, exit_code: int) -> str:
    lines = run.log.read_text(encoding="utf-8", errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if exit_code < 0:
        last = f"ended by signal {-exit_code} ({_signal_name(-exit_code)})"
    elif exit_code == 0:
        last = "ended without metrics.json"
    return f"{last} (see {run.log})"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _stop(processes: "List[subprocess.Popen[bytes]]") -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + _SECONDS_TO_STOP
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
