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


@pytest.mark.parametrize("scale", [1e2, 1e5, 1e8])
def test_large_scores_that_nearly_cancel(scale):
    """Of an arc and of its label, in single precision, which tells apart what is near."""
    generator = torch.Generator().manual_seed(1)
    arcs = torch.full((1, 3, 3), scale) + torch.randint(-9, 9, (1, 3, 3), generator=generator) * 8
    labels = -arcs.unsqueeze(-1) + torch.tensor([8.0, 8.0])
    scores = torch.cat([arcs.unsqueeze(-1), labels], dim=-1).float()
    # Of a predicate, whose arcs are worth about as much as it costs.
    scores[..., 0].diagonal(dim1=1, dim2=2).fill_(-8.0)
    mask, legal = torch.ones(1, 3, dtype=torch.bool), torch.ones(2, 3, dtype=torch.bool)
    for function in (log_partition, marginals):
        found, exact = (function(each, mask, legal) for each in (scores, scores.double()))
        assert found.dtype == torch.float32
        torch.testing.assert_close(found.double(), exact, rtol=1e-6, atol=1e-7)
    assert 0.01 < exact[0, 1, 2, 0] < 0.99
