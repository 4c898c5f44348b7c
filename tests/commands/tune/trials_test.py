"""Searches whose trainings are a few lines of Python."""

import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
import threading
from functools import partial

import pytest
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.commands.compare.starting import start_training
from spigot_allennlp.commands.tune.files import write_tuning
from spigot_allennlp.commands.tune.progress import TrialProgress
from spigot_allennlp.commands.tune.search import make_trials
from spigot_allennlp.commands.tune.study import Tuning, create_study, trained_elsewhere
from spigot_allennlp.commands.tune.trials import make_trial
from spigot_allennlp.commands.workers import open_workers
from tests.commands.cli import read_json

pytest.importorskip("optuna")

CONFIG = {"model": {"x": 0}, "trainer": {"validation_metric": "+LF", "num_epochs": 3}}
SPACE = {"model.x": {"low": 0, "high": 1}}

TRAIN = """
import json, os, sys, time
folder, scores, seconds = sys.argv[1], json.loads(sys.argv[2]), float(sys.argv[3])
for epoch, score in enumerate(scores):
    metrics = {"validation_LF": score, "best_validation_LF": max(scores[: epoch + 1])}
    for name in (f"metrics_epoch_{epoch}.json",) + ("metrics.json",) * (epoch == len(scores) - 1):
        with open(f"{folder}/draft", "w") as file:
            json.dump(metrics, file)
        if name == "metrics.json":
            time.sleep(seconds)
        os.rename(f"{folder}/draft", f"{folder}/{name}")
"""
FAIL = "raise RuntimeError('out of ideas')"
WAIT = "import time; time.sleep(60)"


def score(x):
    return 1 - abs(x - 0.3)


class Trainer:
    """Starts `python -c`: another program for some numbers of trials, and other scores."""

    def __init__(self, programs=None, scores=None, seconds=0):
        self.programs = programs or {}
        self.scores = scores or {}
        self.seconds = seconds
        self.started = []

    def __call__(self, run):
        self.started.append(run.seed)
        run.folder.mkdir(parents=True, exist_ok=True)
        (run.folder / "config.json").write_text(json.dumps(run.config), encoding="utf-8")
        best = score(run.config["model"]["x"])
        scores = self.scores.get(run.seed, [best / 2, best, best / 3])
        with open(run.log, "ab") as log:
            log.write(b"$ python\n")
            return subprocess.Popen(
                [sys.executable, "-S", "-c", self.programs.get(run.seed, TRAIN)]
                + [str(run.folder), json.dumps(scores), str(self.seconds)],
                **{"stdout": log, "stderr": log},
            )


@pytest.fixture
def tuning(tmp_path):
    return Tuning(tmp_path / "search", "", CONFIG, SPACE, 4, seed=1, prunes=True)


def search(tuning, trainer, jobs=1, update=lambda: None, scheduler=None):
    """The study, the problems, and what was said."""
    study, stream = create_study(tuning), io.StringIO()

    class WatchedProgress(TrialProgress):
        def update(self):
            super().update()
            update()

    progress = WatchedProgress([(tuning, study)], stream)
    make = partial(make_trial, trainer, poll_seconds=0.02)
    with open_workers(jobs, scheduler) as workers:
        problems = make_trials(make, [tuning], workers, progress, poll_seconds=0.02)
    return study, problems, stream.getvalue()


def states(study):
    return [trial.state.name for trial in study.trials]


def values(study):
    return [trial.params["model.x"] for trial in study.trials]


@pytest.mark.parametrize("jobs", [1, 3])
def test_so_many_trials_are_made(tuning, jobs):
    study, problems, said = search(tuning, Trainer(), jobs)
    assert problems == [] and states(study) == ["COMPLETE"] * 4
    assert len(set(values(study))) == 4 and all(0 <= x <= 1 for x in values(study))
    for trial in study.trials:
        best = score(trial.params["model.x"])
        assert trial.value == best
        assert trial.intermediate_values == {0: best / 2, 1: best, 2: best / 3}
        config = read_json(tuning.folder / f"trial-{trial.number:03}.json")
        assert config == {**CONFIG, "model": {"x": trial.params["model.x"]}}
    assert "trials: 4 to make, 0 made before" in said
    assert "trial-003: training with model.x=" in said and "the best so far" in said


