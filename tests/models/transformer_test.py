"""The pipeline over a transformer that is made on the spot."""

import json
import shutil

import pytest
import torch
from allennlp.common import Params, cached_transformers
from allennlp.common.testing import ModelTestCase
from allennlp.data import Batch, DatasetReader, Vocabulary
from allennlp.models import Model, load_archive
from allennlp.training.optimizers import Optimizer

import spigot_allennlp  # noqa: F401  registers what the configs name
from spigot_allennlp.nn.bfloat16 import compute_in_bfloat16
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.commands.cli import GRAPHS, allennlp, read_json
from tests.models.mixed_precision_test import check_gradients, needs_autocast
from tests.tiny_transformer import needs_transformers, save_tiny_transformer

pytestmark = needs_transformers

EMBEDDER = "sentence_encoder.text_field_embedder.token_embedders.transformer"
PARSERS = ["model.intermediate", "model.downstream"]

# The shipped pipeline with a transformer, over a few sentences and with tiny sizes.
CONFIG = """
local sdp = import '{root}/training_configs/lib/sdp.libsonnet';
local tiny = import '{fixtures}/tiny.libsonnet';

tiny.on('{graphs}', sdp.pipeline(estimator={{ type: 'spigot' }}, sizes=tiny.sizes, num_epochs=2))
+ sdp.transformer('{transformer}', sizes=tiny.sizes)
"""


@pytest.fixture(scope="module")
def transformer(tmp_path_factory):
    return save_tiny_transformer(tmp_path_factory.mktemp("transformer"))


