"""
What AllenNLP's own test of a model asks of every model, beside what the others here do with more
options: training, saving, loading and consistent batches.
"""

import pytest
from allennlp.common import Params
from allennlp.common.testing import ModelTestCase

import spigot_allennlp  # noqa: F401  registers what the configs name
from tests import FIXTURES_ROOT

CONFIGS = ["conll_parser", "sdp_parser", "sdp_pipeline", "sst_classifier"]


class TestEveryModel(ModelTestCase):
    @pytest.mark.parametrize("config", CONFIGS)
    def test_passes(self, config):
        path = FIXTURES_ROOT / f"{config}.jsonnet"
        self.set_up_model(path, Params.from_file(path)["train_data_path"], seed=1)
        self.test_model_batch_norm_verification()
        output = self.model(**self.dataset.as_tensor_dict())
        readable = self.model.make_output_human_readable(output)
        assert readable["loss"] is output["loss"]
        assert "loss" in self.model.forward_on_instance(self.instances[0])
