import json
import shlex

import pytest
from allennlp.common import Params

from spigot_allennlp.training.next_steps import next_steps
from tests import FIXTURES_ROOT
from tests.commands.cli import bare_allennlp
from tests.prepared import run_prepared


def test_says_nothing_without_an_archive(tmp_path):
    assert next_steps(str(tmp_path)) is None


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("my dev.sdp", ["my dev.sdp", "--use-dataset-reader"]),
        (None, ["SENTENCES.jsonl"]),
        ({"trees": "dev.conllu", "graphs": "dev.sdp"}, ["SENTENCES.jsonl"]),
        (["dev.sdp", "other.sdp"], ["SENTENCES.jsonl"]),
    ],
)
def test_the_data_of_the_command(tmp_path, path, shown):
    (tmp_path / "model.tar.gz").touch()
    (tmp_path / "config.json").write_text(json.dumps({"validation_data_path": path}), "utf-8")
    arguments = shlex.split(next_steps(str(tmp_path)).splitlines()[-1])
    options = {"--include-package", "spigot_allennlp", "--silent", "--output-file"}
    assert arguments[:3] == ["allennlp", "predict", str(tmp_path / "model.tar.gz")]
    assert [word for word in arguments[3:-1] if word not in options] == shown


def test_the_packages_of_the_training(tmp_path, monkeypatch):
    (tmp_path / "model.tar.gz").touch()
    (tmp_path / "config.json").write_text("{}", "utf-8")
    packages = ["--include-package", "spigot_allennlp", "--include-package=mine", "-s", "run"]
    monkeypatch.setattr("sys.argv", ["allennlp", "train", "a.jsonnet", *packages])
    included = "--include-package spigot_allennlp --include-package mine --silent"
    assert included in next_steps(str(tmp_path))


def test_the_command_predicts(tmp_path):
    config = Params.from_file(FIXTURES_ROOT / "sdp_pipeline.jsonnet", json.dumps(ONE_EPOCH))
    config.to_file(str(tmp_path / "config.json"))
    result = run_prepared(
        *("-m", "allennlp", "train", tmp_path / "config.json", "-s", tmp_path / "run"),
        *("--include-package", "spigot_allennlp"),
    )
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert str(tmp_path / "run" / "model.tar.gz") in lines[-2]
    program, *arguments = shlex.split(lines[-1])
    assert program == "allennlp"
    bare_allennlp(*arguments)
    predictions = (tmp_path / "run" / "predictions").read_text(encoding="utf-8")
    assert len(predictions.strip().split("\n\n")) == 6
    # TensorBoard has the metrics and how the gradient through the structure does.
    assert list((tmp_path / "run" / "log" / "train").iterdir())


ONE_EPOCH = {"trainer.num_epochs": 1}