@pytest.fixture(scope="module")
def config(transformer, tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "transformer.jsonnet"
    text = CONFIG.format(
        root=PROJECT_ROOT, fixtures=FIXTURES_ROOT, graphs=GRAPHS, transformer=transformer
    )
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def archive(config, tmp_path_factory):
    run = tmp_path_factory.mktemp("run") / "run"
    allennlp("train", config, "-s", run)
    return run / "model.tar.gz"


class TestPipeline(ModelTestCase):
    @pytest.fixture(autouse=True)
    def set_up(self, config):
        self.set_up_model(config, GRAPHS)

    def test_batches_are_consistent(self):
        self.ensure_batch_predictions_are_consistent()

    def test_root_is_a_node_like_the_others(self):
        tensors = self.dataset.as_tensor_dict()["tokens"]
        offsets = tensors["transformer"]["offsets"]
        lengths = [len(instance["tokens"]) for instance in self.instances]
        assert [instance["tokens"][0].text for instance in self.instances] == ["@root@"] * 6
        assert tensors["transformer"]["mask"].sum(dim=1).tolist() == lengths
        # Behind the transformer's own first token; -1 would be a word without a vector.
        assert (offsets[:, 0] == torch.tensor([1, 3])).all()
        assert (offsets >= 0).all()
        encoded, mask = self.model._intermediate._sentence_encoder.eval()(tensors)
        assert mask.sum(dim=1).tolist() == lengths
        assert (encoded[mask].norm(dim=-1) > 0).all()

    @needs_autocast
    def test_gradients_in_mixed_precision(self):
        check_gradients(self.model, self.dataset.as_tensor_dict(), torch.bfloat16)

    @pytest.mark.parametrize("convert", [True, False])
    def test_vectors_in_bfloat16(self, say_has_bfloat16, convert):
        say_has_bfloat16(True)
        tensors = self.dataset.as_tensor_dict()["tokens"]
        encoder = self.model._intermediate._sentence_encoder.eval()
        with torch.no_grad():
            expected, _ = encoder(tensors)
            assert compute_in_bfloat16(encoder, convert) is True
            found, _ = encoder(tensors)
        assert found.dtype == torch.float32
        assert 0 < (found - expected).norm() < 0.03 * expected.norm()

    def test_each_parser_has_a_transformer_of_its_own(self):
        names = [n for n, _ in self.model.named_parameters() if "transformer_model" in n]
        assert {name.split(".")[0] for name in names} == {"_intermediate", "_downstream"}

    def test_a_sentence_with_more_word_pieces_than_the_transformer_has_positions(self, config):
        reader = DatasetReader.from_params(Params.from_file(config)["dataset_reader"])
        instance = reader.text_to_instance(words=["incomprehensible"] * 120)
        reader.apply_token_indexers(instance)
        batch = Batch([instance])
        batch.index_instances(self.vocab)
        tensors = batch.as_tensor_dict()
        assert tensors["tokens"]["transformer"]["token_ids"].size(1) > 512 + 512
        self.model.eval()
        assert self.model(**tensors)["graph"].shape == (1, 121, 121)


def test_transformers_learn_more_slowly(config):
    params = Params.from_file(config)
    reader = DatasetReader.from_params(params["dataset_reader"])
    model = Model.from_params(
        params=params["model"], vocab=Vocabulary.from_instances(reader.read(GRAPHS))
    )
    optimizer = Optimizer.from_params(
        params["trainer"]["optimizer"], model_parameters=list(model.named_parameters())
    )
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    for name, parameter in model.named_parameters():
        assert rates[id(parameter)] == (2e-5 if "transformer_model" in name else 0.001), name


def test_an_archive_needs_the_transformer_but_not_its_weights(archive, transformer, tmp_path):
    cached_transformers._clear_caches()
    (weights,) = list(transformer.glob("*.bin")) + list(transformer.glob("*.safetensors"))
    hidden = weights.rename(tmp_path / weights.name)
    try:
        with pytest.raises(OSError, match="no file named"):
            load_archive(archive)
        overrides = {f"{parser}.{EMBEDDER}.load_weights": False for parser in PARSERS}
        without = load_archive(archive, overrides=json.dumps(overrides)).model
    finally:
        shutil.move(str(hidden), str(weights))
        cached_transformers._clear_caches()
    parameters = dict(load_archive(archive).model.named_parameters())
    assert all(torch.equal(value, parameters[name]) for name, value in without.named_parameters())


def test_raw_text_needs_no_tags(archive, tmp_path, caplog):
    path = tmp_path / "in.jsonl"
    path.write_text('{"sentence": "Snow fell."}\n', encoding="utf-8")
    allennlp("predict", archive, path, "--silent", "--output-file", tmp_path / "out.jsonl")
    assert read_json(tmp_path / "out.jsonl")["words"] == ["Snow", "fell", "."]
    assert "but the input has none" not in caplog.text


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_mixed_precision_asks_for_a_gpu(config, tmp_path):
    overrides = json.dumps({"trainer.use_amp": True})
    with pytest.raises(ValueError, match="AMP requires a cuda device"):
        allennlp("train", config, "-s", tmp_path / "run", "-o", overrides)


@pytest.mark.gpu
def test_mixed_precision_on_a_gpu(config, tmp_path):
    overrides = json.dumps({"trainer.use_amp": True, "trainer.cuda_device": 0})
    allennlp("train", config, "-s", tmp_path / "run", "-o", overrides)
    metrics = read_json(tmp_path / "run" / "metrics.json")
    assert metrics["training_gradient_norm"] > 0 and "best_validation_LF" in metrics


def test_the_shipped_config_names_its_transformer_once():
    """With `-o` it has to be named three times."""
    path = PROJECT_ROOT / "training_configs" / "sdp_spigot_transformer.jsonnet"
    assert path.read_text(encoding="utf-8").count("'bert-base-cased'") == 1
    keys = ["dataset_reader.token_indexers.transformer"] + [f"{p}.{EMBEDDER}" for p in PARSERS]
    overrides = {f"{key}.model_name": "another" for key in keys}
    config = Params.from_file(path, json.dumps(overrides)).as_dict(quiet=True)
    assert "bert-base-cased" not in json.dumps(config)
