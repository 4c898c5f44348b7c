"""
Processes of their own that begin as forks of one that has imported the libraries and nothing of
ours, since that alone takes AllenNLP five seconds.
"""

import atexit
import importlib
import multiprocessing
import multiprocessing.forkserver
import os
import runpy
import subprocess
import sys
import tempfile
from functools import lru_cache, partial
from pathlib import Path

import torch.multiprocessing

from tests import PROJECT_ROOT

# What `allennlp` and this package import of others, and an optimizer of torch.
LIBRARIES = [
    "allennlp.commands",
    "optuna",
    "tensorboardX",
    "tests.initialized_numba",
    "torch._dynamo",
]


@lru_cache(maxsize=None)
def start_method():
    """
    The method by which `multiprocessing` starts such processes, once per process of the tests; on
    Windows they are started as any other.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return "spawn"
    multiprocessing.set_forkserver_preload(LIBRARIES)
    multiprocessing.forkserver.ensure_running()
    return "forkserver"


def prepared_workers():
    """A context in which workers of Dask are such processes."""
    from dask import config

    return config.set({"distributed.worker.multiprocessing-method": start_method()})


def run_prepared(*arguments, folder=PROJECT_ROOT, stdin="", variables=()):
    """
    What `subprocess.run` returns of `python ...`, where the arguments begin with `-m` and a module,
    `-c` and a program, or a file; by a prepared process in place of an interpreter that starts. The
    processes of a distributed training are forks of it.
    """
    arguments = [str(argument) for argument in arguments]
    path = os.pathsep.join([str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, **dict(variables)}
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch, name) for name in ("stdin", "stdout", "stderr")]
        files[0].write_text(stdin or "", encoding="utf-8")
        process = multiprocessing.get_context(start_method()).Process(
            target=_run, args=(arguments, str(folder), environment, files)
        )
        process.start()
        process.join()
        said = [file.read_text(encoding="utf-8") for file in files[1:]]
    return subprocess.CompletedProcess([sys.executable, *arguments], process.exitcode, *said)


def _run(arguments, folder, environment, files):
    _replace_streams(files)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    # As for a program that nothing of `multiprocessing` has started.
    multiprocessing.process._parent_process = None
    multiprocessing.set_start_method(None, force=True)
    torch.multiprocessing.spawn = partial(
        torch.multiprocessing.start_processes, start_method="fork"
    )
    # The processes that it starts: of the same server, or forks in place of interpreters.
    multiprocessing.forkserver._forkserver.ensure_running = lambda: None
    subprocess.Popen = _PopenOfForks
    # AllenNLP looks for five hundred modules, and before each of them at all folders again.
    importlib.invalidate_caches()
    importlib.invalidate_caches = lambda: None
    _run_and_exit(arguments)


def _run_and_exit(arguments):
    status = 0
    try:
        _run_main(arguments)
    except SystemExit as leave:
        status = leave.code
        if not isinstance(status, (int, type(None))):
            sys.stderr.write(f"{status}\n")
            status = 1
    except BaseException:
        # As an interpreter does at its end.
        sys.last_type, sys.last_value, sys.last_traceback = error = sys.exc_info()
        sys.excepthook(*error)
        status = 1
    # What a process of `multiprocessing` leaves out at its end.
    atexit._run_exitfuncs()
    sys.exit(status)


class _PopenOfForks(subprocess.Popen):
    """`subprocess.Popen`, but `python -m ...` and `python FILE ...` are forks of this process."""

    def _execute_child(self, command, *others):
        if command[0] != sys.executable or not (command[1] == "-m" or command[1].endswith(".py")):
            super()._execute_child(command, *others)
            return
        folder, environment, pipes = others[4], others[5], others[9:15]
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            for number, pipe in enumerate((pipes[0], pipes[3], pipes[5])):
                if pipe != -1:
                    os.dup2(pipe, number)
            os.chdir(folder or os.getcwd())
            if environment is not None:
                os.environ.clear()
                os.environ.update(environment)
            try:
                _run_and_exit(command[1:])
            except SystemExit as leave:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(leave.code or 0)
        self._child_created = True
        self._close_pipe_fds(*pipes)


def _replace_streams(files):
    for descriptor, file in enumerate(files):
        flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT
        opened = os.open(file, flags)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)


def _run_main(arguments):
    kind, *rest = arguments
    if kind == "-m":
        sys.argv = rest
        sys.path.insert(0, os.getcwd())
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv = ["-c", *rest[1:]]
        sys.path.insert(0, "")
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = arguments
        sys.path.insert(0, os.path.dirname(os.path.abspath(kind)))
        runpy.run_path(kind, run_name="__main__")
