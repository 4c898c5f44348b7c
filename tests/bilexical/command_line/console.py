"""`spigot ...` in this process and in another one."""

import os
import subprocess
import sys

from bilexical.command_line.main import main
from tests import PROJECT_ROOT


def spigot(*arguments):
    """The exit status of a command line; argparse leaves by `SystemExit`."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as leave:
        return leave.code


def environment():
    """Variables with which another process finds the package without its being installed."""
    path = os.pathsep.join([str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path}


def run_python(*arguments, **options):
    """The result of `python ...`, its output as text."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
        **options,
    )


def one_error(capsys, command):
    """The message after the command's name, of which there must be one line and nothing else."""
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert captured.out == ""
    assert line.startswith(f"spigot {command}: error: ")
    return line[len(f"spigot {command}: error: ") :]
