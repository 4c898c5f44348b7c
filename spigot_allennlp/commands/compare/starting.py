"""Starting the training of a run, and ending it."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Callable, Optional, Sequence

from bilexical.locks import lock
from spigot_allennlp.commands.compare.histories import RECOVERIES
from spigot_allennlp.commands.compare.runs import Run
from spigot_allennlp.nn.concurrency import BRIEF_WAITS
from spigot_allennlp.training import CompleteCheckpointer
from spigot_allennlp.training.whole_json import read_json_if_whole

#: Starts the training of a run: `subprocess.Popen`, or something that acts like it.
Start = Callable[[Run], "subprocess.Popen[bytes]"]

#: How long a process that is told to stop may take; AllenNLP makes an archive then.
SECONDS_TO_STOP = 60.0


class TrainingError(Exception):
    """A run that could not be started."""


def write_config(run: Run) -> None:
    """Writes what a run is started from, before it is given to a worker."""
    run.folder.parent.mkdir(parents=True, exist_ok=True)
    run.config_file.write_text(json.dumps(run.config, indent=2) + "\n", encoding="utf-8")


def start_training(
    run: Run, include_packages: Sequence[str], shares_cores: bool, folder: Optional[str] = None
) -> "subprocess.Popen[bytes]":
    """
    Starts `allennlp train` for a run: from its last checkpoint if there is one, else anew. What it
    says goes to the end of `run.log`.

    # Parameters

    run : `Run`
        Whose configuration has been written.
    include_packages : `Sequence[str]`
    shares_cores : `bool`
        Whether it is given one thread, unless the user has said how many. The threads of one that
        does not share the cores wait briefly.
    folder : `Optional[str]`, optional (default = `None`)
        The one to train in, to which paths in configurations are relative: this one if not given.

    # Raises

    `TrainingError`
        When another process, left over from a comparison that was killed, is training the run, and
        when this machine does not have the files of the one that gave the command.
    """
    _check_files(run, folder)
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
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=folder
        )


def check_is_shared(path: Path) -> None:
    """Raises `TrainingError` when this machine has no such file."""
    if not path.exists():
        raise _not_shared(str(path))


def _check_files(run: Run, folder: Optional[str]) -> None:
    if read_json_if_whole(run.config_file) != run.config:
        raise _not_shared(f"{run.config_file}, or has another one of this name")
    if folder is not None and not os.path.isdir(folder):
        raise _not_shared(f"{folder}, to which the paths of the configuration are relative")


def _not_shared(what: str) -> TrainingError:
    return TrainingError(
        f"the machine {platform.node()} does not have {what}. The folder of -s and the one the "
        "command is given in must be on a file system that all workers share, by the same names."
    )


def _lock(log: int, run: Run) -> None:
    """
    Locks the log. The trainer inherits the open file and with it the lock, which lasts as long as
    any of the two processes.
    """
    try:
        is_free = lock(log)
    except OSError as error:
        # A file system may have no locks.
        os.write(log, f"{run.log} is not locked: {error}\n".encode())
        return
    if not is_free:
        raise TrainingError(
            f"another process is training {run.folder}: {run.log} is locked. Wait for it or end "
            "it, then give the command again."
        )


def _resume(folder: Path) -> str:
    """The option by which training goes on in a folder, which is made ready for it."""
    checkpointer = CompleteCheckpointer(folder)
    # The configuration may have another checkpointer, which would take them.
    checkpointer.remove_incomplete_checkpoints()
    epochs_done = checkpointer.epochs_done()
    if epochs_done is None:
        return "--force"
    recoveries = read_json_if_whole(folder / RECOVERIES) or []
    recoveries.append(epochs_done)
    (folder / RECOVERIES).write_text(json.dumps(recoveries), encoding="utf-8")
    return "--recover"


def has_ended(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether a process has ended, or does within so many seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process if it has not ended: first it is told to, which leaves AllenNLP some time."""
    if process.poll() is None:
        process.terminate()
        if not has_ended(process, SECONDS_TO_STOP):
            process.kill()
            process.wait()
