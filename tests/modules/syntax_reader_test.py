from itertools import product

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.modules import SyntaxReader
from spigot_allennlp.nn.parts import heads_to_arcs

DIM, NUM_DEPRELS, NUM_OUTPUTS = 4, 3, 2

#: ROOT, then five words: 2 is the root, 1 and 4 its children, 3 and 5 those of 4.
HEADS = torch.tensor([[0, 2, 0, 4, 2, 4]])
MASK = torch.ones(1, 6, dtype=torch.bool)

ALL = {"convolutions": 2, "hidden_dim": 5, "pairs": True, "deprels": "hard"}


def reader_of(**options):
    torch.manual_seed(0)
    reader = SyntaxReader(DIM, NUM_DEPRELS, NUM_OUTPUTS, **options).double()
    for parameter in reader.parameters():
        torch.nn.init.normal_(parameter)
    return reader


def sentences(heads=HEADS):
    encoded = torch.randn(*heads.shape, DIM, dtype=torch.float64)
    arcs = heads_to_arcs(heads, torch.ones_like(heads, dtype=torch.bool)).double()
    deprels = torch.rand(*heads.shape, NUM_DEPRELS, dtype=torch.float64)
    return encoded, arcs, deprels * arcs.sum(dim=2, keepdim=True)


def test_without_options_it_is_the_vector_of_the_head():
    reader = SyntaxReader(DIM, NUM_DEPRELS, NUM_OUTPUTS)
    encoded, arcs, _ = sentences()
    expected = torch.cat([encoded, encoded[:, HEADS[0]]], dim=-1)
    expected[:, 0, DIM:] = 0.0
    assert torch.equal(reader(encoded, arcs), expected)
    assert reader.pair_scores(arcs) is None
    assert list(reader.parameters()) == []


def test_pairs_are_told_by_their_relation_in_the_tree():
    reader = reader_of(pairs=True)
    scores = reader.pair_scores(sentences()[1])[0]
    heads = HEADS[0].tolist()

    def head(node):
        return None if node == 0 else heads[node]

    for m, h in product(range(6), repeat=2):
        relations = [
            head(m) == h,
            head(h) == m,
            m > 0 and head(head(m)) == h,
            h > 0 and head(head(h)) == m,
            m > 0 and h > 0 and head(m) == head(h),
        ]
        expected = torch.tensor(relations, dtype=torch.float64) @ reader._relations
        assert torch.allclose(scores[m, h], expected), (m, h)


def test_pairs_read_the_label_of_the_arc():
    reader = reader_of(pairs=True, deprels="hard")
    _, arcs, deprels = sentences()
    labeled = reader.pair_scores(arcs, deprels) - reader.pair_scores(arcs, 0 * deprels)
    up, down = reader._labeled_relations.weight.chunk(2)
    for m, h in product(range(6), repeat=2):
        expected = arcs[0, m, h] * (up @ deprels[0, m]) + arcs[0, h, m] * (down @ deprels[0, h])
        assert torch.allclose(labeled[0, m, h], expected), (m, h)


def test_convolutions_are_over_heads_and_children():
    reader = reader_of(convolutions=1, hidden_dim=5)
    encoded, arcs, _ = sentences()
    layer = reader._layers[0]
    expected = []
    for node in range(6):
        vector = layer._self(encoded[0, node])
        if node > 0:
            vector = vector + layer._head(encoded[0, HEADS[0, node]])
        for child in range(1, 6):
            if HEADS[0, child] == node:
                vector = vector + layer._child(encoded[0, child])
        expected.append(vector.relu())
    assert torch.allclose(reader(encoded, arcs)[0, :, 2 * DIM :], torch.stack(expected))


@pytest.mark.parametrize(
    "options",
    [{}, {"convolutions": 1}, {"pairs": True}, {"deprels": "expected"}, ALL],
    ids=["head", "convolution", "pairs", "deprels", "all"],
)
def test_gradients_to_the_tree_are_exact(options):
    reader = reader_of(**options)
    encoded, _, deprels = sentences()
    # An expected tree, in which no arc is off.
    arcs = torch.rand(1, 6, 6, dtype=torch.float64, requires_grad=True)

    def outputs(arcs):
        pairs = reader.pair_scores(arcs, deprels)
        nodes = reader(encoded, arcs, deprels)
        return nodes if pairs is None else (nodes, pairs)

    assert torch.autograd.gradcheck(outputs, arcs)


def test_dimensions_and_batches():
    reader = reader_of(**ALL)
    heads = torch.cat([HEADS, torch.tensor([[0, 0, 1, 2, 3, 4]])])
    encoded, arcs, deprels = sentences(heads)
    nodes, pairs = reader(encoded, arcs, deprels), reader.pair_scores(arcs, deprels)
    assert nodes.shape == (2, 6, reader.get_output_dim())
    assert pairs.shape == (2, 6, 6, NUM_OUTPUTS)
    for i in range(2):
        one = encoded[i : i + 1], arcs[i : i + 1], deprels[i : i + 1]
        assert torch.allclose(reader(*one)[0], nodes[i])
        assert torch.allclose(reader.pair_scores(*one[1:])[0], pairs[i])


@pytest.mark.parametrize(
    "options, message",
    [({"convolutions": -1}, "must not be negative but got -1"), ({"deprels": "soft"}, "'soft'")],
)
def test_unknown_options(options, message):
    with pytest.raises(ConfigurationError, match=message):
        SyntaxReader(DIM, NUM_DEPRELS, NUM_OUTPUTS, **options)


def test_trees_without_labels(caplog):
    reader = SyntaxReader(DIM, 0, NUM_OUTPUTS, **ALL)
    assert reader.deprels is None and "No tree of the training data has labels" in caplog.text
    encoded, arcs, _ = sentences()
    assert reader(encoded.float(), arcs).shape[-1] == reader.get_output_dim()
    assert reader.pair_scores(arcs).shape == (1, 6, 6, NUM_OUTPUTS)
