"""The partition function and the marginals of labeled graphs, against enumeration."""

import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spigot_allennlp.nn.graph_inference import log_partition, marginals
from tests.brute_force import labeled_graphs


def random_case(lengths, num_labels, seed=0, scale=1.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    num_nodes = 1 + max(lengths)
    shape = (len(lengths), num_nodes, num_nodes, 1 + num_labels)
    scores = scale * torch.randn(shape, generator=generator, dtype=torch.float64)
    mask = torch.arange(num_nodes) <= torch.tensor(lengths).unsqueeze(1)
    legal = torch.rand(2, 1 + num_labels, generator=generator) < 0.7
    return scores.to(dtype), mask, legal


@settings(max_examples=40)
@given(st.integers(0, 2), st.integers(1, 3), st.integers(0, 10**6))
def test_equals_enumeration(num_words, num_labels, seed):
    scores, mask, legal = random_case([num_words], num_labels, seed, scale=3.0)
    graphs = labeled_graphs(num_words, num_labels, illegal_labels=~legal.numpy())
    graphs = torch.from_numpy(numpy.stack(list(graphs)))
    totals = (graphs * scores).flatten(1).sum(dim=1)
    expected = totals.logsumexp(dim=0).item()
    assert log_partition(scores, mask, legal).item() == pytest.approx(expected)
    expected = torch.einsum("s,s...->...", totals.softmax(dim=0), graphs)
    torch.testing.assert_close(marginals(scores, mask, legal)[0], expected)


def test_gradients():
    scores, mask, _ = random_case([3, 1, 0], 3)
    # ROOT has no label, and arcs from words have two of three.
    legal = torch.tensor([[True, False, False, False], [True, True, False, True]])
    scores.requires_grad_()
    for function in (log_partition, marginals):
        assert torch.autograd.gradcheck(lambda s, f=function: f(s, mask, legal), scores)
    assert torch.autograd.gradgradcheck(lambda s: log_partition(s, mask, legal), scores)


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_marginals_are_the_gradient_of_log_partition(scale, dtype, tolerance):
    scores, mask, legal = random_case([7, 2], 5, scale=scale, dtype=dtype)
    scores.requires_grad_()
    (gradient,) = torch.autograd.grad(log_partition(scores, mask, legal).sum(), scores)
    expected = marginals(scores, mask, legal)
    assert torch.isfinite(expected).all() and expected.dtype == dtype
    torch.testing.assert_close(gradient, expected, rtol=tolerance, atol=tolerance)
