"""Who computes in bfloat16, and when."""

import copy
import logging

import pytest
import torch
from torch.nn import Linear, Module

from spigot_allennlp.common import ConfigurationError
from spigot_allennlp.nn import bfloat16
from spigot_allennlp.nn.bfloat16 import (
    ScorerLayers,
    compute_in_bfloat16,
    lower_precision,
    mixed_precision,
)

INPUTS = torch.randn(4, 3, generator=torch.Generator().manual_seed(1))


class Scorer(Module):
    def __init__(self):
        super().__init__()
        self.layer = Linear(3, 2)
        self.seen = []

    @lower_precision
    def forward(self, inputs, mask=None, **more):
        """Of a scorer."""
        result = self.layer(inputs)
        self.seen.append([inputs.dtype, mask, more, result.dtype, mixed_precision()])
        return result, inputs, mask

    @lower_precision
    def fail(self):
        raise ValueError("no")

    def unmarked(self, inputs):
        return self.layer(inputs)


class Model(Module):
    def __init__(self, *parts):
        super().__init__()
        self.parts = torch.nn.ModuleList(parts)


@pytest.fixture
def scorer(say_has_bfloat16):
    say_has_bfloat16(True)
    return Scorer()


class TestTheProcessor:
    @pytest.fixture(autouse=True)
    def asked_anew(self):
        bfloat16.has_bfloat16.cache_clear()
        yield
        bfloat16.has_bfloat16.cache_clear()

    @pytest.mark.parametrize("avx512_bf16", [True, False])
    @pytest.mark.parametrize("amx", [True, False])
    @pytest.mark.parametrize("onednn", [True, False])
    def test_is_asked_by_torch_once(self, monkeypatch, avx512_bf16, amx, onednn):
        asked = []

        def answer(name, value):
            return lambda: asked.append(name) or value

        monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: onednn)
        for name, value in (("avx512_bf16", avx512_bf16), ("amx_tile", amx)):
            monkeypatch.setattr(
                torch.cpu, f"_is_{name}_supported", answer(name, value), raising=False
            )
        for _ in range(2):
            assert bfloat16.has_bfloat16() is (onednn and (avx512_bf16 or amx))
        assert len(asked) == len(set(asked))

    def test_has_none_that_an_older_torch_knows_of(self, monkeypatch):
        for name in ("avx512_bf16", "amx_tile"):
            monkeypatch.delattr(torch.cpu, f"_is_{name}_supported", raising=False)
        assert bfloat16.has_bfloat16() is False


@pytest.mark.parametrize("convert", [True, False])
def test_without_it_nothing_changes_and_that_is_said(say_has_bfloat16, caplog, convert):
    say_has_bfloat16(False)
    scorer = Scorer()
    expected, _, _ = scorer(INPUTS)
    with caplog.at_level(logging.INFO):
        assert compute_in_bfloat16(Model(scorer), convert) is False
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "no bfloat16 (AVX512-BF16 or AMX)" in record.getMessage()
    assert "single precision is used" in record.getMessage()
    assert torch.equal(scorer(INPUTS)[0], expected)
    assert all(parameter.dtype == torch.float32 for parameter in scorer.parameters())
    assert scorer.seen == [[torch.float32, None, {}, torch.float32, None]] * 2


@pytest.mark.parametrize("convert", [True, False])
def test_marked_methods_compute_in_it_and_return_single_precision(scorer, caplog, convert):
    before, mask = INPUTS.clone(), torch.ones(4, dtype=torch.bool)
    single = copy.deepcopy(scorer)
    with caplog.at_level(logging.INFO):
        assert compute_in_bfloat16(Model(scorer, Linear(3, 3)), convert) is True
    assert [record.getMessage() for record in caplog.records] == [
        "The encoders and scorers compute in bfloat16."
    ]
    result, inputs, same = scorer(INPUTS, mask, third=INPUTS, fourth="text", fifth=None)
    ((of_inputs, of_mask, more, of_result, mode),) = scorer.seen
    assert of_inputs == of_result == mode == more["third"].dtype == torch.bfloat16
    assert of_mask is mask is same and more["fourth"] == "text" and more["fifth"] is None
    assert result.dtype == inputs.dtype == torch.float32
    # What is rounded to eight bits is at most the 2^-9th part away.
    torch.testing.assert_close(inputs, INPUTS, rtol=2**-8, atol=0)
    torch.testing.assert_close(result, single(INPUTS)[0], rtol=0.02, atol=0.02)
    assert not torch.equal(result, single(INPUTS)[0])
    assert torch.equal(INPUTS, before) and mixed_precision() is None
    assert scorer.forward.__doc__ == "Of a scorer."


