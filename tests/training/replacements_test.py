"""What is replaced in AllenNLP and has no tests elsewhere."""

import json

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer, Trainer

from spigot_allennlp.training.bfloat16_trainer import Bfloat16Trainer
from tests import FIXTURES_ROOT
from tests.commands.cli import allennlp

NAMES = {GradientDescentTrainer: "gradient_descent", Bfloat16Trainer: "bfloat16"}


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize(
    ("name", "hint"), [("patiense", r"\. Did you mean patience\?$"), ("zzz", r"\.$")]
)
def test_a_misspelled_key_of_the_trainer_is_an_error(kind, name, hint):
    params = Params({"type": NAMES[kind], "num_epochs": 1, name: 3})
    with pytest.raises(ConfigurationError, match=f"{kind.__name__}: {{'{name}': 3}}{hint}"):
        Trainer.from_params(params, model=None, serialization_dir="", data_loader=None)


@pytest.mark.parametrize(
    ("overrides", "meant"),
    [
        ({"trainer.num_epoch": 1}, "num_epochs"),
        ({"distributed": {"cuda_devices": [-1, -1], "dpp_accelerator": {}}}, "ddp_accelerator"),
    ],
)
def test_no_training_is_begun_with_a_misspelled_key(tmp_path, overrides, meant):
    options = ["-s", tmp_path / "run", "-o", json.dumps(overrides)]
    with pytest.raises(ConfigurationError, match=rf"Did you mean {meant}\?$"):
        allennlp("train", FIXTURES_ROOT / "learner.jsonnet", *options)


def test_distributed_training_does_not_score_test_data(tmp_path):
    """Which would fail after the last epoch."""
    overrides = {"distributed": {"cuda_devices": [-1, -1]}, "evaluate_on_test": True}
    options = ["-s", tmp_path / "run", "-o", json.dumps(overrides)]
    with pytest.raises(ConfigurationError, match="by `allennlp evaluate`"):
        allennlp("train", FIXTURES_ROOT / "learner.jsonnet", *options)
    assert not (tmp_path / "run").exists()
