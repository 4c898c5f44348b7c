"""Python in a process of its own."""

import os
import subprocess
import sys

from tests import PROJECT_ROOT


def run_python(*arguments, folder=PROJECT_ROOT, stdin=None, variables=()):
    environment = {
        **os.environ,
        **dict(variables),
        # The package need not be installed, and is not found by way of the folder.
        "PYTHONPATH": os.pathsep.join([str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")]),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def run_allennlp(*arguments, folder=PROJECT_ROOT, stdin=None):
    return run_python("-m", "allennlp", *arguments, folder=folder, stdin=stdin)
