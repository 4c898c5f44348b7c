"""The LSTM over one sentence is torch's."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spigot_allennlp.nn.lstm import lstm_over_sentence

SETTINGS = settings(max_examples=20, deadline=None)


def lstm(input_size, hidden_size, dtype=torch.float64):
    return torch.nn.LSTM(input_size, hidden_size, batch_first=True).to(dtype)


@SETTINGS
@given(
    num_nodes=st.integers(1, 9),
    input_size=st.integers(1, 5),
    hidden_size=st.integers(1, 9),
    scale=st.sampled_from([0.1, 1.0, 100.0]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
    seed=st.integers(0, 100),
)
def test_is_the_lstm_of_torch(num_nodes, input_size, hidden_size, scale, dtype, seed):
    torch.manual_seed(seed)
    layer = lstm(input_size, hidden_size, dtype)
    vectors = (scale * torch.randn(num_nodes, input_size, dtype=dtype)).requires_grad_()
    direction = torch.randn(num_nodes, hidden_size, dtype=dtype)
    before = vectors.detach().clone()
    variables = [vectors, *layer.parameters()]
    ours = lstm_over_sentence(vectors, *layer.all_weights[0])
    theirs = layer(vectors.unsqueeze(0))[0].squeeze(0)
    torch.testing.assert_close(ours, theirs)
    for one, other in zip(
        torch.autograd.grad(ours, variables, direction),
        torch.autograd.grad(theirs, variables, direction),
    ):
        # Sums of a hundred times the size have larger roundings.
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5 * max(1.0, scale))
    assert torch.equal(vectors, before)


def test_gradients():
    torch.manual_seed(1)
    layer = lstm(3, 4)
    vectors = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    weights = [weight.detach().requires_grad_() for weight in layer.all_weights[0]]
    assert torch.autograd.gradcheck(lstm_over_sentence, [vectors, *weights])


def test_strided_vectors_and_weights_that_are_not_trained():
    torch.manual_seed(1)
    layer = lstm(3, 4).requires_grad_(False)
    vectors = torch.randn(3, 6, dtype=torch.float64).t()[::2].requires_grad_()
    ours = lstm_over_sentence(vectors, *layer.all_weights[0])
    theirs = layer(vectors.unsqueeze(0))[0].squeeze(0)
    torch.testing.assert_close(ours, theirs)
    gradients = [torch.autograd.grad(output.sum(), vectors)[0] for output in (ours, theirs)]
    torch.testing.assert_close(*gradients)


def test_numbers_that_are_none_stay():
    layer = lstm(3, 4)
    vectors = torch.zeros(4, 3, dtype=torch.float64)
    vectors[2, 1] = float("nan")
    assert lstm_over_sentence(vectors, *layer.all_weights[0]).isnan().any(dim=1).tolist() == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_left_to_torch(dtype):
    weights = lstm(3, 4, torch.float32).all_weights[0]
    assert lstm_over_sentence(torch.zeros(4, 3, dtype=dtype), *weights) is None


def test_single_precision_under_autocast():
    torch.manual_seed(1)
    weights = lstm(3, 4, torch.float32).all_weights[0]
    vectors = torch.randn(4, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = lstm_over_sentence(vectors, *weights)
    assert torch.equal(hidden, lstm_over_sentence(vectors, *weights))


def test_there_is_no_kernel_without_numba(without_numba):
    weights = lstm(3, 4).all_weights[0]
    vectors = torch.zeros(4, 3, dtype=torch.float64)
    assert without_numba(lambda: lstm_over_sentence(vectors, *weights)) is None
