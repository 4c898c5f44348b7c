"""The start parser: a copy that stays, also in checkpoints and archives."""

import json
import shutil

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch
from allennlp.models import load_archive

from tests import FIXTURES_ROOT
from tests.holding.conftest import CORPORA, Pipeline, warm_start

every_pipeline = pytest.mark.parametrize("name", CORPORA)
NEEDS = {"candidates": {}, "anchor": 0.5, "start_parser": {}}
CHANGES = {
    "model.intermediate.sentence_encoder.dropout": 0.5,
    "model.intermediate.sentence_encoder.encoder.dropout": 0.5,
}


@every_pipeline
@pytest.mark.parametrize("key", NEEDS)
def test_is_the_parser_at_the_start(name, key, pipeline):
    made = pipeline(name, **{key: NEEDS[key]})
    start, parser = made.model._start_parser, made.model.intermediate
    assert start.parser is not parser and start.parser.vocab is parser.vocab
    expected = parser.state_dict()
    assert start.parser.state_dict().keys() == expected.keys()
    for parameter_name, value in start.parser.state_dict().items():
        assert torch.equal(value, expected[parameter_name])
        assert value.data_ptr() != expected[parameter_name].data_ptr() or value.numel() == 0


@every_pipeline
def test_stays_while_the_parser_is_trained(name, pipeline):
    made = pipeline(name, anchor=0.5, candidates={}, intermediate_loss_weight=1.0)
    start = made.model._start_parser
    before = {key: value.clone() for key, value in made.model.state_dict().items()}
    optimizer = torch.optim.Adam([p for p in made.model.parameters() if p.requires_grad], lr=0.1)
    made.model.train()
    assert start.training and not any(m.training for m in start.parser.modules())
    for _ in range(2):
        optimizer.zero_grad()
        made.model(**made.tensors())["loss"].backward()
        optimizer.step()
    assert all(p.grad is None and not p.requires_grad for p in start.parameters())
    changed = {k for k, v in made.model.state_dict().items() if not torch.equal(v, before[k])}
    assert any(key.startswith("_intermediate.") for key in changed)
    assert not any(key.startswith("_start_parser.") for key in changed)


def test_has_no_dropout(archives):
    overrides = {**warm_start(archives["sdp_pipeline"]), **CHANGES, "model.start_parser": {}}
    made = Pipeline("sdp_pipeline", overrides)
    made.model.train()
    tokens = made.tensors()["tokens"]
    first, second = (made.model._start_parser(tokens).scores for _ in range(2))
    assert torch.equal(first, second) and not first.requires_grad
    made.model.eval()
    torch.testing.assert_close(made.model.intermediate.score_parts(tokens).scores, first)


def test_from_another_archive(archives):
    archive = archives["sdp_pipeline"]
    initializer = warm_start(archive)["model.intermediate.initializer"]
    made = Pipeline("sdp_pipeline", {"model.start_parser": {"initializer": initializer}})
    trained = load_archive(archive).model
    start, parser = made.model._start_parser.parser, made.model.intermediate
    scorer = "_arc_scorer._bilinear"
    assert torch.equal(start.state_dict()[scorer], trained.state_dict()[scorer])
    assert not torch.equal(start.state_dict()[scorer], parser.state_dict()[scorer])
    made.model.train()
    made.model(**made.tensors())["loss"].backward()


@pytest.mark.parametrize("key", NEEDS)
def test_must_have_been_trained(key):
    made = Pipeline("sdp_pipeline", {f"model.{key}": NEEDS[key]})
    made.model.train()
    with pytest.raises(ConfigurationError, match=r"random weights.*initializer: trained_model"):
        made.model(**made.tensors())


def test_trains_saves_and_predicts_without_the_first_archive(archives, tmp_path):
    parser = shutil.copy(archives["sdp_pipeline"], tmp_path / "parser.tar.gz")
    overrides = {**warm_start(str(parser)), "model.candidates": {"max_heads": 2}}
    overrides["model.anchor"] = 0.5
    params = Params.from_file(FIXTURES_ROOT / "sdp_pipeline.jsonnet", json.dumps(overrides))
    model = train_model(params, tmp_path / "run")
    trained = load_archive(archives["sdp_pipeline"]).model
    parser.unlink()
    archive = load_archive(tmp_path / "run" / "model.tar.gz")
    scorer = "_arc_scorer._bilinear"
    own = archive.model._start_parser.parser.state_dict()[scorer]
    assert torch.equal(own, trained.state_dict()[scorer])
    assert archive.model._start_parser.is_trained == 1
    reader = archive.validation_dataset_reader
    instances = list(reader.read(str(FIXTURES_ROOT / "graphs.sdpx")))
    for instance in instances:
        reader.apply_token_indexers(instance)
    loaded = archive.model.forward_on_instances(instances)
    assert [x["heads"] for x in loaded] == [
        x["heads"] for x in model.eval().forward_on_instances(instances)
    ]
    # It can be trained on.
    archive.model.train()
    archive.model(**tensors_of(instances, archive.model.vocab))["loss"].backward()


def tensors_of(instances, vocab):
    batch = Batch(instances)
    batch.index_instances(vocab)
    return batch.as_tensor_dict()
