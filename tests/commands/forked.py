"""Processes that are forks of this one, since starting AllenNLP takes seconds."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec

import pytest
import torch

from tests.commands.cli import bare_allennlp

# An optimizer imports it, which takes as long as five trainings.
if find_spec("torch._dynamo"):  # from torch 2.0 on
    import torch._dynamo


class Fork:
    """
    Calls `function` in another process; what it says goes to the open file `output`. It has what
    the commands use of a `subprocess.Popen`.
    """

    def __init__(self, function, output):
        self.returncode = None
        sys.stdout.flush()
        self._pid = os.fork()
        if self._pid == 0:
            _call_and_exit(function, output)

    def poll(self):
        """The exit status, negative for a signal, or None if it has not ended."""
        return self._wait(os.WNOHANG)

    def wait(self, timeout=None):
        """The exit status, negative for a signal."""
        if timeout is None:
            return self._wait(0)
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("a fork", timeout)
            time.sleep(0.01)
        return self.returncode

    def terminate(self):
        self._send(signal.SIGTERM)

    def kill(self):
        self._send(signal.SIGKILL)

    def _send(self, number):
        if self.poll() is None:
            os.kill(self._pid, number)

    def _wait(self, options):
        if self.returncode is None:
            pid, status = os.waitpid(self._pid, options)
            if pid != 0:
                exited = os.WIFEXITED(status)
                self.returncode = os.WEXITSTATUS(status) if exited else -os.WTERMSIG(status)
        return self.returncode


def _call_and_exit(function, output):
    status = 1
    try:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        function()
        status = 0
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


@contextmanager
def forked_trainings():
    """
    `python -m allennlp ...` becomes a fork, but where CUDA is: autograd then has threads, which a
    fork would lack. A training in a process of its own is in compare_test.py.
    """
    popen, forking = subprocess.Popen, threading.Lock()

    def start(command, *arguments, **options):
        if command[:3] != [sys.executable, "-m", "allennlp"]:
            return popen(command, *arguments, **options)
        # Several threads start trainings, and libraries do not expect two forks at once.
        with forking:
            train = partial(bare_allennlp, *command[3:], folder=options["cwd"])
            return Fork(train, options["stdout"])

    with pytest.MonkeyPatch.context() as patch:
        if not torch.cuda.is_available():
            patch.setattr(subprocess, "Popen", start)
        yield
