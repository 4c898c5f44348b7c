"""The fused optimizers make the updates of AllenNLP's, with and without torch's kernel."""

import pytest
import torch
from allennlp.common import Params
from allennlp.training.optimizers import Optimizer

from spigot_allennlp.training import fused_adam

NAMES = [
    ("adam", {"lr": 0.002, "betas": [0.9, 0.95]}),
    ("adam", {"weight_decay": 0.1, "amsgrad": True}),
    ("adamw", {"lr": 0.001, "weight_decay": 0.1, "parameter_groups": [[["b"], {"lr": 0.1}]]}),
]


def trained(name, options, dtype=torch.float64, reloads=False):
    """The parameters after some steps, one of which leaves a parameter without a gradient."""
    generator = torch.Generator().manual_seed(1)
    parameters = [
        (name, torch.nn.Parameter(torch.randn(7, 19, generator=generator, dtype=dtype)))
        for name in "abc"
    ]

    def optimizer():
        return Optimizer.from_params(Params({"type": name, **options}), model_parameters=parameters)

    current = optimizer()
    for step in range(6):
        for number, (_, parameter) in enumerate(parameters):
            gradient = torch.randn(7, 19, generator=generator, dtype=dtype)
            parameter.grad = None if (step + number) % 4 == 0 else gradient
        current.step()
        if reloads and step == 2:
            state = current.state_dict()
            current = optimizer()
            current.load_state_dict(state)
    return torch.stack([parameter.detach() for _, parameter in parameters]), current


@pytest.mark.parametrize("name, options", NAMES)
def test_updates_are_those_of_allennlp_s_optimizer(name, options):
    expected, _ = trained(name, options)
    found, optimizer = trained(f"fused_{name}", options)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-14)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    assert isinstance(optimizer, kind)
    for group in optimizer.param_groups:
        assert bool(group.get("fused")) == fused_adam._has_kernel(kind)


@pytest.mark.parametrize("name, options", NAMES)
def test_without_the_kernel_they_are_the_same_to_the_bit(name, options, monkeypatch):
    monkeypatch.setattr(fused_adam, "_has_kernel", lambda kind: False)
    expected, _ = trained(name, options, torch.float32)
    found, optimizer = trained(f"fused_{name}", options, torch.float32)
    assert torch.equal(found, expected)
    assert not any(group.get("fused") for group in optimizer.param_groups)


@pytest.mark.parametrize("name, options", NAMES)
def test_a_state_that_is_loaded_goes_on_to_the_bit(name, options):
    expected, _ = trained(f"fused_{name}", options, torch.float32)
    found, _ = trained(f"fused_{name}", options, torch.float32, reloads=True)
    assert torch.equal(found, expected)


def test_a_torch_without_the_kernel_is_recognized():
    class Old(torch.optim.SGD):
        def __init__(self, params, lr=0.1):
            super().__init__(params, lr)

    class Refusing(torch.optim.SGD):
        def __init__(self, params, fused):
            raise RuntimeError("`fused=True` requires CUDA")

    assert not fused_adam._has_kernel(Old) and not fused_adam._has_kernel(Refusing)
