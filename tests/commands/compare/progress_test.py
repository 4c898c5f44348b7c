import io
import json

import pytest

from spigot_allennlp.commands.compare.progress import Progress
from spigot_allennlp.commands.compare.runs import plan_runs

CONFIG = {
    "model": {"estimator": "spigot"},
    "trainer": {"num_epochs": 4, "validation_metric": "+LF"},
}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def runs(tmp_path):
    estimators = {"modular": {"type": "modular"}, "spigot": {"type": "spigot"}}
    return plan_runs(CONFIG, estimators, [1], tmp_path)


def finish_epochs(run, *scores):
    run.folder.mkdir(exist_ok=True)
    for epoch, score in enumerate(scores):
        metrics = {"validation_LF": score, "best_validation_LF": max(scores[: epoch + 1])}
        path = run.folder / f"metrics_epoch_{epoch}.json"
        path.write_text(json.dumps(metrics), encoding="utf-8")


def go_through(runs, stream):
    now = [100.0]
    progress = Progress(stream, lambda: now[0])
    progress.begin(runs, num_finished=3)
    progress.started(runs[0])
    now[0] += 60
    # It stops early: 2 epochs of 4, in a minute.
    finish_epochs(runs[0], 0.75, 0.5)
    progress.update()
    progress.finished(runs[0])
    finish_epochs(runs[1], 0.25)
    progress.started(runs[1])
    now[0] += 30
    finish_epochs(runs[1], 0.25, 0.5)
    progress.update()
    progress.failed(runs[1], "RuntimeError: oh")
    progress.end()


def test_lines(runs):
    stream = io.StringIO()
    go_through(runs, stream)
    assert stream.getvalue().splitlines() == [
        "[0:00:00] runs: 2 to train, 3 finished before",
        "[0:00:00] modular-seed-1: training",
        # Two epochs in a minute, and four to go.
        "[0:01:00, about 0:02:00 left] modular-seed-1: finished in 0:01:00, 2 epochs; best on "
        "validation data: LF 0.7500",
        # One of them was there.
        "[0:01:00, about 0:01:30 left] spigot-seed-1: training from epoch 1 on",
        "[0:01:30] spigot-seed-1: FAILED: RuntimeError: oh",
    ]


def test_bar_on_a_terminal(runs):
    stream = Terminal()
    go_through(runs, stream)
    assert "/8" in stream.getvalue() or "/6" in stream.getvalue()
    assert "spigot-seed-1: epoch 2, LF 0.5000" in stream.getvalue()


def test_nothing_to_do():
    stream = Terminal()
    progress = Progress(stream)
    progress.begin([], num_finished=2)
    progress.update()
    progress.end()
    assert stream.getvalue() == "[0:00:00] runs: 0 to train, 2 finished before\n"
