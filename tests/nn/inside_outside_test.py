"""
The compiled inside-outside algorithm against automatic differentiation of the tensor recurrences.
"""

import pytest
import torch

from spigot_allennlp.nn import inside_outside
from spigot_allennlp.nn.eisner import eisner_inside, reduce_logsumexp
from spigot_allennlp.nn.inside_outside_kernels import log_partition_and_marginals

LENGTHS = [1, 2, 3, 7, 12, 20, 5, 0]


def make_batch(lengths, scale):
    torch.manual_seed(0)
    num_nodes = 1 + max(lengths)
    scores = torch.randn(len(lengths), num_nodes, num_nodes, dtype=torch.float64) * scale
    return scores.requires_grad_(), torch.randn_like(scores), torch.tensor(lengths)


def by_autograd(scores, direction, lengths, single_root):
    total = eisner_inside(scores, lengths, single_root, reduce_logsumexp)
    (marginals,) = torch.autograd.grad(total.sum(), scores, create_graph=True)
    (product,) = torch.autograd.grad(marginals, scores, direction)
    return total, marginals, product


@pytest.mark.parametrize("single_root", [True, False])
@pytest.mark.parametrize("scale", [0.0, 1.0, 10.0, 1e3, 1e4])
def test_values_and_both_derivatives(single_root, scale):
    """From 1e3 on, most sentences leave the range of the kernels."""
    scores, direction, lengths = make_batch(LENGTHS, scale)
    total, expected, product = by_autograd(scores, direction, lengths, single_root)
    log_partition = inside_outside.log_partition(scores, lengths, single_root)
    torch.testing.assert_close(log_partition, total)
    (gradient,) = torch.autograd.grad(log_partition.sum(), scores, create_graph=True)
    marginals = inside_outside.marginals(scores, lengths, single_root)
    for result in (gradient, marginals):
        torch.testing.assert_close(result, expected, rtol=1e-9, atol=1e-12)
        (derivative,) = torch.autograd.grad(result, scores, direction, retain_graph=True)
        torch.testing.assert_close(derivative, product, rtol=1e-8, atol=1e-9)


def test_the_kernels_say_when_they_are_out_of_range():
    scores, _, lengths = make_batch([20, 20, 20], 1.0)
    scores = scores.detach()
    scores[1] *= 1e4
    *_, failed = log_partition_and_marginals(scores.numpy(), lengths.numpy(), True)
    assert failed.tolist() == [False, True, False]


def test_long_sentences():
    scores, direction, lengths = make_batch([150], 3.0)
    marginals = inside_outside.marginals(scores, lengths, True)
    torch.testing.assert_close(marginals[0, 1:].sum(dim=1), torch.ones(150, dtype=torch.float64))
    (derivative,) = torch.autograd.grad(marginals, scores, direction)
    # The marginals of a word sum to one in every direction.
    torch.testing.assert_close(
        derivative[0, 1:].sum(dim=1), torch.zeros(150, dtype=torch.float64), atol=1e-9, rtol=0
    )