def test_the_same_command_goes_on(tuning):
    search(tuning, Trainer())
    again = Trainer()
    _, _, said = search(tuning, again)
    assert again.started == [] and "trials: 0 to make, 4 made before" in said
    study, _, _ = search(tuning._replace(num_trials=6), again)
    assert again.started == [4, 5] and states(study) == ["COMPLETE"] * 6


def test_a_seed_says_what_is_tried(tuning, tmp_path):
    """The random trials at the beginning, and those that are chosen by the others."""
    tuning = tuning._replace(num_trials=12)
    first, second = (
        values(search(tuning._replace(folder=tmp_path / name), Trainer())[0]) for name in "ab"
    )
    assert first == second
    third, _, _ = search(tuning._replace(num_trials=2, seed=2, folder=tmp_path / "c"), Trainer())
    assert not set(values(third)) & set(first)


def test_a_trial_that_is_worse_than_the_others_is_pruned(tuning):
    scores = {number: [0.5, 0.6, 0.7] for number in range(5)}
    scores[5] = [0.1, 0.2]
    trainer = Trainer(scores=scores, seconds=0.3)
    study, _, said = search(tuning._replace(num_trials=6), trainer)
    assert states(study) == ["COMPLETE"] * 5 + ["PRUNED"]
    assert "trial-005: pruned after epoch " in said
    assert not (tuning.folder / "trial-005" / "metrics.json").exists()
    # Which is a choice.
    study, _, _ = search(
        tuning._replace(num_trials=6, prunes=False, folder=tuning.folder / "whole"), trainer
    )
    assert states(study) == ["COMPLETE"] * 6 and study.trials[5].value == 0.2


def test_the_loss_is_minimized(tuning):
    config = {**CONFIG, "trainer": {"validation_metric": "-LF"}}
    study, _, _ = search(tuning._replace(config=config), Trainer())
    assert study.best_value == min(trial.value for trial in study.trials)


def test_several_metrics_are_summed(tuning):
    trainer = {"validation_metric": ["+LF", "-loss", "UAS"]}
    tuning = tuning._replace(config={"trainer": trainer})
    metrics = {"best_validation_LF": 0.5, "best_validation_loss": 2, "best_validation_UAS": 0.25}
    assert tuning.score(metrics, "best_") == 0.5 - 2 + 0.25
    assert (tuning.direction, tuning.score_name) == ("maximize", "LF-loss+UAS")


@pytest.mark.parametrize(
    "names", [("data/я.conllu", "data/ё.conllu"), ("a/b", "a b", "a_b"), ('{"a": 1}', '["a", 1]')]
)
def test_each_search_has_files_of_its_own(tuning, names):
    files = [tuning._replace(name=name).trial_name(7) for name in names]
    assert len(set(files)) == len(files)
    assert all(re.fullmatch(r"trial-[-+.=\w]+-007", file, re.ASCII) for file in files)
    assert tuning._replace(name="spigot-1.5").file_name("best") == "best-spigot-1.5"


