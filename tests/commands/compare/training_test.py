"""Trainings that are a few lines of Python."""

import io
import subprocess
import sys
from functools import partial

import pytest

from spigot_allennlp.commands.compare.progress import Progress
from spigot_allennlp.commands.compare.runs import plan_runs
from spigot_allennlp.commands.compare.starting import TrainingError
from spigot_allennlp.commands.compare.training import is_finished, last_words, train_run, train_runs
from spigot_allennlp.commands.workers import open_workers

CONFIG = {"model": {"estimator": "spigot"}, "trainer": {"num_epochs": 1}}
ESTIMATORS = {"modular": {"type": "modular"}, "spigot": {"type": "spigot"}}

FINISH = """
import sys, time
time.sleep({seconds})
open(sys.argv[1] + "/metrics.json", "w").write("{{}}")
"""


@pytest.fixture
def runs(tmp_path):
    return plan_runs(CONFIG, ESTIMATORS, [1, 2], tmp_path / "comparison")


class Starter:
    """Starts `python -c`, what for is said by run, and remembers what it was asked for."""

    def __init__(self, programs=None, seconds=0):
        self.programs = programs or {}
        self.seconds = seconds
        self.asked = []
        self.processes = []
        self.most_at_a_time = 0

    def __call__(self, run):
        self.asked.append(run.name)
        run.folder.mkdir(parents=True, exist_ok=True)
        program = self.programs.get(run.name, FINISH.format(seconds=self.seconds))
        with open(run.log, "ab") as log:
            log.write(b"$ python\n")
            process = subprocess.Popen(
                [sys.executable, "-S", "-c", program, str(run.folder)], stdout=log, stderr=log
            )
        self.processes.append(process)
        alive = sum(process.poll() is None for process in self.processes)
        self.most_at_a_time = max(self.most_at_a_time, alive)
        return process


def train(runs, start, jobs=1, progress=None):
    train = partial(train_run, start, poll_seconds=0.01)
    with open_workers(jobs) as workers:
        progress = progress or Progress(io.StringIO())
        return train_runs(runs, train, workers, progress, poll_seconds=0.01)


class TestScheduling:
    def test_what_is_finished_is_not_trained_again(self, runs):
        start = Starter()
        assert train(runs[:2], start) == {}
        assert train(runs, start) == {}
        assert sorted(start.asked) == sorted(run.name for run in runs)
        assert all(map(is_finished, runs))

    def test_half_written_metrics_are_not_finished(self, runs):
        runs[0].folder.mkdir(parents=True)
        (runs[0].folder / "metrics.json").write_text('{"best_epoch"', encoding="utf-8")
        start = Starter()
        train(runs[:1], start)
        assert start.asked == [runs[0].name] and is_finished(runs[0])

    @pytest.mark.parametrize("jobs", [1, 3])
    def test_so_many_at_a_time(self, runs, jobs):
        start = Starter(seconds=0.3)
        train(runs, start, jobs)
        assert start.most_at_a_time == jobs

    def test_a_failure_does_not_lose_the_others(self, runs):
        programs = {
            "spigot-seed-1": "raise RuntimeError('out of ideas')",
            "modular-seed-2": "import os; os.kill(os.getpid(), 9)",
            "spigot-seed-2": "pass",
        }
        failures = train(runs, Starter(programs), jobs=2)
        assert is_finished(runs[0])
        assert set(failures) == set(programs)
        assert failures["spigot-seed-1"].startswith("RuntimeError: out of ideas (see ")
        assert "signal 9 (SIGKILL)" in failures["modular-seed-2"]
        assert "without metrics.json" in failures["spigot-seed-2"]

    def test_a_failure_is_tried_again(self, runs):
        train(runs, Starter({"spigot-seed-1": "raise RuntimeError"}))
        start = Starter()
        assert train(runs, start) == {}
        assert start.asked == ["spigot-seed-1"]

    def test_what_cannot_be_started(self, runs):
        start = Starter()

        def refuse_one(run):
            if run.name == "modular-seed-1":
                raise TrainingError("somebody else does that")
            return start(run)

        assert train(runs, refuse_one) == {"modular-seed-1": "somebody else does that"}
        assert len(start.asked) == 3

    def test_control_c_stops_the_trainings(self, runs):
        start = Starter({run.name: "import time; time.sleep(60)" for run in runs})

        class Keyboard(Progress):
            def update(self):
                if len(start.processes) == 2:
                    raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train(runs, start, 2, Keyboard(io.StringIO()))
        assert len(start.processes) == 2
        assert all(process.returncode is not None for process in start.processes)

    def test_what_is_said(self, runs):
        """A run begins when its log grows, and not while it waits for its turn."""
        stream = io.StringIO()
        train(runs[:2], Starter({"spigot-seed-1": "pass"}, 0.1), 1, Progress(stream))
        lines = [line.split("] ")[1].split(" in ")[0] for line in stream.getvalue().splitlines()]
        log = runs[1].log
        assert lines == [
            "runs: 2 to train, 0 finished before",
            "modular-seed-1: training",
            "modular-seed-1: finished",
            "spigot-seed-1: training",
            f"spigot-seed-1: FAILED: ended without metrics.json (see {log})",
        ]


class TestLastWords:
    def test_of_an_error_of_several_lines(self):
        log = (
            'INFO - begins\nTraceback (most recent call last):\n  File "a.py", line 1, in f\n'
            "    f()\nValueError: the first\n\nDuring handling of the above exception, another\n\n"
            'Traceback (most recent call last):\n  File "b.py", line 2, in g\n    raise E(\n'
            "RuntimeError: it broke\non two lines\n\n"
            "python3.11/multiprocessing/resource_tracker.py:254: UserWarning: resource_tracker: 1\n"
            "  warnings.warn(\n"
        )
        assert last_words(log) == "RuntimeError: it broke on two lines"

    @pytest.mark.parametrize("log, said", [("", ""), ("a\nb: c\n\n", "b: c")])
    def test_of_no_error(self, log, said):
        assert last_words(log) == said

    def test_of_a_long_one(self):
        said = last_words("Traceback (most recent call last):\n  f()\nE: " + 3000 * "x")
        assert said.startswith("E: xxx") and said.endswith("x ...") and len(said) < 1100
