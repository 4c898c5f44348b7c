"""What is replaced in AllenNLP and has no tests elsewhere."""

import json

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.training import Trainer

from tests import FIXTURES_ROOT
from tests.commands.cli import allennlp


@pytest.mark.parametrize("kind", ["gradient_descent", "bfloat16"])
@pytest.mark.parametrize(
    ("name", "hint"), [("patiense", r"\. Did you mean patience\?$"), ("zzz", r"\.$")]
)
def test_a_misspelled_key_of_the_trainer_is_an_error(kind, name, hint):
    params = Params({"type": kind, "num_epochs": 1, name: 3})
    with pytest.raises(ConfigurationError, match=f"passed to .*Trainer: .*'{name}': 3.*{hint}"):
        Trainer.from_params(params, model=None, serialization_dir="", data_loader=None)


def test_no_training_is_begun_with_it(tmp_path):
    overrides = json.dumps({"trainer.num_epoch": 1})
    with pytest.raises(ConfigurationError, match="Did you mean num_epochs"):
        allennlp(
            "train", FIXTURES_ROOT / "learner.jsonnet", "-s", tmp_path / "run", "-o", overrides
        )
