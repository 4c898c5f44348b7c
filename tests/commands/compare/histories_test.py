import json

import pytest

from bilexical.comparison.diagnostics import DIAGNOSTICS
from spigot_allennlp.commands.compare.histories import (
    dev_scores,
    epoch_metrics,
    history,
    validation_metrics,
)
from spigot_allennlp.holding.diagnostics import NAMES
from spigot_allennlp.training.whole_json import read_json_if_whole


def write(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    durations = ["0:00:10.5", "0:00:20", "0:00:12.250000", "1 day, 0:00:12.25"]
    for epoch, duration in enumerate(durations):
        metrics = {
            "training_duration": duration,
            "validation_LF": epoch / 10,
            "best_epoch": 2,
            "best_validation_LF": 0.2,
        }
        if epoch > 0:
            metrics["training_gradient_norm"] = 0.5
            metrics["validation_downstream_spread"] = epoch
            metrics["training_loss"] = metrics["best_validation_spread"] = 1.0
        write(tmp_path / f"metrics_epoch_{epoch}.json", metrics)
    write(tmp_path / "recoveries.json", [2])
    return tmp_path


def test_history(folder):
    found = history(folder, ["LF", "accuracy"])
    # The third epoch was the first after a recovery.
    assert found["seconds"] == [10.5, 9.5, 12.25, 24 * 3600]
    assert found["dev"] == {"LF": [0, 0.1, 0.2, 0.3]}
    assert found["best_epoch"] == 2 and found["best"] == {"LF": 0.2}
    assert found["diagnostics"] == {
        "training_gradient_norm": [None, 0.5, 0.5, 0.5],
        "validation_downstream_spread": [None, 1, 2, 3],
    }


def test_all_diagnostics_are_described():
    assert DIAGNOSTICS.keys() == set(NAMES)


def test_a_file_that_was_being_written(folder):
    (folder / "metrics_epoch_3.json").write_text('{"training_duration": "0:0', encoding="utf-8")
    assert len(epoch_metrics(folder)) == 3
    assert read_json_if_whole(folder / "metrics_epoch_3.json") is None


def test_nothing_is_known(tmp_path):
    found = history(tmp_path / "nowhere", ["LF"])
    assert found["seconds"] == [] and found["dev"] == found["best"] == found["diagnostics"] == {}
    assert found["best_epoch"] is None


@pytest.mark.parametrize(
    "trainer, names",
    [
        ({"validation_metric": "+LF"}, ["LF"]),
        ({"validation_metric": ["+LF", "-loss"]}, ["LF", "loss"]),
        ({}, ["loss"]),
    ],
)
def test_validation_metrics(trainer, names):
    assert validation_metrics({"trainer": trainer}) == names


def test_scores_to_show():
    assert dev_scores({"trainer": {"validation_metric": "+LF"}}) == ["LF", "UAS", "accuracy"]
    assert dev_scores({}) == ["loss", "UAS", "LF", "accuracy"]
