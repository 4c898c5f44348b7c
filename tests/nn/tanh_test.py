"""The hyperbolic tangent is torch's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spigot_allennlp.nn.tanh import tanh, tanh_of_sums

SETTINGS = settings(max_examples=50, deadline=None)
DTYPES = (torch.float32, torch.float64)


@SETTINGS
@given(
    values=st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=20),
    scale=st.sampled_from([1.0, 1e-3, 1e-30]),
    dtype=st.sampled_from(DTYPES),
)
def test_is_that_of_torch_to_the_last_places(values, scale, dtype):
    values = scale * torch.tensor(values, dtype=dtype)
    before = values.clone()
    found = tanh(values)
    exact = torch.tanh(values.double())
    # Numbers next to zero have fewer places.
    error = 4 * torch.finfo(dtype).eps * exact.abs() + torch.finfo(dtype).tiny
    assert ((found.double() - exact).abs() <= error).all()
    assert found.dtype == dtype
    assert torch.equal(values, before)


@pytest.mark.parametrize("dtype", DTYPES)
def test_large_values_and_numbers_that_are_none(dtype):
    inf = float("inf")
    values = torch.tensor([100.0, -100.0, inf, -inf, 0.0, float("nan")], dtype=dtype)
    assert tanh(values)[:5].tolist() == [1.0, -1.0, 1.0, -1.0, 0.0]
    assert tanh(values)[5].isnan()


@SETTINGS
@given(
    batch_size=st.integers(0, 3),
    num_nodes=st.integers(1, 5),
    size=st.integers(1, 20),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 100),
)
def test_sums_of_all_pairs(batch_size, num_nodes, size, dtype, seed):
    torch.manual_seed(seed)
    shape = (batch_size, num_nodes, size)
    modifiers, heads = torch.randn(2, *shape, dtype=dtype).requires_grad_().unbind()
    found = tanh_of_sums(modifiers, heads)
    expected = torch.tanh(modifiers.unsqueeze(2) + heads.unsqueeze(1))
    torch.testing.assert_close(found, expected)
    direction = torch.randn_like(found)
    for one, other in zip(
        torch.autograd.grad(found, (modifiers, heads), direction),
        torch.autograd.grad(expected, (modifiers, heads), direction),
    ):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def test_gradients():
    torch.manual_seed(1)
    modifiers, heads = torch.randn(2, 2, 3, 4, dtype=torch.float64).requires_grad_().unbind()
    assert torch.autograd.gradcheck(tanh_of_sums, (modifiers, heads))
    assert torch.autograd.gradcheck(tanh, modifiers)


def test_strided_values():
    torch.manual_seed(1)
    values = torch.randn(2, 6, 4).transpose(1, 2)[:, ::2]
    torch.testing.assert_close(tanh(values), torch.tanh(values))
    expected = torch.tanh(values.unsqueeze(2) + values.unsqueeze(1))
    torch.testing.assert_close(tanh_of_sums(values, values), expected)


def test_half_precision_is_left_to_torch():
    values = torch.randn(2, 3, 4).bfloat16()
    assert torch.equal(tanh(values), torch.tanh(values))
    assert tanh_of_sums(values, values).dtype == torch.bfloat16
