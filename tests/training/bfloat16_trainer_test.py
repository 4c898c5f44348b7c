"""Training in bfloat16, and what is trained so."""

import json

import pytest
import torch
from allennlp.commands.train import TrainModel
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import prepare_environment
from allennlp.data import Batch
from allennlp.models.archival import load_archive
from allennlp.training import GradientDescentTrainer, Trainer

from spigot_allennlp.estimators import Spigot
from spigot_allennlp.losses import LogLikelihood
from spigot_allennlp.nn.bfloat16 import compute_in_bfloat16, mixed_precision
from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees
from spigot_allennlp.training import Bfloat16Trainer
from spigot_allennlp.training.archives import load_tensors
from tests import FIXTURES_ROOT
from tests.built import build
from tests.commands.cli import GRAPHS, allennlp, read_json, read_json_lines
from tests.models.mixed_precision_test import EXPERIMENTS

KEY = {"trainer.type": "bfloat16"}
CONFIG = FIXTURES_ROOT / "sdp_pipeline.jsonnet"


def made(fixture, overrides):
    """A model, and a batch of sentences."""
    model, _, instances = build(Params.from_file(FIXTURES_ROOT / f"{fixture}.jsonnet", overrides))
    torch.manual_seed(5)
    for parameter in model.parameters():
        # With this seed far enough from ties for rounding not to change a structure that is read.
        torch.nn.init.normal_(parameter, std=0.3)
    batch = Batch(instances[:4])
    batch.index_instances(model.vocab)
    return model, batch.as_tensor_dict()


def loss_and_gradient(model, tensors):
    torch.manual_seed(0)
    model.zero_grad()
    loss = model(**tensors)["loss"]
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert {loss.dtype, *(gradient.dtype for gradient in gradients)} == {torch.float32}
    return loss.item(), torch.cat([gradient.flatten() for gradient in gradients])


@pytest.mark.slow
@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("fixture, overrides", EXPERIMENTS)
def test_gradients_point_where_those_in_single_precision_do(
    say_has_bfloat16, use_threads, fixture, overrides, num_threads
):
    say_has_bfloat16(True)
    use_threads(num_threads)
    model, tensors = made(fixture, overrides)
    expected_loss, expected = loss_and_gradient(model, tensors)
    compute_in_bfloat16(model)
    loss, gradient = loss_and_gradient(model, tensors)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert loss == pytest.approx(expected_loss, rel=5e-3) and loss != expected_loss
    assert 0 < (gradient - expected).norm() < 0.25 * expected.norm()


@pytest.mark.parametrize("convert", [True, False])
def test_structures_estimators_and_losses_get_single_precision(
    say_has_bfloat16, monkeypatch, convert
):
    say_has_bfloat16(True)
    found = []

    def watch(owner, name, position):
        original = getattr(owner, name)

        def watched(*arguments, **named):
            found.append((owner, name, arguments[position].dtype, mixed_precision()))
            return original(*arguments, **named)

        monkeypatch.setattr(owner, name, watched)

    overrides = {"model.intermediate.structure.type": "nonprojective_trees"}
    model, tensors = made("sdp_pipeline", overrides)
    for structure in (LabeledGraphs, NonprojectiveTrees, ProjectiveTrees):
        for name in ("argmax", "log_partition", "marginals"):
            watch(structure, name, 1)
    watch(LabeledGraphs, "best_graphs", 1)
    watch(LogLikelihood, "__call__", 2)
    watch(Spigot, "__call__", 1)
    watch(Spigot, "pullback", 1)
    compute_in_bfloat16(model, convert)
    model(**tensors)["loss"].backward()
    assert {
        (NonprojectiveTrees, "argmax"),
        (NonprojectiveTrees, "log_partition"),
        (LabeledGraphs, "best_graphs"),
        (LabeledGraphs, "log_partition"),
        (LogLikelihood, "__call__"),
        (Spigot, "__call__"),
        (Spigot, "pullback"),
    } <= {each[:2] for each in found}
    assert {each[2:] for each in found} == {(torch.float32, None)}


