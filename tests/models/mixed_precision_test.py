"""
Mixed precision on the CPU, which torch has for `float16` too: what a GPU computes, with the loss
scaled as there.
"""

import pytest
import torch
from allennlp.commands.train import TrainModel
from allennlp.common import Params
from allennlp.common.util import prepare_environment
from allennlp.data import Batch
from allennlp.training import gradient_descent_trainer
from packaging.version import Version

import spigot_allennlp  # noqa: F401  registers what the configs name
from tests import FIXTURES_ROOT
from tests.built import build
from tests.commands.cli import read_json

needs_autocast = pytestmark = pytest.mark.skipif(
    Version(torch.__version__) < Version("2.4"), reason="this torch scales no losses on the CPU"
)

TREES = "model.intermediate.structure.type"
ESTIMATOR = "model.estimator.type"
EXPERIMENTS = [
    ("conll_parser", {}),
    ("sdp_parser", {}),
    # With hidden units enough that no single one at its kink matters.
    ("sst_classifier", {"model.hidden_dim": 40}),
    ("sdp_pipeline", {}),
    ("sdp_pipeline", {TREES: "nonprojective_trees"}),
    ("sdp_pipeline", {ESTIMATOR: "straight_through"}),
    ("sdp_pipeline", {ESTIMATOR: "structured_attention"}),
    ("sst_pipeline", {}),
    (
        "sst_pipeline",
        {ESTIMATOR: "structured_attention", "model.intermediate.deterministic_labels": False},
    ),
]


def autocast(enabled=True, dtype=torch.float16):
    return torch.autocast("cpu", dtype=dtype, enabled=enabled)


def run(model, tensors, dtype, enabled, loss_scale):
    """What the model returns, and the gradients of all parameters that get one."""
    torch.manual_seed(0)
    model.zero_grad()
    with autocast(enabled, dtype):
        output = model(**tensors)
    assert output["loss"].dtype == torch.float32
    (output["loss"] * loss_scale).backward()
    reached = [p.grad for p in model.parameters() if p.grad is not None]
    return output, torch.cat([gradient.flatten() for gradient in reached]) / loss_scale


def check_gradients(model, tensors, dtype, seeds=(None,)):
    """They point where those in single precision do, with the model's or with random weights."""
    for seed in seeds:
        if seed is not None:
            torch.manual_seed(seed)
            for parameter in model.parameters():
                torch.nn.init.normal_(parameter, std=0.3)
        expected_output, expected = run(model, tensors, dtype, enabled=False, loss_scale=1.0)
        output, gradient = run(model, tensors, dtype, enabled=True, loss_scale=2.0**8)
        structures = [name for name in ("heads", "graph") if name in output]
        same = all(torch.equal(output[name], expected_output[name]) for name in structures)
        # Rounding decides between structures that are nearly as good, on each processor others. An
        # overflow is the gradient scaler's business.
        if same and gradient.isfinite().all():
            break
    else:
        pytest.fail("with each seed a structure changes or a gradient overflows")
    assert output["loss"].item() == pytest.approx(expected_output["loss"].item(), rel=5e-3)
    # Of significant digits, bfloat16 has two and float16 three.
    tolerance = 0.25 if dtype == torch.bfloat16 else 0.1
    assert 0 < (gradient - expected).norm() < tolerance * expected.norm()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("fixture, overrides", EXPERIMENTS)
def test_gradients(fixture, overrides, dtype):
    model, _, instances = build(Params.from_file(FIXTURES_ROOT / f"{fixture}.jsonnet", overrides))
    batch = Batch(instances[:4])
    batch.index_instances(model.vocab)
    check_gradients(model, batch.as_tensor_dict(), dtype, seeds=range(10))


def train(folder, scaler=None):
    overrides = {
        "trainer.num_epochs": 30,
        "trainer.patience": None,
        "trainer.optimizer.lr": 0.02,
    }
    params = Params.from_file(FIXTURES_ROOT / "sdp_pipeline.jsonnet", overrides)
    prepare_environment(params)
    run = TrainModel.from_params(params, serialization_dir=str(folder), local_rank=0)
    # AllenNLP makes a scaler for GPUs alone.
    run.trainer._use_amp, run.trainer._scaler = scaler is not None, scaler
    return run.run()


def test_training(tmp_path, monkeypatch):
    """AllenNLP's trainer, with a gradient scaler that begins with overflows."""
    monkeypatch.setattr(gradient_descent_trainer.amp, "autocast", autocast)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**18)
    expected, metrics = train(tmp_path / "single"), train(tmp_path / "mixed", scaler)
    assert scaler.get_scale() < 2.0**18
    assert 0 < metrics["training_gradient_norm"] < float("inf")
    assert metrics["training_loss"] == pytest.approx(expected["training_loss"], rel=0.2)
    first = read_json(tmp_path / "mixed" / "metrics_epoch_0.json")
    assert metrics["training_loss"] < 0.8 * first["training_loss"]