def test_parameters_are_converted_of_marked_modules_alone(scorer):
    other, frozen = Linear(3, 3), torch.nn.Parameter(torch.ones(2, dtype=torch.long), False)
    scorer.register_parameter("counts", frozen)
    compute_in_bfloat16(Model(scorer, other), convert=True)
    assert {p.dtype for p in scorer.layer.parameters()} == {torch.bfloat16}
    assert {p.dtype for p in other.parameters()} == {torch.float32}
    assert scorer.counts.dtype == torch.long


def test_gradients_arrive_at_parameters_in_single_precision(scorer):
    compute_in_bfloat16(Model(scorer))
    inputs = INPUTS.clone().requires_grad_()
    scorer(inputs)[0].sum().backward()
    assert scorer.layer.weight.grad.dtype == inputs.grad.dtype == torch.float32
    expected = INPUTS.sum(dim=0).expand(2, 3)
    torch.testing.assert_close(scorer.layer.weight.grad, expected, rtol=0.02, atol=0.02)


def test_a_copy_is_on_its_own(scorer):
    compute_in_bfloat16(Model(scorer))
    twin = copy.deepcopy(scorer)
    with torch.no_grad():
        twin.layer.weight.zero_()
        twin.layer.bias.fill_(1.0)
    assert torch.equal(twin(INPUTS)[0], torch.ones(4, 2))
    assert len(twin.seen) == 1 and scorer.seen == []
    assert twin.seen[0][0] == torch.bfloat16


def test_an_error_ends_it(scorer):
    compute_in_bfloat16(Model(scorer))
    with pytest.raises(ValueError, match="no"):
        scorer.fail()
    assert mixed_precision() is None


def test_a_model_without_such_parts_is_warned_of(say_has_bfloat16, caplog):
    say_has_bfloat16(True)
    model = Model(Linear(3, 3))
    assert compute_in_bfloat16(model, convert=True) is False
    assert "Model has no encoder or scorer that can compute in bfloat16" in caplog.text
    assert all(parameter.dtype == torch.float32 for parameter in model.parameters())


@pytest.mark.parametrize("has", [True, False])
def test_a_model_elsewhere_is_refused(say_has_bfloat16, has):
    say_has_bfloat16(has)
    with pytest.raises(ConfigurationError, match=r"on the CPU, and this one is on meta.*use_amp"):
        compute_in_bfloat16(Model(Scorer().to("meta")))


def test_mixed_precision_is_what_autocast_says():
    for dtype in (torch.bfloat16, torch.float16) if HAS_HALF else (torch.bfloat16,):
        with torch.autocast("cpu", dtype=dtype):
            assert mixed_precision() == dtype
            with torch.autocast("cpu", enabled=False):
                assert mixed_precision() is None
    assert mixed_precision() is None


# Older versions warn of it and do nothing.
HAS_HALF = hasattr(torch, "get_autocast_dtype")


def test_layers_are_those_of_torch(say_has_bfloat16):
    say_has_bfloat16(True)
    torch.manual_seed(1)
    layers = ScorerLayers(Linear(3, 5), torch.nn.Tanh(), Linear(5, 2))
    expected = torch.nn.Sequential(*layers)(INPUTS)
    assert torch.equal(layers(INPUTS), expected)
    compute_in_bfloat16(layers)
    assert layers(INPUTS).dtype == torch.float32
    torch.testing.assert_close(layers(INPUTS), expected, rtol=0.05, atol=0.02)
    assert not torch.equal(layers(INPUTS), expected)
