"""What trainings are started with."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from spigot_allennlp.commands.compare import starting
from spigot_allennlp.commands.compare.runs import plan_runs
from spigot_allennlp.commands.compare.starting import TrainingError, start_training, write_config
from tests.commands.compare.training_test import CONFIG, ESTIMATORS


@pytest.fixture
def runs(tmp_path):
    runs = plan_runs(CONFIG, ESTIMATORS, [1, 2], tmp_path / "comparison")
    for run in runs:
        write_config(run)
    return runs


class TestStart:
    @pytest.fixture
    def commands(self, monkeypatch):
        """The commands that would be run; a process that sleeps is run in their place."""
        commands, processes, popen = [], [], subprocess.Popen

        def sleep(command, **options):
            commands.append(command)
            processes.append(popen([sys.executable, "-S", "-c", SLEEP], **options))
            return processes[-1]

        monkeypatch.setattr(starting.subprocess, "Popen", sleep)
        yield commands
        for process in processes:
            process.kill()
            process.wait()

    @pytest.mark.parametrize("shares_cores", [True, False])
    @pytest.mark.parametrize("users", [{}, {"OMP_NUM_THREADS": "3"}])
    def test_its_threads(self, runs, monkeypatch, shares_cores, users):
        environments = []
        monkeypatch.setattr(
            starting.subprocess, "Popen", lambda _, env, **others: environments.append(env)
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

    def test_an_epoch_that_is_trained_again(self, runs, commands):
        """Its metrics had been written when the trainer was killed, and its checkpoint had not."""
        self.checkpoint(runs[0], 1)
        self.checkpoint(runs[0], 2, killed_in="model")
        start_training(runs[0], [], shares_cores=True)
        assert json.loads((runs[0].folder / "recoveries.json").read_text(encoding="utf-8")) == [1]

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
