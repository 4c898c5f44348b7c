"""The compiled kernels against the tensor recurrences."""

import threading

import pytest
import torch

from spigot_allennlp.nn.eisner import (
    eisner_argmax,
    eisner_argmax_in_tensors,
    eisner_inside,
    reduce_max,
)
from spigot_allennlp.nn.parts import heads_to_arcs


def make_batch(lengths, seed=0, dtype=torch.float64, scale=1.0):
    torch.manual_seed(seed)
    num_nodes = 1 + max(lengths)
    scores = torch.randn(len(lengths), num_nodes, num_nodes, dtype=dtype) * scale
    return scores, torch.tensor(lengths)


def argmax_by_gradient(scores, lengths, single_root):
    """The gradient of the best score is the best tree."""
    variables = scores.double().requires_grad_()
    best = eisner_inside(variables, lengths, single_root, reduce_max).sum()
    return torch.autograd.grad(best, variables)[0]


@pytest.mark.parametrize("single_root", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_argmax_equals_the_gradient_of_the_best_score(single_root, dtype, scale):
    scores, lengths = make_batch([1, 2, 3, 7, 12, 30, 5, 0], dtype=dtype, scale=scale)
    heads = eisner_argmax(scores, lengths, single_root)
    mask = torch.arange(scores.size(1)) <= lengths.unsqueeze(1)
    expected = argmax_by_gradient(scores, lengths, single_root)
    assert torch.equal(heads_to_arcs(heads, mask).double(), expected)


def test_long_sentences():
    scores, lengths = make_batch([500])
    heads = eisner_argmax(scores, lengths, True)[0]
    assert (heads[1:] == 0).sum() == 1
    # A chain is the deepest tree there is.
    chain = torch.full((1, 501, 501), -1.0)
    chain[0, torch.arange(1, 501), torch.arange(500)] = 1.0
    assert eisner_argmax(chain, lengths, True)[0, 1:].tolist() == list(range(500))


def test_threads():
    scores, lengths = make_batch([20] * 16)
    expected = eisner_argmax(scores, lengths, True)
    results = [None] * 8

    def work(index):
        results[index] = eisner_argmax(scores, lengths, True)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(result, expected) for result in results)


def test_scores_with_a_gradient_and_without_order_in_memory():
    scores, lengths = make_batch([6, 4])
    expected = eisner_argmax(scores, lengths, True)
    transposed = scores.transpose(1, 2).contiguous().transpose(1, 2).requires_grad_()
    assert torch.equal(eisner_argmax(transposed, lengths, True), expected)


def test_tensor_operations_give_the_same_trees():
    scores, lengths = make_batch([5, 3, 9])
    expected = eisner_argmax(scores, lengths, True)
    assert torch.equal(eisner_argmax_in_tensors(scores, lengths, True), expected)


@pytest.mark.gpu
@pytest.mark.parametrize("single_root", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_same_on_a_gpu(single_root, dtype):
    scores, lengths = make_batch([40, 12, 1, 0, 25], dtype=dtype)
    expected = eisner_argmax(scores, lengths, single_root)
    heads = eisner_argmax(scores.cuda(), lengths.cuda(), single_root)
    assert heads.is_cuda and torch.equal(heads.cpu(), expected)
