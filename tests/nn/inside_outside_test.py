"""
The compiled inside-outside algorithm against automatic differentiation of the tensor recurrences.
"""

import math

import pytest
import torch

from spigot_allennlp.nn import inside_outside
from spigot_allennlp.nn.eisner import eisner_inside, reduce_logsumexp
from spigot_allennlp.structures import ProjectiveTrees

LENGTHS = [1, 2, 3, 7, 12, 20, 5, 0]
both_roots = pytest.mark.parametrize("single_root", [True, False])


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


@both_roots
@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 10.0, 1e3, 1e4])
def test_values_and_both_derivatives(single_root, scale):
    scores, direction, lengths = make_batch(LENGTHS, scale)
    total, expected, product = by_autograd(scores, direction, lengths, single_root)
    log_partition = inside_outside.log_partition(scores, lengths, single_root)
    torch.testing.assert_close(log_partition, total, rtol=1e-14, atol=1e-14)
    (gradient,) = torch.autograd.grad(log_partition.sum(), scores, create_graph=True)
    marginals = inside_outside.marginals(scores, lengths, single_root)
    for result in (gradient, marginals):
        torch.testing.assert_close(result, expected, rtol=1e-10, atol=1e-13)
        (derivative,) = torch.autograd.grad(result, scores, direction, retain_graph=True)
        torch.testing.assert_close(derivative, product, rtol=1e-9, atol=1e-12)


@both_roots
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_derivatives_by_differences(single_root, scale):
    """Also between trees of nearly the same score, where they are not zero."""
    scores, _, lengths = make_batch([4, 2, 3], 1.0)
    scores = (scores.detach() * scale).round().requires_grad_()
    for function in (inside_outside.log_partition, inside_outside.marginals):
        assert torch.autograd.gradcheck(function, (scores, lengths, single_root))


@both_roots
def test_scores_of_every_size_in_a_sentence(single_root):
    """Some arcs decide, some are nearly tied, and some are as good as forbidden."""
    scores, direction, lengths = make_batch([9, 6], 1.0)
    scores = scores.detach()
    scores[:, 3] *= 1e4
    scores[:, 5] -= 1e5
    scores[:, 7, ::2] = -1e30
    scores.requires_grad_()
    total, expected, product = by_autograd(scores, direction, lengths, single_root)
    torch.testing.assert_close(inside_outside.log_partition(scores, lengths, single_root), total)
    marginals = inside_outside.marginals(scores, lengths, single_root)
    # The recurrences lose digits to the large constants, the kernels do not.
    torch.testing.assert_close(marginals, expected, rtol=1e-8, atol=1e-9)
    (derivative,) = torch.autograd.grad(marginals, scores, direction)
    torch.testing.assert_close(derivative, product, rtol=1e-8, atol=1e-9)


@both_roots
def test_a_constant_for_a_word_moves_the_partition_function_alone(single_root):
    scores, _, lengths = make_batch([8, 5], 1.0)
    shifts = torch.tensor([0.0, 1e6, -1e9, 3.5, 0.0, 1e3, 7.0, -1.0, 2.0], dtype=torch.float64)
    shifted = scores + shifts[:, None]
    total = inside_outside.log_partition(scores, lengths, single_root)
    moved = inside_outside.log_partition(shifted, lengths, single_root)
    constants = torch.stack([shifts[1 : n + 1].sum() for n in lengths])
    torch.testing.assert_close(moved, total + constants, rtol=1e-14, atol=0)
    torch.testing.assert_close(
        inside_outside.marginals(shifted, lengths, single_root),
        inside_outside.marginals(scores, lengths, single_root),
        rtol=1e-6,
        atol=1e-6,
    )


def test_numbers_of_trees():
    """With n words and any number of roots there are C(3n, n) / (2n + 1) (ternary trees)."""
    lengths = torch.tensor([1, 5, 40, 200])
    scores = torch.zeros(4, 201, 201, dtype=torch.float64)
    logs = inside_outside.log_partition(scores, lengths, False)
    for n, log_partition in zip(lengths.tolist(), logs.tolist()):
        count = math.lgamma(3 * n + 1) - math.lgamma(n + 1) - math.lgamma(2 * n + 2)
        assert log_partition == pytest.approx(count, rel=1e-12)


@pytest.mark.parametrize("garbage", [float("nan"), float("inf"), -float("inf")])
def test_scores_that_are_not_finite_show_in_their_sentence_alone(garbage):
    scores, direction, lengths = make_batch([4, 4, 4], 1.0)
    broken = scores.detach().clone()
    broken[1, 2, 3] = garbage
    # No arcs: a loop, an arc to ROOT, and one beyond the sentence.
    broken[0, 2, 2] = broken[0, 0, 1] = garbage
    broken.requires_grad_()
    expected = inside_outside.marginals(scores, lengths, True)
    marginals = inside_outside.marginals(broken, lengths, True)
    logs = inside_outside.log_partition(broken, lengths, True)
    (derivative,) = torch.autograd.grad(marginals, broken, direction)
    assert logs.isnan().tolist() == [False, True, False]
    assert marginals[1, 1:].isnan().all() and derivative[1, 1:].isnan().all()
    for b in (0, 2):
        assert torch.equal(marginals[b], expected[b])


def test_single_precision_is_computed_in_double():
    scores, _, lengths = make_batch([20, 9], 300.0)
    single = scores.detach().float()
    for function in (inside_outside.log_partition, inside_outside.marginals):
        result = function(single, lengths, True)
        assert result.dtype == torch.float32
        assert torch.equal(result, function(single.double(), lengths, True).float())


@pytest.mark.parametrize("scale", [3.0, 1e4])
def test_long_sentences(scale):
    scores, direction, lengths = make_batch([150], scale)
    marginals = inside_outside.marginals(scores, lengths, True)
    torch.testing.assert_close(marginals[0, 1:].sum(dim=1), torch.ones(150, dtype=torch.float64))
    (derivative,) = torch.autograd.grad(marginals, scores, direction)
    # The marginals of a word sum to one in every direction.
    torch.testing.assert_close(
        derivative[0, 1:].sum(dim=1), torch.zeros(150, dtype=torch.float64), atol=1e-9, rtol=0
    )


@pytest.mark.gpu
@both_roots
def test_the_same_on_a_gpu(single_root):
    results = []
    for device in ("cpu", "cuda"):
        scores, direction, lengths = (tensor.to(device) for tensor in make_batch(LENGTHS, 1.0))
        scores = scores.detach().requires_grad_()
        mask = torch.arange(scores.size(1), device=device) <= lengths.unsqueeze(1)
        marginals = ProjectiveTrees(single_root).marginals(scores, mask)
        (product,) = torch.autograd.grad(marginals, scores, direction)
        assert product.device.type == device
        results.append((marginals.detach().cpu(), product.cpu()))
    for ours, theirs in zip(*results):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)