class TestLeftovers:
    """Of a search whose journal is gone."""

    def leave(self, tuning, config, *others):
        folder = tuning.folder / "trial-000"
        folder.mkdir(parents=True)
        for name, value in (("config.json", config), *others):
            (folder / name).write_text(json.dumps(value), encoding="utf-8")
        return folder

    @pytest.mark.parametrize(
        "others", [[("metrics.json", {"best_validation_LF": 9})], [("metrics_epoch_0.json", {})]]
    )
    def test_another_configuration_is_refused(self, tuning, others):
        folder = self.leave(tuning, {**CONFIG, "model": {"x": 7}}, *others)
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        trainer = Trainer()
        study, (problem,), said = search(tuning, trainer)
        assert f"{folder} was trained with another configuration: model.x was 7 and " in problem
        assert "Remove the folder" in problem and f"FAILED: {problem}" in said
        assert trainer.started == [] and states(study) == ["RUNNING"]
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
        # Once it is gone, the same command goes on.
        shutil.rmtree(folder)
        study, problems, _ = search(tuning, trainer)
        assert problems == [] and states(study) == ["COMPLETE"] * 4
        assert study.trials[0].value == score(values(study)[0])

    def test_the_same_configuration_is_gone_on_with(self, tuning):
        study, _, _ = search(tuning, Trainer())
        tuning.journal.unlink()
        again = Trainer()
        found, problems, _ = search(tuning._replace(prunes=False), again)
        assert problems == [] and again.started == [] and values(found) == values(study)


class TestFailures:
    def test_a_training_that_fails_is_a_result(self, tuning):
        study, problems, said = search(tuning, Trainer({1: FAIL, 2: "import os; os.kill(0, 0)"}))
        assert states(study) == ["COMPLETE", "FAIL", "FAIL", "COMPLETE"] and problems == []
        assert "trial-001: FAILED: RuntimeError: out of ideas (see " in said
        assert "trial-002: FAILED: ended without metrics.json" in said
        again = Trainer()
        search(tuning, again)
        assert again.started == []

    def test_nothing_but_failures_ends_the_search(self, tuning, capsys):
        trainer = Trainer(dict.fromkeys(range(9), FAIL))
        study, _, _ = search(tuning._replace(num_trials=9), trainer)
        assert states(study) == ["FAIL"] * 3
        assert write_tuning("Trials", [(tuning, study)], []) is False
        assert "out of ideas" in capsys.readouterr().out
        assert not (tuning.folder / "best.jsonnet").exists()

    def test_a_metric_that_is_not_there(self, tuning):
        config = {"model": {"x": 0}, "trainer": {"validation_metric": "+LG"}}
        study, _, said = search(tuning._replace(config=config, num_trials=1), Trainer())
        assert states(study) == ["FAIL"]
        assert "metrics.json has no 'best_validation_LG', by which the trials are compared" in said

    def test_a_score_that_is_no_number(self, tuning):
        study, _, said = search(tuning, Trainer(scores={1: [math.nan]}))
        assert states(study) == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]
        assert "trial-001: FAILED: its score is nan" in said

    def test_an_infinite_score(self, tuning):
        study, _, said = search(tuning, Trainer(scores={1: [math.inf], 2: [-math.inf]}))
        assert states(study) == ["COMPLETE", "FAIL", "FAIL", "COMPLETE"]
        assert "trial-001: FAILED: its score is inf" in said

    def test_another_space(self, tuning):
        create_study(tuning)
        other = tuning._replace(space={"model.x": {"low": 0, "high": 2}})
        with pytest.raises(Exception, match=r"space\.model\.x\.high was 1 and is now 2"):
            create_study(other)

    @pytest.mark.parametrize("key", ["config", "space"])
    def test_a_study_of_which_half_is_written(self, tuning, monkeypatch, key):
        """By another machine that is just beginning, or was ended then."""
        study = pytest.importorskip("optuna").Study
        write = study.set_user_attr

        def write_one(own, name, value):
            if name == key:
                write(own, name, value)

        with monkeypatch.context() as patch:
            patch.setattr(study, "set_user_attr", write_one)
            assert list(create_study(tuning).user_attrs) == [key]
        assert set(create_study(tuning).user_attrs) == {"config", "space"}
        with pytest.raises(Exception, match=r"space\.model\.x\.high was 1 and is now 2"):
            create_study(tuning._replace(space={"model.x": {"low": 0, "high": 2}}))


