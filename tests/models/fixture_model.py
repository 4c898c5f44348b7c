"""A model of a config of the fixtures, with the batch of its training data."""

import json

from allennlp.common import Params
from allennlp.common.testing import ModelTestCase
from allennlp.models import Model

import spigot_allennlp  # noqa: F401  registers what the configs name
from tests import FIXTURES_ROOT


class FixtureModel(ModelTestCase):
    def set_up(self, config, overrides=None):
        self.config = FIXTURES_ROOT / f"{config}.jsonnet"
        self.overrides = json.dumps(overrides or {})
        params = Params.from_file(self.config, self.overrides)
        self.set_up_model(self.config, params["train_data_path"])
        self.model = Model.from_params(vocab=self.vocab, params=params["model"])
        self.model.train()

    def check(self, gradients_to_ignore=None):
        self.ensure_model_can_train_save_and_load(
            self.config, overrides=self.overrides, gradients_to_ignore=gradients_to_ignore
        )

    def gradients(self, prefix):
        named = self.model.named_parameters()
        # Copies: older versions of torch clear gradients in place.
        return {
            name: None if p.grad is None else p.grad.clone()
            for name, p in named
            if name.startswith(prefix)
        }

    def tensors(self, *without):
        tensors = self.dataset.as_tensor_dict()
        return {name: value for name, value in tensors.items() if name not in without}
