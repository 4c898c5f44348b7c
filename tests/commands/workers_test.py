"""Trainings that are a few lines of Python, by the workers of a scheduler of Dask."""

import io
import os
import signal
import sys
from functools import partial
from multiprocessing import parent_process

import pytest

from spigot_allennlp.commands.compare.progress import Progress
from spigot_allennlp.commands.compare.runs import plan_runs
from spigot_allennlp.commands.compare.starting import start_training
from spigot_allennlp.commands.compare.training import is_finished, train_run, train_runs
from spigot_allennlp.commands.tune.study import Tuning
from spigot_allennlp.commands.workers import open_workers
from tests.commands.compare.training_test import CONFIG, ESTIMATORS, Starter
from tests.commands.tune import trials_test
from tests.prepared import prepared_workers

distributed = pytest.importorskip("distributed")

WAIT = "import time; time.sleep(60)"


@pytest.fixture(scope="module")
def scheduler():
    """The address of one with two workers, each in a process of its own."""
    with prepared_workers(), distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def runs(tmp_path):
    return plan_runs(CONFIG, ESTIMATORS, [1, 2], tmp_path / "comparison")


class WorkerStarter(Starter):
    """Which says in the log in which process of which worker a training is."""

    def __call__(self, run):
        assert parent_process() is not None, "this is no worker"
        process = super().__call__(run)
        with open(run.log, "a", encoding="utf-8") as log:
            log.write(f"worker {os.getpid()}\nprocess {process.pid}\n")
        return process


def train(scheduler, runs, start, update=lambda progress: None):
    class WatchedProgress(Progress):
        def update(self):
            super().update()
            update(self)

    with open_workers(1, scheduler) as workers:
        task = partial(train_run, start, poll_seconds=0.05)
        return train_runs(runs, task, workers, WatchedProgress(io.StringIO()), 0.05)


def numbers(run, what):
    """Of the processes in the log of a run that are called `what`."""
    if not run.log.exists():
        return []
    lines = map(str.split, run.log.read_text(encoding="utf-8").splitlines())
    return [int(line[1]) for line in lines if line[:1] == [what]]


def is_alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_each_worker_trains(scheduler, runs):
    programs = {
        "spigot-seed-1": "raise RuntimeError('out of ideas')",
        "modular-seed-2": "import os; os.kill(os.getpid(), 9)",
    }
    failures = train(scheduler, runs, WorkerStarter(programs, 0.3))
    assert set(failures) == set(programs)
    assert failures["spigot-seed-1"].startswith("RuntimeError: out of ideas (see ")
    assert "signal 9 (SIGKILL)" in failures["modular-seed-2"]
    assert is_finished(runs[0]) and is_finished(runs[3])
    workers = {worker for run in runs for worker in numbers(run, "worker")}
    assert len(workers) == 2 and os.getpid() not in workers
    # What failed is trained by the same command, and nothing else.
    assert train(scheduler, runs, WorkerStarter()) == {}
    assert [len(numbers(run, "worker")) for run in runs] == [1, 2, 2, 1]


def test_control_c_stops_the_trainings_of_the_workers(scheduler, runs):
    def press_control_c(progress):
        if all(numbers(run, "process") for run in runs[:2]):
            raise KeyboardInterrupt

    start = WorkerStarter({run.name: WAIT for run in runs})
    with pytest.raises(KeyboardInterrupt):
        train(scheduler, runs, start, press_control_c)
    processes = [process for run in runs for process in numbers(run, "process")]
    assert len(processes) == 2 and not any(map(is_alive, processes))
    # The workers are free for what comes next.
    assert train(scheduler, runs[:1], WorkerStarter()) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_the_run_of_a_worker_that_dies_is_trained_by_another(scheduler, runs):
    killed = []

    def kill_a_worker(progress):
        if numbers(runs[0], "process") and not killed:
            killed.append(numbers(runs[0], "worker")[0])
            os.kill(killed[0], signal.SIGKILL)

    assert train(scheduler, runs[:2], WorkerStarter(seconds=1), kill_a_worker) == {}
    first, second = numbers(runs[0], "worker")
    assert [first] == killed and second != first
    assert all(map(is_finished, runs[:2]))


def test_a_worker_that_sees_other_files(scheduler, runs):
    start = partial(start_training, include_packages=[], shares_cores=True)
    folder = str(runs[0].folder / "elsewhere")
    failures = train(scheduler, runs[:1], partial(start, folder=folder))
    failure = failures[runs[0].name]
    assert f"does not have {folder}, to which the paths of the configuration" in failure
    assert "on a file system that all workers share" in failure
    # What another command has written in the meantime.
    other = runs[0]._replace(config={**runs[0].config, "random_seed": 2})
    with open_workers(1, scheduler) as workers:
        failure = workers.executor.submit(train_run, start, other, workers.stop).result()
    assert f"does not have {other.config_file}, or has another one of this name" in failure


def test_without_dask(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r"pip install 'spigot-allennlp\[scale\]'"):
        with open_workers(1, "tcp://127.0.0.1:1"):
            pass


def test_no_worker_is_there_yet(capsys):
    with distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as cluster:
        with open_workers(1, cluster.scheduler_address):
            pass
    assert f"dask worker {cluster.scheduler_address} --nthreads 1" in capsys.readouterr().err


def test_trials_of_a_search(scheduler, tmp_path):
    pytest.importorskip("optuna")
    tuning = Tuning(tmp_path / "search", "", trials_test.CONFIG, trials_test.SPACE, 4, 1, True)
    study, problems, _ = trials_test.search(tuning, trials_test.Trainer(), scheduler=scheduler)
    assert problems == [] and trials_test.states(study) == ["COMPLETE"] * 4
    for trial in study.trials:
        assert trial.value == trials_test.score(trial.params["model.x"])
