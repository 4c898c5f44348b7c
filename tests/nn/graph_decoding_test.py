"""The two ways to decode labeled graphs, and the assignment of labels that occur once."""

import itertools

import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spigot_allennlp.nn.graph_decoding import assign_labels, best_graphs, decode_in_tensors
from spigot_allennlp.nn.kernels.graph import best_graphs as best_graphs_on_cpu


def random_case(lengths, num_labels, seed, scale=1.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    num_nodes = 1 + max(lengths)
    shape = (len(lengths), num_nodes, num_nodes, 1 + num_labels)
    scores = scale * torch.randn(shape, generator=generator, dtype=torch.float64)
    mask = torch.arange(num_nodes) <= torch.tensor(lengths).unsqueeze(1)
    legal = torch.rand(2, 1 + num_labels, generator=generator) < 0.8
    deterministic = torch.rand(1 + num_labels, generator=generator) < 0.5
    return scores.to(dtype), mask, legal, deterministic


@given(
    st.lists(st.integers(0, 8), min_size=1, max_size=4),
    st.integers(1, 20),
    st.integers(0, 10**6),
    st.sampled_from([torch.float32, torch.float64]),
    st.booleans(),
)
def test_the_kernel_and_tensor_operations_agree(lengths, num_labels, seed, dtype, has_ties):
    scores, mask, legal, deterministic = random_case(lengths, num_labels, seed, 3.0, dtype)
    if has_ties:
        scores = scores.round()
    expected = decode_in_tensors(scores, mask, legal, deterministic)
    arrays = scores, mask.sum(dim=1) - 1, legal, deterministic
    results = best_graphs_on_cpu(*(array.numpy() for array in arrays))
    for result, tensor in zip(results, expected):
        assert numpy.array_equal(result, tensor.numpy())


def best_assignment(scores, legal, deterministic):
    best = -numpy.inf
    for labels in itertools.product(range(scores.shape[1]), repeat=len(scores)):
        once = [label for label in labels if label and deterministic[label]]
        if len(once) == len(set(once)) and all(legal[label] for label in labels if label):
            gains = [row[0] + row[label] for row, label in zip(scores, labels) if label]
            best = max(best, sum(gains))
    return best


@given(
    st.integers(1, 4), st.integers(1, 4), st.integers(0, 10**6), st.sampled_from([0, 1, 2, None])
)
def test_assign_labels_is_the_best_of_all(num_arcs, num_labels, seed, decimals):
    rng = numpy.random.default_rng(seed)
    scores = rng.normal(size=(num_arcs, 1 + num_labels)) + 0.5
    if decimals is not None:
        scores = scores.round(decimals)
    legal, deterministic = rng.random((2, 1 + num_labels)) < 0.7
    before = scores.copy()
    labels, gain = assign_labels(scores, legal, deterministic)
    assert numpy.array_equal(scores, before)
    assert gain == pytest.approx(best_assignment(scores, legal, deterministic))
    on = labels > 0
    assert legal[labels[on]].all()
    assert (scores[on, 0] + scores[on, labels[on]]).sum() == pytest.approx(gain)
    once = labels[on & deterministic[labels]].tolist()
    assert len(once) == len(set(once))


def test_overflown_scores_do_not_stop_the_assignment():
    scores = numpy.full((3, 4), numpy.inf)
    scores[2, 1:] = numpy.nan
    with numpy.errstate(invalid="ignore"):
        labels, _ = assign_labels(scores, numpy.ones(4, dtype=bool), numpy.arange(4) > 1)
    assert ((labels >= 0) & (labels < 4)).all()


def test_long_sentences_with_as_many_conflicts_as_predicates():
    scores, mask, legal, _ = random_case([500], 2, seed=0, dtype=torch.float32)
    once = torch.tensor([False, True, True])
    graph, predicates = best_graphs(scores, mask, torch.ones_like(legal), once)
    for label in (1, 2):
        assert (graph == label).sum(dim=1).max() == 1
    assert predicates.all()


@pytest.mark.gpu
@pytest.mark.parametrize("has_deterministic_labels", [False, True])
def test_the_same_on_a_gpu(has_deterministic_labels):
    scores, mask, legal, once = random_case([40, 12, 1, 0], 30, seed=0, dtype=torch.float32)
    arguments = (scores, mask, legal) + ((once,) if has_deterministic_labels else ())
    expected = best_graphs(*arguments)
    for result, tensor in zip(best_graphs(*(argument.cuda() for argument in arguments)), expected):
        assert result.is_cuda and torch.equal(result.cpu(), tensor)
