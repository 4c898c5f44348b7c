import json
import shlex
import subprocess
import sys

import pytest
from allennlp.common import Params

from spigot_allennlp.training.next_steps import next_steps
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.commands.cli import bare_allennlp


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


def test_the_command_predicts(tmp_path):
    config = Params.from_file(FIXTURES_ROOT / "sdp_pipeline.jsonnet", json.dumps(ONE_EPOCH))
    config.to_file(str(tmp_path / "config.json"))
    command = [
        "-m",
        "allennlp",
        "train",
        str(tmp_path / "config.json"),
        "-s",
        str(tmp_path / "run"),
    ]
    lines = subprocess.run(
        [sys.executable, *command, "--include-package", "spigot_allennlp"],
        cwd=PROJECT_ROOT,
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ).stdout.splitlines()
    assert str(tmp_path / "run" / "model.tar.gz") in lines[-2]
    program, *arguments = shlex.split(lines[-1])
    assert program == "allennlp"
    bare_allennlp(*arguments)
    predictions = (tmp_path / "run" / "predictions").read_text(encoding="utf-8")
    assert len(predictions.strip().split("\n\n")) == 6
    # TensorBoard has the metrics and how the gradient through the structure does.
    assert list((tmp_path / "run" / "log" / "train").iterdir())


ONE_EPOCH = {"trainer.num_epochs": 1}
