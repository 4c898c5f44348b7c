"""A small corpus learns from the first epoch on."""

import json

import pytest

from tests import PROJECT_ROOT
from tests.commands.cli import allennlp, read_json

CONFIGS = PROJECT_ROOT / "training_configs"
TOY = PROJECT_ROOT / "data" / "toy" / "train.sdpx"


@pytest.mark.slow
def test_graphs_are_not_empty_after_the_first_epoch(tmp_path, monkeypatch):
    monkeypatch.chdir(PROJECT_ROOT)
    sentences = TOY.read_text(encoding="utf-8").split("\n\n")
    small = tmp_path / "train.sdpx"
    small.write_text("\n\n".join(sentences[:800]) + "\n\n", encoding="utf-8")
    overrides = {"train_data_path": str(small), "trainer.num_epochs": 1}
    run = tmp_path / "run"
    allennlp("train", CONFIGS / "sdp_spigot.jsonnet", "-s", run, "-o", json.dumps(overrides))
    # From AllenNLP's embeddings and torch's uniform weights it was 0 for the first epochs.
    assert read_json(run / "metrics.json")["validation_LF"] > 0.2