def trained(folder, **overrides):
    params = Params.from_file(CONFIG, {"trainer.num_epochs": 1, **overrides})
    prepare_environment(params)
    return TrainModel.from_params(params, serialization_dir=str(folder), local_rank=0)


@pytest.mark.slow
def test_the_trainer_is_that_of_allennlp_with_one_key(say_has_bfloat16, tmp_path):
    say_has_bfloat16(True)
    assert Trainer.by_name("bfloat16") is not Trainer.by_name("gradient_descent")
    run, single = trained(tmp_path / "a", **KEY), trained(tmp_path / "b")
    assert type(run.trainer) is Bfloat16Trainer
    assert type(single.trainer) is GradientDescentTrainer
    for name in ("_num_epochs", "_grad_norm", "_serialization_dir"):
        expected = str(getattr(single.trainer, name)).replace("/b", "/a")
        assert str(getattr(run.trainer, name)) == expected
    assert [type(each) for each in run.trainer._callbacks] == [
        type(each) for each in single.trainer._callbacks
    ]


@pytest.mark.slow
def test_without_bfloat16_training_is_the_same_to_the_last_bit(say_has_bfloat16, tmp_path, caplog):
    say_has_bfloat16(False)
    states = []
    for name, overrides in (("a", KEY), ("b", {})):
        run = trained(tmp_path / name, **overrides)
        run.run()
        states.append(run.model.state_dict())
    assert "no bfloat16" in caplog.text
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[1])


@pytest.mark.slow
def test_train_recover_and_predict(say_has_bfloat16, tmp_path):
    """What is written is in single precision, and is used with and without bfloat16."""
    say_has_bfloat16(True)
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    overrides = json.dumps({**KEY, "trainer.num_epochs": 2, "trainer.patience": None})
    allennlp("train", CONFIG, "-s", whole, "-o", overrides)
    log = (whole / "out.log").read_text(encoding="utf-8")
    assert log.count("The encoders and scorers compute in bfloat16.") == 1
    assert read_json(whole / "config.json")["trainer"]["type"] == "bfloat16"

    # A run that ends after its first epoch, and goes on.
    with pytest.MonkeyPatch.context() as patch:
        original = GradientDescentTrainer._train_epoch

        def until_killed(trainer, epoch):
            if epoch == 1:
                raise KeyboardInterrupt
            return original(trainer, epoch)

        patch.setattr(GradientDescentTrainer, "_train_epoch", until_killed)
        with pytest.raises(KeyboardInterrupt):
            allennlp("train", CONFIG, "-s", halves, "-o", overrides)
    allennlp("train", CONFIG, "-s", halves, "-o", overrides, "--recover")
    states = [load_tensors(folder / "best.th") for folder in (whole, halves)]
    assert all(torch.equal(states[1][name], value) for name, value in states[0].items())
    assert {v.dtype for v in states[0].values() if v.is_floating_point()} == {torch.float32}

    archive = whole / "model.tar.gz"
    assert {p.dtype for p in load_archive(archive).model.parameters()} == {torch.float32}
    outputs = []
    for number, options in enumerate(({}, {"bfloat16": True})):
        output = tmp_path / f"{number}.jsonl"
        arguments = ["--use-dataset-reader", "--silent", "--output-file", output]
        options = json.dumps({"output_format": "json", **options})
        allennlp("predict", archive, GRAPHS, *arguments, "--predictor-args", options)
        outputs.append(read_json_lines(output))
    assert len(outputs[0]) == len(outputs[1]) == 6
    assert [each["words"] for each in outputs[0]] == [each["words"] for each in outputs[1]]


def test_a_gpu_is_refused(say_has_bfloat16, monkeypatch):
    say_has_bfloat16(True)
    model, _ = made("sdp_pipeline", {})
    monkeypatch.setattr(GradientDescentTrainer, "__init__", lambda *arguments, **named: None)
    with pytest.raises(ConfigurationError, match=r"bfloat16 is for models on the CPU.*use_amp"):
        Bfloat16Trainer(model.to("meta"))
