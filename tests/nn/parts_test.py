"""Tensors of arcs, and the direction in which they are indexed."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.trees import is_projective
from spigot_allennlp.nn.parts import (
    arcs_to_heads,
    attend_heads,
    flat_positions,
    has_crossing_arcs,
    heads_to_arcs,
    legal_arcs,
    legal_parts,
    take_nodes,
)

# She saw stars: "saw" (2) heads the other two and hangs from ROOT.
HEADS = torch.tensor([[0, 2, 0, 2]])
MASK = torch.ones(1, 4, dtype=torch.bool)
ARCS = torch.tensor([[[0, 0, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]]]).float()


@st.composite
def trees(draw, max_words=9):
    """The heads of a tree, projective or not: words hang from ROOT or from words drawn before."""
    num_words = draw(st.integers(1, max_words))
    order = draw(st.permutations(range(1, num_words + 1)))
    heads = [0] * num_words
    for position, word in enumerate(order):
        heads[word - 1] = draw(st.sampled_from([0, *order[:position]]))
    return heads


def padded(batch, padding=0):
    """A batch of trees as `(batch_size, num_nodes)` heads and mask."""
    num_nodes = 2 + max(len(heads) for heads in batch)
    heads = torch.full((len(batch), num_nodes), padding)
    mask = torch.zeros(len(batch), num_nodes, dtype=torch.bool)
    for i, tree in enumerate(batch):
        heads[i, 1 : len(tree) + 1] = torch.tensor(tree)
        mask[i, : len(tree) + 1] = True
    return heads, mask


def test_legal_arcs():
    mask = torch.tensor([[True] * 4, [True, True, False, False], [True, False, False, False]])
    legal = legal_arcs(mask)
    for i, length in enumerate([4, 2, 1]):
        for modifier in range(4):
            for head in range(4):
                expected = 0 < modifier < length and head < length and modifier != head
                assert legal[i, modifier, head] == expected, (i, modifier, head)


def test_legal_arcs_leave_the_mask_alone():
    mask = torch.ones(2, 3, dtype=torch.bool)
    legal_arcs(mask)
    assert mask.all()


def test_legal_parts_broadcast_over_labels():
    mask = torch.tensor([[True, True, True, False]])
    scores = torch.zeros(1, 4, 4, 5)
    legal = legal_parts(mask, scores)
    assert legal.shape == (1, 4, 4, 1)
    expected = legal_arcs(mask).unsqueeze(-1).expand_as(scores)
    assert torch.equal(legal.expand_as(scores), expected)
    assert torch.equal(legal_parts(mask, scores[..., 0]), legal_arcs(mask))


def test_arcs_are_indexed_by_modifier_and_then_head():
    assert torch.equal(heads_to_arcs(HEADS, MASK), ARCS)
    assert torch.equal(arcs_to_heads(ARCS), HEADS)
    # The other direction is another tree.
    assert not torch.equal(arcs_to_heads(ARCS.transpose(1, 2)), HEADS)


def test_heads_of_root_and_of_padding_are_ignored():
    heads = torch.tensor([[3, 2, 0, 2, 1, 4]])
    mask = torch.tensor([[True] * 4 + [False] * 2])
    before = heads.clone()
    arcs = heads_to_arcs(heads, mask)
    assert torch.equal(arcs[:, :4, :4], ARCS)
    assert arcs.sum() == 3
    assert torch.equal(heads, before)


@given(st.lists(trees(), min_size=1, max_size=4))
def test_heads_come_back_from_arcs(batch):
    heads, mask = padded(batch)
    arcs = heads_to_arcs(heads, mask)
    assert torch.equal(arcs_to_heads(arcs), heads)
    assert torch.equal(arcs.sum(dim=2)[:, 1:], mask[:, 1:].float())


def test_attend_heads_gives_each_word_the_vector_of_its_head():
    root, saw = torch.tensor([1.0, 0.0, 0.5]), torch.tensor([3.0, 1.0, 4.0])
    she, stars = torch.tensor([0.0, 2.0, 0.0]), torch.tensor([0.0, 0.0, -1.0])
    attended = attend_heads(ARCS, torch.stack([root, she, saw, stars]).unsqueeze(0))[0]
    assert torch.equal(attended, torch.stack([torch.zeros(3), saw, root, saw]))


def test_attend_heads_takes_an_expectation():
    arcs = torch.zeros(1, 3, 3)
    arcs[0, 1] = torch.tensor([0.25, 0.0, 0.75])
    encoded = torch.tensor([[[4.0], [100.0], [8.0]]])
    assert attend_heads(arcs, encoded)[0, 1].item() == 7.0


def test_attend_heads_sends_a_gradient_to_arcs_that_are_off():
    arcs = ARCS.double().requires_grad_()
    encoded = torch.randn(1, 4, 3, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    incoming = torch.arange(12.0, dtype=torch.double).view(1, 4, 3)
    (gradient,) = torch.autograd.grad(attend_heads(arcs, encoded), arcs, incoming)
    for modifier in range(4):
        for head in range(4):
            expected = incoming[0, modifier] @ encoded[0, head]
            assert gradient[0, modifier, head].item() == pytest.approx(expected.item())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_attend_heads_has_the_dtype_of_the_vectors(dtype):
    assert attend_heads(ARCS, torch.ones(1, 4, 2, dtype=dtype)).dtype == dtype


@pytest.mark.parametrize(
    "heads, crosses",
    [
        ([2, 0, 2], False),
        ([3, 4, 0, 3], True),
        # ROOT stands left of the first word: the arc to word 2 is crossed by 3 -> 1.
        ([3, 0, 2], True),
        ([0, 1, 2, 3], False),
        ([2, 3, 4, 0], False),
        # Arcs that share an end do not cross, nor do those that lie inside each other.
        ([0, 1, 1, 1], False),
        ([0], False),
    ],
)
def test_crossing_arcs_of_known_trees(heads, crosses):
    assert has_crossing_arcs(*padded([heads])).item() == crosses


@given(st.lists(trees(), min_size=1, max_size=5), st.integers(0, 2))
def test_crossing_arcs_are_what_makes_a_tree_nonprojective(batch, padding):
    heads, mask = padded(batch, padding)
    expected = [not is_projective(tree) for tree in batch]
    assert has_crossing_arcs(heads, mask).tolist() == expected


def test_taken_nodes_are_those_of_their_own_sentence_and_get_all_their_gradients():
    vectors = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    nodes = torch.tensor([[2, 0, 2], [1, 1, 1]])
    taken = take_nodes(vectors, flat_positions(nodes))
    expected = torch.stack([vectors[i, nodes[i]] for i in range(2)])
    assert torch.equal(taken, expected)
    weights = torch.randn(2, 3, 4, dtype=torch.float64)
    gradients = [torch.autograd.grad((weights * x).sum(), vectors)[0] for x in (taken, expected)]
    torch.testing.assert_close(*gradients)


def test_no_nodes_are_taken_of_an_empty_batch():
    vectors, nodes = torch.zeros(0, 3, 4), torch.zeros(0, 3, dtype=torch.long)
    assert take_nodes(vectors, flat_positions(nodes)).shape == (0, 3, 4)