class TestInterruptions:
    def interrupted(self, tuning):
        """After Control-C in the second trial."""
        trainer = Trainer({1: WAIT})

        def press_control_c():
            if 1 in trainer.started:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            search(tuning, trainer, 1, press_control_c)
        return create_study(tuning)

    def test_a_trial_is_gone_on_with(self, tuning):
        study = self.interrupted(tuning)
        assert states(study) == ["COMPLETE", "RUNNING"]
        before = values(study)
        again = Trainer()
        study, _, _ = search(tuning, again)
        assert again.started == [1, 2, 3] and values(study)[:2] == before
        assert states(study) == ["COMPLETE"] * 4
        assert (tuning.folder / "trial-001.log").read_text(encoding="utf-8").count("$ ") == 2

    @pytest.mark.skipif(sys.platform == "win32", reason="no locks of files")
    def test_one_that_somebody_is_training_is_left_alone(self, tuning, monkeypatch):
        study = self.interrupted(tuning)
        run = tuning.run(1, read_json(tuning.folder / "trial-001.json"))
        popen = subprocess.Popen
        monkeypatch.setattr(
            subprocess, "Popen", lambda _, **options: popen([sys.executable, "-c", WAIT], **options)
        )
        process = start_training(run, [], shares_cores=True)
        monkeypatch.undo()
        again = Trainer()
        study, problems, _ = search(tuning, again)
        assert again.started == [2, 3] and problems == []
        assert states(study) == ["COMPLETE", "RUNNING", "COMPLETE", "COMPLETE"]
        (problem,) = trained_elsewhere(tuning, study)
        assert problem.startswith("trial-001 is not finished: another process is training it.")
        process.kill()
        process.wait()
        study, _, _ = search(tuning, again)
        assert again.started == [2, 3, 1] and states(study) == ["COMPLETE"] * 4
        assert trained_elsewhere(tuning, study) == []

    def test_a_journal_whose_last_line_is_not_whole(self, tuning, caplog):
        study, _, _ = search(tuning._replace(num_trials=2), Trainer())
        before = values(study)
        os.truncate(tuning.journal, tuning.journal.stat().st_size - 20)
        again = Trainer()
        study, _, _ = search(tuning, again)
        assert values(study)[:2] == before and states(study) == ["COMPLETE"] * 4
        # That the second one had ended was in that line; its training had.
        assert again.started == [2, 3]
        assert f"The last line of {tuning.journal} was not whole" in caplog.text

    def test_a_journal_with_a_line_that_is_no_json(self, tuning):
        search(tuning._replace(num_trials=1), Trainer())
        text = tuning.journal.read_text(encoding="utf-8")
        tuning.journal.write_text(text.replace("{", "", 1), encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"journal\.log is damaged: .*another folder"):
            create_study(tuning)

    def test_one_that_came_to_its_end_alone_is_not_trained_again(self, tuning):
        study = self.interrupted(tuning)
        expected = score(values(study)[1])
        run = tuning.run(1, read_json(tuning.folder / "trial-001.json"))
        Trainer()(run).wait()
        again = Trainer()
        study, _, _ = search(tuning, again)
        assert again.started == [2, 3] and study.trials[1].value == expected
        assert len(study.trials[1].intermediate_values) == 3

    @pytest.mark.parametrize("number", [2, 15])
    def test_a_training_that_is_told_to_end_has_not_failed(self, tuning, number):
        program = f"import os, signal; signal.signal({number}, signal.SIG_DFL); "
        study, problems, _ = search(
            tuning, Trainer({1: f"{program}os.kill(os.getpid(), {number})"})
        )
        assert "RUNNING" not in states(study) or problems == ["stopped before it was finished"]
        assert "FAIL" not in states(study)


def test_two_commands_make_the_trials_together(tuning):
    create_study(tuning)
    trainers = [Trainer(seconds=0.1), Trainer(seconds=0.1)]
    commands = [threading.Thread(target=search, args=(tuning, each, 2)) for each in trainers]
    for command in commands:
        command.start()
    for command in commands:
        command.join()
    study = create_study(tuning)
    assert states(study) == ["COMPLETE"] * 4
    assert sorted(trainers[0].started + trainers[1].started) == [0, 1, 2, 3]
