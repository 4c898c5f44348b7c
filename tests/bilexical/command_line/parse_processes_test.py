"""
`spigot parse --workers` and `--scheduler` with processes that are killed. They have a stand-in for
the parser; tests/commands/parse_workers_test.py has a model.

With ALL_KILLS in the environment there are 20 kills, in place of 2.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from tests import PROJECT_ROOT

psutil = pytest.importorskip("psutil")
pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL"),
]

# In place of `spigot_allennlp`. A sentence takes a while, and a worker dies of the word `deadly`.
LOADING = """
import os, signal, time
from bilexical.formats import pieces
from tests.bilexical.command_line.stand_in import StandIn

pieces.MAX_SENTENCES = 10

class Slow(StandIn):
    def predict(self, sentences, keep_errors):
        for sentence, outputs in super().predict(sentences, keep_errors):
            time.sleep(float(os.environ.get("SECONDS_A_SENTENCE", 0.004)))
            if sentence.words[0].form == "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
            yield sentence, outputs

def archive_bytes(name):
    return name.encode()

def load_bytes(*options):
    return Slow()

def load(*options):
    return StandIn()

def import_packages(names):
    pass
"""
NUM_SENTENCES = 600


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stand_in")
    package = folder / "spigot_allennlp"
    (package / "nn").mkdir(parents=True)
    (package / "__init__.py").write_text("from spigot_allennlp.loading import load")
    (package / "loading.py").write_text(LOADING)
    (package / "nn" / "__init__.py").touch()
    (package / "nn" / "concurrency.py").write_text("def use_threads(number): pass")
    path = os.pathsep.join([str(folder), str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path}


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "a.txt"
    lines = [f"Number {n} is here." if n % 7 else "bad one" for n in range(NUM_SENTENCES)]
    path.write_text("\n\n".join(lines))
    return path


@pytest.fixture
def start(environment, tmp_path):
    """Starts `spigot parse`, which writes `out.conllu`, or `python -m ...`."""
    processes = []

    def start_one(*arguments, module="bilexical", variables=()):
        process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            env={**environment, **dict(variables)},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        processes.append(process)
        return process

    yield start_one
    for process in processes:
        for child in workers_of(process):
            child.kill()
        process.kill()
        process.communicate()


def command(text, *options):
    return ["parse", text, "-o", text.parent / "out.conllu", *options]


def workers_of(process):
    try:
        children = psutil.Process(process.pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


def kill(process, what):
    """The program, a worker of it, or all."""
    workers = workers_of(process)
    if what != "program":
        random.shuffle(workers)
        for worker in workers if what == "all" else workers[:1]:
            os.kill(worker.pid, signal.SIGKILL)
    if what != "worker":
        process.kill()
    if what == "program":
        # Of whom nobody is left to tell the workers what to do.
        psutil.wait_procs(workers, timeout=60)
        assert not any(worker.is_running() for worker in workers)


def shards(text):
    return list(text.parent.glob("out.conllu.shards/*.shard"))


def wait_for(condition, process=None):
    deadline = time.monotonic() + 120
    while not condition() and time.monotonic() < deadline:
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.01)
    assert condition()


def check(text, start):
    """The output is that of one process, and nothing else is left."""
    expected = start("parse", text, "-o", text.parent / "here.conllu")
    assert expected.wait() == 1
    for ending in ("", ".errors.jsonl"):
        here, ours = (text.parent / f"{name}.conllu{ending}" for name in ("here", "out"))
        assert here.read_bytes() == ours.read_bytes()
    assert not (text.parent / "out.conllu.shards").exists()
    assert not list(text.parent.glob("*.tmp"))


def test_a_program_and_then_a_worker_are_killed(start, text):
    first = start(*command(text, "--workers", 2))
    wait_for(lambda: len(shards(text)) > 5, first)
    kill(first, "program")
    first.wait()
    done = len(shards(text))
    second = start(*command(text, "--workers", 2))
    wait_for(lambda: len(shards(text)) > done + 3, second)
    kill(second, "worker")
    _, said = second.communicate()
    assert second.returncode == 1, said
    assert f"{done} shards of an earlier run" in said
    check(text, start)


@pytest.mark.skipif("ALL_KILLS" not in os.environ, reason="takes six minutes: set ALL_KILLS")
@pytest.mark.parametrize("number", range(20))
def test_killed_at_any_time(start, text, number):
    random.seed(number)
    begin = time.monotonic()
    whole = start(*command(text, "--workers", 2))
    assert whole.wait() == 1
    seconds = time.monotonic() - begin
    (text.parent / "out.conllu").unlink()
    process = start(*command(text, "--workers", 2))
    time.sleep(random.uniform(0, seconds))
    what = ("program", "worker", "all")[number % 3]
    kill(process, what)
    _, said = process.communicate()
    done = len(shards(text))
    if process.returncode != 1:
        # A worker that dies before it works is told of.
        assert what != "worker" or "did not start" in said, said
        process = start(*command(text, "--workers", 2))
        _, said = process.communicate()
        assert process.returncode == 1, said
        assert (f"{done} shards of an earlier run" in said) == (done > 0)
    assert process.returncode == 1
    check(text, start)


def test_a_sentence_of_which_workers_die(start, text):
    lines = text.read_text().split("\n\n")
    lines[55] = "deadly"
    text.write_text("\n\n".join(lines))
    variables = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0", "SECONDS_A_SENTENCE": "0"}
    process = start(*command(text, "--workers", 2), variables=variables)
    _, said = process.communicate()
    assert process.returncode == 2
    assert f"{text}, lines 101 to 120: worker after worker died of these sentences" in said
    assert len(shards(text)) == NUM_SENTENCES // 10 - 1


@contextmanager
def scheduler(start, folder):
    """The address of a scheduler with a worker, and its process."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    options = ["--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", file]
    process = start(*options, module="distributed.cli.dask_scheduler")
    wait_for(file.exists, process)
    worker = start(
        "--scheduler-file", file, "--nthreads", 1, "--no-dashboard", "--no-nanny",
        module="distributed.cli.dask_worker",
    )  # fmt: skip
    wait_for(lambda: file.read_text().endswith("}"))
    yield json.loads(file.read_text())["address"], process
    worker.kill()
    process.kill()


def test_a_scheduler_goes_away_and_a_second_program_is_refused(start, text):
    with scheduler(start, text.parent) as (address, process):
        first = start(*command(text, "--scheduler", address))
        wait_for(lambda: len(shards(text)) > 2, first)
        second = start(*command(text, "--workers", 1))
        _, said = second.communicate()
        assert second.returncode == 2
        assert f"out.conllu: another program writes it (process {first.pid} on " in said
        process.kill()
        _, said = first.communicate()
        assert first.returncode == 2
        assert "the scheduler has gone away, or dropped the work. Start it again." in said
        done = len(shards(text))
        assert f"{done} shards are done and kept in" in said
    with scheduler(start, text.parent) as (address, _):
        again = start(*command(text, "--scheduler", address))
        _, said = again.communicate()
        assert again.returncode == 1, said
        assert f"{done} shards of an earlier run" in said
    check(text, start)


def test_no_scheduler(start, text):
    variables = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
    options = ["--scheduler", "tcp://127.0.0.1:9"]
    process = start(*command(text, *options), variables=variables)
    _, said = process.communicate()
    assert process.returncode == 2
    assert "no scheduler answers at tcp://127.0.0.1:9" in said
    assert [path.name for path in text.parent.iterdir()] == ["a.txt"]
