"""Scheduling with trainings that are a few lines of Python, and what real ones are started with."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile

import pytest

from spigot_allennlp.commands.compare import training
from spigot_allennlp.commands.compare.progress import Progress
from spigot_allennlp.commands.compare.runs import plan_runs
from spigot_allennlp.commands.compare.training import (
    TrainingError,
    is_finished,
    start_training,
    train_runs,
)

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
            process = subprocess.Popen(
                [sys.executable, "-S", "-c", program, str(run.folder)], stdout=log, stderr=log
            )
        self.processes.append(process)
        alive = sum(process.poll() is None for process in self.processes)
        self.most_at_a_time = max(self.most_at_a_time, alive)
        return process


def train(runs, start, jobs=1):
    return train_runs(runs, start, jobs, Progress(io.StringIO()), poll_seconds=0.01)


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

    def test_control_c_stops_the_trainings(self, runs, monkeypatch):
        start = Starter({run.name: "import time; time.sleep(60)" for run in runs})
        sleep, pressed = time.sleep, []

        def press_control_c(seconds):
            if len(start.processes) == 2 and not pressed:
                pressed.append("Control-C")
                raise KeyboardInterrupt
            sleep(seconds)

        monkeypatch.setattr(training.time, "sleep", press_control_c)
        with pytest.raises(KeyboardInterrupt):
            train(runs, start, jobs=2)
        assert len(start.processes) == 2
        assert all(process.returncode is not None for process in start.processes)


class TestStart:
    @pytest.fixture
    def commands(self, monkeypatch):
        """The commands that would be run; a process that sleeps is run in their place."""
        commands, processes, popen = [], [], subprocess.Popen

        def sleep(command, **options):
            commands.append(command)
            processes.append(popen([sys.executable, "-S", "-c", SLEEP], **options))
            return processes[-1]

        monkeypatch.setattr(training.subprocess, "Popen", sleep)
        yield commands
        for process in processes:
            process.kill()
            process.wait()

    @pytest.mark.parametrize("shares_cores", [True, False])
    @pytest.mark.parametrize("users", [{}, {"OMP_NUM_THREADS": "3"}])
    def test_its_threads(self, runs, monkeypatch, shares_cores, users):
        environments = []
        monkeypatch.setattr(
            training.subprocess, "Popen", lambda _, env, **others: environments.append(env)
        )
        for name in ("OMP_NUM_THREADS", "GOMP_SPINCOUNT"):
            monkeypatch.delenv(name, raising=False)
        for name, value in users.items():
            monkeypatch.setenv(name, value)
        start_training(runs[0], [], shares_cores)
        expected = users.get("OMP_NUM_THREADS", "1" if shares_cores else None)
        assert environments[0].get("OMP_NUM_THREADS") == expected
        assert environments[0].get("GOMP_SPINCOUNT") == (None if shares_cores else "1000")
        assert environments[0]["PATH"] == os.environ["PATH"]

    def checkpoint(self, run, epochs, killed_in=None):
        """The files of a checkpoint; half of the one that was being written by a killed trainer."""
        run.folder.mkdir(parents=True, exist_ok=True)
        (run.folder / f"metrics_epoch_{epochs - 1}.json").write_text("{}", encoding="utf-8")
        for kind in ("model", "training"):
            path = run.folder / f"{kind}_state_e{epochs}_b0.th"
            with zipfile.ZipFile(path, "w") as file:
                file.writestr("data", "0" * 1000)
            if kind == killed_in:
                path.write_bytes(path.read_bytes()[:500])
                return

    def test_a_new_run(self, runs, commands):
        start_training(runs[0], ["mine", "spigot_allennlp"], shares_cores=True)
        (command,) = commands
        assert command[1:4] == ["-m", "allennlp", "train"]
        assert json.loads(runs[0].config_file.read_text(encoding="utf-8")) == runs[0].config
        assert command[4] == str(runs[0].config_file)
        assert command[5:8] == ["-s", str(runs[0].folder), "--force"]
        assert command[8:] == ["--include-package", "spigot_allennlp", "--include-package", "mine"]
        assert runs[0].log.read_text(encoding="utf-8").startswith("$ ")

    def test_from_a_checkpoint(self, runs, commands):
        self.checkpoint(runs[0], 1)
        self.checkpoint(runs[0], 2)
        start_training(runs[0], [], shares_cores=True)
        assert "--recover" in commands[0] and "--force" not in commands[0]
        assert json.loads((runs[0].folder / "recoveries.json").read_text(encoding="utf-8")) == [2]

    @pytest.mark.parametrize("kind", ["model", "training"])
    def test_a_checkpoint_that_was_being_written_is_passed_over(self, runs, commands, kind):
        self.checkpoint(runs[0], 1)
        self.checkpoint(runs[0], 2, killed_in=kind)
        start_training(runs[0], [], shares_cores=True)
        assert "--recover" in commands[0]
        assert sorted(path.name for path in runs[0].folder.glob("*_state_*")) == [
            "model_state_e1_b0.th",
            "training_state_e1_b0.th",
        ]

    def test_what_has_lost_its_model_is_no_checkpoint(self, runs, commands):
        """The trainer was killed while it removed an old checkpoint, first the model."""
        self.checkpoint(runs[0], 1)
        (runs[0].folder / "model_state_e1_b0.th").unlink()
        start_training(runs[0], [], shares_cores=True)
        assert "--force" in commands[0]
        assert list(runs[0].folder.glob("*_state_*")) == []

    @pytest.mark.parametrize("kind", ["model", "training"])
    def test_without_a_whole_checkpoint_it_starts_anew(self, runs, commands, kind):
        self.checkpoint(runs[0], 1, killed_in=kind)
        start_training(runs[0], [], shares_cores=True)
        assert "--force" in commands[0]

    @pytest.mark.skipif(sys.platform == "win32", reason="no locks of files")
    def test_a_trainer_that_outlived_its_comparison_is_left_alone(self, runs, commands):
        process = start_training(runs[0], [], shares_cores=True)
        with pytest.raises(TrainingError, match=r"another process is training .*modular-seed-1"):
            start_training(runs[0], [], shares_cores=True)
        start_training(runs[1], [], shares_cores=True)
        process.kill()
        process.wait()
        start_training(runs[0], [], shares_cores=True)
        assert len(commands) == 3


SLEEP = "import time; time.sleep(60)"
