"""`allennlp` in a process that is killed."""

import json
import os
import signal
import sys
import threading
from collections import Counter
from typing import NamedTuple

import torch
from allennlp.training import GradientDescentTrainer

from tests.commands.cli import allennlp
from tests.commands.forked import Fork

_CHANGES = ("open", "os.link", "os.mkdir", "os.remove", "os.rename")


class Kill(NamedTuple):
    """
    When a training is killed.

    # Parameters

    what : `str`
        What is about to happen to a file, by the name of Python's audit event; `save` for
        `torch.save`, and `end` for the end of the training.
    name : `str`
        Of the file in the folder of the run.
    time : `int`, optional (default = `1`)
        For the how many-th time.
    half : `bool`, optional (default = `False`)
        When the file is written by half, not before.
    """

    what: str
    name: str
    time: int = 1
    half: bool = False


def in_another_process(function, output):
    """
    The exit status of a process that calls `function`, negative for a signal; what it says is in
    the file `output`.
    """
    with open(output, "w", encoding="utf-8") as file:
        return Fork(function, file).wait()


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


def killed_at(run, moment, arguments, output):
    """The exit status of a training in the folder `run` that is killed at `moment`, a `Kill`."""
    left = [moment.time]

    def die_in_time(what, name, is_written):
        if left[0] == 0:
            path = os.path.join(run, moment.name)
            if not os.path.exists(path):
                return  # Torch 1 does something else between the event and the file.
            os.truncate(path, os.path.getsize(path) // 2)
            kill()
        left[0] -= (what, name) == (moment.what, moment.name)
        if left[0] == 0 and not moment.half:
            kill()

    return _watched(run, die_in_time, arguments, output)


def all_kills(run, arguments, output):
    """Every `Kill` of a training, which is not killed, but comes to its end."""
    log = f"{output}.events"

    def append(*event):
        with open(log, "a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    assert _watched(run, append, arguments, output) == 0
    times, kills = Counter(), []
    with open(log, encoding="utf-8") as file:
        for what, name, is_written in map(json.loads, file):
            times[what, name] += 1
            for half in (False, True) if is_written else (False,):
                kills.append(Kill(what, name, times[what, name], half))
    return kills


def _watched(run, on_event, arguments, output):
    """
    The exit status of a training that calls `on_event` with what happens, to which file of the
    folder `run`, and whether it is written. Logs are no such files.
    """
    main = threading.current_thread()

    def note(what, path, is_written):
        if not isinstance(path, (str, os.PathLike)) or threading.current_thread() is not main:
            return
        name = os.path.relpath(path, run)
        if not name.startswith("..") and name.split(os.sep)[0] not in ("log", "out.log"):
            on_event(what, name, is_written)

    def audit(what, arguments):
        if what in _CHANGES:
            path = arguments[1] if what in ("os.link", "os.rename") else arguments[0]
            note(what, path, what == "open" and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR)))

    save = torch.save

    def noted_save(value, path, *more, **options):
        # It is not Python that writes the file.
        note("save", path, True)
        save(value, path, *more, **options)

    def train():
        torch.save = noted_save
        sys.addaudithook(audit)
        allennlp(*arguments)
        note("end", run, False)

    return in_another_process(train, output)
