import os
import subprocess
import sys

import pytest

from tests import PROJECT_ROOT

OBSERVER = """
from allennlp.commands import Subcommand
import torch
from spigot_allennlp.modules import FusedLstm
from spigot_allennlp.nn.concurrency import at_once, num_threads
from threadpoolctl import threadpool_info

@Subcommand.register("observe")
class Observe(Subcommand):
    def add_subparser(self, parser):
        subparser = parser.add_parser(self.name)
        subparser.set_defaults(func=observe)
        return subparser

def observe(args=None):
    before = torch.get_num_threads()
    FusedLstm(1, 1)
    print(before, torch.get_num_threads(), num_threads())
    # What a kernel is told that asks OpenMP itself, in the main thread and in another one.
    at_once([lambda _: of_openmp()] * 2, [[torch.ones(1)]] * 2)
    print(*found)

found = []

def of_openmp():
    libraries = [one for one in threadpool_info() if one["user_api"] == "openmp"]
    found.extend(one["num_threads"] for one in libraries if "torch" in one["filepath"])
"""


STARTS = {
    "python -m allennlp": ["-m", "allennlp", "observe"],
    # What pip makes of the entry point.
    "allennlp": ["allennlp", "observe"],
    "a program": ["-c", "import observer; observer.observe()"],
}


@pytest.mark.parametrize("start", STARTS)
def test_a_command_computes_in_threads_of_python_and_a_program_in_its_own(tmp_path, start):
    (tmp_path / "observer.py").write_text(OBSERVER, encoding="utf-8")
    (tmp_path / ".allennlp_plugins").write_text("spigot_allennlp\nobserver\n", encoding="utf-8")
    script = "from allennlp.__main__ import run\n\nif __name__ == '__main__':\n    run()\n"
    (tmp_path / "allennlp").write_text(script, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    for name in ("OMP_NUM_THREADS", "GOMP_SPINCOUNT"):
        environment.pop(name, None)
    finished = subprocess.run(
        [sys.executable, *STARTS[start]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )
    assert finished.returncode == 0, finished.stderr
    numbers, of_openmp = (list(map(int, line.split())) for line in finished.stdout.splitlines())
    before, of_torch, of_python = numbers
    assert (of_torch, of_python) == ((before, 1) if start == "a program" else (1, before))
    assert set(of_openmp) <= {of_torch}
