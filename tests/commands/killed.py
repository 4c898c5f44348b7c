"""
`allennlp` in a process that is killed.

The processes are forks of this one, since starting AllenNLP takes seconds.
"""

import os
import signal
import sys
import threading
from typing import NamedTuple

import torch
from allennlp.training import GradientDescentTrainer

from tests.commands.cli import allennlp

_CHANGES = ("open", "os.link", "os.mkdir", "os.remove", "os.rename")


class Event(NamedTuple):
    """Something that is about to happen to a file of a run."""

    what: str
    name: str
    is_written: bool


def in_another_process(function, output):
    """
    The exit status of a process that calls `function`, negative for a signal; what it says is in
    the file `output`.
    """
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, 1)
            os.dup2(file, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            function()
            status = 0
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def killed_in_a_batch(epoch, num_batches, arguments, output):
    """The exit status of a training that does not come to the next batch after `num_batches`."""
    batch_outputs = GradientDescentTrainer.batch_outputs

    def batch_outputs_or_death(trainer, batch, for_training):
        outputs = batch_outputs(trainer, batch, for_training)
        completed = (trainer._epochs_completed, trainer._batches_in_epoch_completed)
        if for_training and completed == (epoch, num_batches):
            kill()
        return outputs

    def train():
        GradientDescentTrainer.batch_outputs = batch_outputs_or_death
        allennlp(*arguments)

    return in_another_process(train, output)


def watched(run, on_event, arguments, output):
    """
    The exit status of a training that calls `on_event` before each event of the files in the folder
    `run`, and before it ends. Logs are no such files.
    """
    main = threading.current_thread()

    def note(what, path, is_written):
        if not isinstance(path, (str, os.PathLike)) or threading.current_thread() is not main:
            return
        name = os.path.relpath(os.fspath(path), run)
        if not name.startswith("..") and name.split(os.sep)[0] not in ("log", "out.log"):
            on_event(Event(what, name, is_written))

    def audit(what, arguments):
        if what in _CHANGES:
            path = arguments[1] if what in ("os.link", "os.rename") else arguments[0]
            is_written = what == "open" and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
            note(what, path, is_written)

    save = torch.save

    def noted_save(value, path, *more, **options):
        # It is not Python that writes the file.
        note("save", path, is_written=True)
        save(value, path, *more, **options)

    def train():
        torch.save = noted_save
        sys.addaudithook(audit)
        allennlp(*arguments)
        note("end", run, is_written=False)

    return in_another_process(train, output)


def events_of(run, arguments, output):
    """All events of a training."""
    log = f"{output}.events"

    def append(event):
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{event.what}\t{event.name}\t{int(event.is_written)}\n")

    assert watched(run, append, arguments, output) == 0
    with open(log, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [Event(what, name, is_written == "1") for what, name, is_written in rows]


def killed_at(run, number, half, arguments, output):
    """
    The exit status of a training that is killed before its event `number`, or with `half` in the
    midst of what that event writes.
    """
    seen = []

    def count(event):
        seen.append(event)
        if not half and len(seen) == number + 1:
            kill()
        if half and len(seen) == number + 2:
            path = os.path.join(run, seen[number].name)
            os.truncate(path, os.path.getsize(path) // 2)
            kill()

    return watched(run, count, arguments, output)
