"""Graphs as label indices and as parts, and the map onto consistent parts."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spigot_allennlp.nn.labeled_arcs import (
    graph_to_parts,
    most_per_predicate,
    parts_to_graph,
    with_given_predicates,
)
from spigot_allennlp.structures import LabeledGraphs
from tests.brute_force import NUM_LABELS, all_structures


@st.composite
def graphs(draw, max_labels=70):
    """A batch of graphs without loops and arcs to ROOT, and the size of the part axis."""
    batch_size, num_nodes = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    num_labels = draw(st.integers(1, max_labels))
    seed, density = draw(st.integers(0, 10**6)), draw(st.sampled_from([0.0, 0.2, 1.0]))
    generator = torch.Generator().manual_seed(seed)
    shape = (batch_size, num_nodes, num_nodes)
    graph = torch.randint(1, num_labels + 1, shape, generator=generator)
    graph *= torch.rand(shape, generator=generator) < density
    graph[:, 0] = 0
    graph.diagonal(dim1=1, dim2=2).zero_()
    return graph, num_labels + 1


def test_parts_of_a_known_graph():
    graph = torch.zeros(1, 3, 3, dtype=torch.long)
    graph[0, 2, 0], graph[0, 1, 2] = 1, 3
    parts = graph_to_parts(graph, 4)
    on = {tuple(index) for index in parts.nonzero().tolist()}
    # Arcs, their labels, and the two predicates on the diagonal, ROOT one of them.
    arcs, labels = {(0, 2, 0, 0), (0, 1, 2, 0)}, {(0, 2, 0, 1), (0, 1, 2, 3)}
    assert on == arcs | labels | {(0, 0, 0, 0), (0, 2, 2, 0)}


@given(graphs())
def test_graphs_come_back_from_their_parts(case):
    graph, num_parts = case
    before = graph.clone()
    parts = graph_to_parts(graph, num_parts)
    assert parts.shape == (*graph.shape, num_parts)
    assert torch.equal(parts_to_graph(parts), graph)
    assert torch.equal(graph, before)


@given(graphs(max_labels=4))
def test_parts_by_definition(case):
    graph, num_parts = case
    parts = graph_to_parts(graph, num_parts)
    batch_size, num_nodes, _ = graph.shape
    for b in range(batch_size):
        for m in range(num_nodes):
            for h in range(num_nodes):
                is_arc = bool(graph[b, m, h])
                is_predicate = m == h and bool(graph[b, :, h].any())
                assert parts[b, m, h, 0] == (is_arc or is_predicate)
                for label in range(1, num_parts):
                    assert parts[b, m, h, label] == (graph[b, m, h] == label)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_parts_come_back_from_the_graph_of_every_structure(dtype):
    structures = torch.from_numpy(all_structures("labeled_graphs", 2)).to(dtype)
    graph = parts_to_graph(structures)
    assert graph.dtype == torch.long
    back = graph_to_parts(graph, 1 + NUM_LABELS).to(dtype)
    # A predicate without arcs does not show in a graph.
    has_arcs = torch.diag_embed(graph.bool().any(dim=1)).to(dtype)
    structures[..., 0] *= 1 - torch.eye(3).to(dtype) * (1 - has_arcs)
    assert torch.equal(back, structures)


def test_parts_to_graph_does_not_need_a_gradient():
    parts = graph_to_parts(torch.zeros(1, 2, 2, dtype=torch.long), 3).requires_grad_()
    assert not parts_to_graph(parts).requires_grad


def test_most_per_predicate():
    graph = torch.zeros(2, 4, 4, dtype=torch.long)
    # Of the second sentence's word 2 two arcs with label 1, and of its word 1 one with label 2.
    graph[1, 1, 2] = graph[1, 3, 2] = 1
    graph[1, 3, 1] = 2
    # In another direction: one word with two heads.
    graph[0, 1, 2] = graph[0, 1, 3] = 3
    assert most_per_predicate(graph, 5)[1:].tolist() == [2, 1, 1, 0]


@given(st.integers(0, 10**6), st.integers(0, 3), st.sampled_from([0.1, 1.0, 10.0]))
def test_given_predicates_leave_the_graphs_that_have_them(seed, choice, size):
    """By enumeration of all graphs of two words; ROOT is a predicate or not as before."""
    generator = torch.Generator().manual_seed(seed)
    scores = size * torch.randn(1, 3, 3, 1 + NUM_LABELS, generator=generator, dtype=torch.float64)
    before, mask = scores.clone(), torch.ones(1, 3, dtype=torch.bool)
    # What is said of ROOT does not matter.
    predicates = torch.tensor([[seed % 2 == 0, choice % 2 == 1, choice > 1]])
    graphs = torch.from_numpy(all_structures("labeled_graphs", 2))
    own = graphs[..., 0].diagonal(dim1=1, dim2=2)[:, 1:].bool()
    graphs = graphs[(own == predicates[0, 1:]).all(dim=1)]
    # The score of a word that is a predicate in all of them is left out.
    arcs = graphs.clone()
    for word in (1, 2):
        arcs[:, word, word] = 0.0
    values = (arcs * scores).flatten(1).sum(dim=1)

    structure = LabeledGraphs()
    restricted = with_given_predicates(scores, predicates)
    assert torch.equal(scores, before)
    certain = 30.0 * predicates[0, 1:].sum()
    log_partition = structure.log_partition(restricted, mask) - certain
    # Torch's softplus is a straight line from 20 on.
    torch.testing.assert_close(log_partition[0], values.logsumexp(dim=0), rtol=0, atol=1e-8)
    expected = (graphs * values.softmax(dim=0).view(-1, 1, 1, 1)).sum(dim=0)
    torch.testing.assert_close(
        structure.marginals(restricted, mask)[0], expected, rtol=0, atol=1e-8
    )
    assert torch.equal(structure.argmax(restricted, mask)[0], graphs[values.argmax()])
