"""
Models on another device than the CPU, torch's "meta", whose tensors have shapes and no values:
mixing it with tensors of the CPU fails as on a GPU, and so does all that would have to wait for a
value.
"""

import sys

import pytest
import torch
from allennlp.common import Params
from allennlp.data import Batch
from allennlp.nn.util import move_to_device
from packaging.version import Version

import spigot_allennlp  # noqa: F401  registers what the configs name
from spigot_allennlp.estimators import StructuredGradientEstimator
from tests import FIXTURES_ROOT
from tests.built import build

needs_meta = pytest.mark.skipif(
    Version(torch.__version__) < Version("2.4"), reason="this torch has few operations for meta"
)

FIXTURES = [
    "conll_parser",
    "sdp_parser",
    "sdp_pipeline",
    "sst_classifier",
    "sst_pipeline",
    "three_stages",
]
ESTIMATORS = sorted(StructuredGradientEstimator.list_available())


@pytest.fixture
def copies_without_values(monkeypatch):
    """Copies from the device hold zeros, which are sentences without words."""

    def to_numpy(*tensors):
        return [torch.zeros(t.shape, dtype=t.dtype).numpy() for t in tensors]

    def from_numpy(array, device):
        return torch.from_numpy(array).to(device)

    for name, module in list(sys.modules.items()):
        if name.startswith("spigot_allennlp."):
            for function in (to_numpy, from_numpy):
                if hasattr(module, function.__name__):
                    monkeypatch.setattr(module, function.__name__, function)


def on_meta(value):
    if isinstance(value, dict):
        return {name: on_meta(item) for name, item in value.items()}
    return value.to("meta") if isinstance(value, torch.Tensor) else value


def pipeline(fixture, overrides):
    """Without its LSTMs, which `test_models` has: they are most of what a model costs on meta."""
    params = Params.from_file(FIXTURES_ROOT / f"{fixture}.jsonnet", overrides)
    for part in ("intermediate", "downstream"):
        encoder = params["model"][part]["sentence_encoder"]
        size = encoder["encoder"]["input_size"]
        encoder["encoder"] = {"type": "pass_through", "input_dim": size}
    return params


def run(params):
    """Trains on a batch and predicts it, on the device."""
    model, _, instances = build(params)
    batch = Batch(instances[:4])
    batch.index_instances(model.vocab)
    tensors = on_meta(batch.as_tensor_dict())
    model = model.to("meta")
    model(**tensors)["loss"].backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    assert any(gradient is not None for gradient in gradients)
    assert all(gradient is None or gradient.is_meta for gradient in gradients)
    output = model.eval()(**tensors)
    assert all(value.is_meta for value in output.values() if isinstance(value, torch.Tensor))


@needs_meta
@pytest.mark.parametrize("fixture", FIXTURES)
def test_models(fixture, copies_without_values):
    run(Params.from_file(FIXTURES_ROOT / f"{fixture}.jsonnet"))


@needs_meta
@pytest.mark.parametrize("trees", ["projective_trees", "nonprojective_trees"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimators_over_trees(estimator, trees, copies_without_values):
    overrides = {"model.estimator.type": estimator, "model.intermediate.structure.type": trees}
    run(pipeline("sdp_pipeline", overrides))


@needs_meta
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimators_over_graphs(estimator, copies_without_values):
    overrides = {
        "model.estimator.type": estimator,
        # With them there are no marginals.
        "model.intermediate.deterministic_labels": False,
    }
    run(pipeline("sst_pipeline", overrides))


@pytest.mark.gpu
@pytest.mark.parametrize("fixture", FIXTURES)
def test_models_on_a_gpu(fixture):
    model, _, instances = build(Params.from_file(FIXTURES_ROOT / f"{fixture}.jsonnet"))
    batch = Batch(instances[:4])
    batch.index_instances(model.vocab)
    tensors = batch.as_tensor_dict()
    expected = model.eval()(**tensors)["loss"].item()
    model, tensors = model.cuda(), move_to_device(tensors, torch.device("cuda"))
    assert model(**tensors)["loss"].item() == pytest.approx(expected, rel=1e-4)
    # Nothing waits but copies that are meant to.
    torch.cuda.set_sync_debug_mode("error")
    try:
        loss = model.train()(**tensors)["loss"]
        loss.backward()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert gradients and all(torch.isfinite(gradient).all() for gradient in gradients)
