"""The best trees against enumeration, and against another algorithm."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spigot_allennlp.nn.eisner import eisner_argmax
from spigot_allennlp.structures import NonprojectiveTrees, ProjectiveTrees
from tests.brute_force import all_structures
from tests.structures.numbers_test import INF, both_ways, compute, forbid
from tests.structures.structure_test import inner, make_batch

__all__ = ["compute"]

every_tree = pytest.mark.parametrize(
    "name, structure",
    [
        (name, trees(single_root))
        for name, trees in (
            ("projective_trees", ProjectiveTrees),
            ("nonprojective_trees", NonprojectiveTrees),
        )
        for single_root in (True, False)
    ],
    ids=["projective-1", "projective-n", "nonprojective-1", "nonprojective-n"],
)


def totals(name, structure, scores):
    """The scores of all trees of a sentence without forbidden arcs, in order."""
    trees = torch.from_numpy(
        all_structures(name, scores.size(1) - 1, single_root=structure.single_root)
    )
    allowed = trees[inner(trees, scores[0] == -INF) == 0]
    scores = inner(allowed, scores[0].masked_fill(~scores[0].isfinite(), 0.0))
    return scores.sort(descending=True).values


def assert_trees(structure, best, scores, mask):
    """Distinct trees with the scores that they are said to have, and nothing after the last."""
    k = len(best.scores)
    assert best.arcs.shape == (k, *scores.shape) and best.arcs.dtype == scores.dtype
    for i, count in enumerate(best.counts.tolist()):
        trees, masks = best.arcs[:count, i], mask[i : i + 1].expand(count, -1)
        assert structure.contains(trees, masks).all()
        assert len({tuple(tree.flatten().tolist()) for tree in trees}) == count
        own = inner(trees.double(), scores[i].masked_fill(trees.sum(dim=0) == 0, 0.0).double())
        torch.testing.assert_close(best.scores[:count, i].double(), own, rtol=1e-6, atol=1e-9)
        assert (best.arcs[count:, i] == 0).all() and (best.scores[count:, i] == -INF).all()


@both_ways
@every_tree
@pytest.mark.parametrize("share", [0.0, 0.3])
@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_equal_to_enumeration(name, structure, scale, share, way, compute):
    lengths = [4, 0, 3, 1, 2, 4]
    scores, mask = make_batch(name, lengths, scale=scale)
    scores, _ = forbid(scores, share, seed=0)
    scores = scores.masked_fill(~structure.support(scores, mask), float("nan"))
    best = compute(lambda: structure.top_k(scores, mask, 40))
    assert_trees(structure, best, scores, mask)
    for i, n in enumerate(lengths):
        expected = totals(name, structure, scores[i : i + 1, : n + 1, : n + 1])[:40]
        assert best.counts[i] == len(expected)
        torch.testing.assert_close(best.scores[: len(expected), i], expected, rtol=1e-10, atol=1e-9)


@every_tree
def test_every_tree_of_five_words(name, structure):
    scores, mask = make_batch(name, [5])
    expected = totals(name, structure, scores)
    best = structure.top_k(scores, mask, len(expected) + 3)
    assert_trees(structure, best, scores, mask)
    assert best.counts.item() == len(expected)
    torch.testing.assert_close(best.scores[:-3, 0], expected)


@every_tree
@given(st.integers(1, 4), st.integers(1, 12), st.data())
@settings(max_examples=40)
def test_ties(name, structure, num_words, k, data):
    num_entries = (num_words + 1) ** 2
    entries = data.draw(st.lists(st.integers(-1, 1), min_size=num_entries, max_size=num_entries))
    scores = torch.tensor(entries).double().reshape(1, num_words + 1, num_words + 1)
    mask = torch.ones(1, num_words + 1, dtype=torch.bool)
    best = structure.top_k(scores, mask, k)
    assert_trees(structure, best, scores, mask)
    assert best.scores[: best.counts, 0].tolist() == totals(name, structure, scores)[:k].tolist()


def next_best_by_division(scores, single_root, k):
    """The scores of the k best projective trees, each of which is the best of what is left."""
    allowed = ~torch.eye(len(scores), dtype=torch.bool)
    parts, found = [allowed], []
    best = [None]
    for _ in range(k):
        candidates = []
        for part in parts:
            heads = eisner_argmax(
                scores.masked_fill(~part, -1e6)[None], torch.tensor([len(scores) - 1]), single_root
            )[0]
            words = torch.arange(1, len(scores))
            if part[words, heads[1:]].all():
                candidates.append((scores[words, heads[1:]].sum().item(), heads, part))
        best = max(candidates, key=lambda candidate: candidate[0])
        found.append(best[0])
        parts = [part for _, _, part in candidates if part is not best[2]]
        rest = best[2].clone()
        for word in range(1, len(scores)):
            other = rest.clone()
            other[word, best[1][word]] = False
            parts.append(other)
            rest[word] = False
            rest[word, best[1][word]] = True
    return found


@pytest.mark.parametrize("single_root", [True, False])
def test_longer_sentences_equal_another_algorithm(single_root):
    scores, mask = make_batch("projective_trees", [11])
    best = ProjectiveTrees(single_root).top_k(scores, mask, 12)
    expected = next_best_by_division(scores[0], single_root, 12)
    assert best.scores[:, 0].tolist() == pytest.approx(expected)


@every_tree
def test_long_sentences(name, structure):
    scores, mask = make_batch(name, [40, 23], dtype=torch.float32)
    best = structure.top_k(scores, mask, 64)
    assert_trees(structure, best, scores, mask)
    assert best.counts.tolist() == [64, 64]
    assert (best.scores[1:] <= best.scores[:-1] + 1e-4).all()
    assert torch.equal(best.arcs[0], structure.argmax(scores, mask))


@every_tree
def test_batched_equals_alone_and_arguments_are_left_alone(name, structure):
    lengths = [6, 1, 0, 9]
    scores, mask = make_batch(name, lengths)
    before = scores.clone()
    together = structure.top_k(scores, mask, 7)
    assert torch.equal(scores, before)
    for i, n in enumerate(lengths):
        alone = structure.top_k(scores[i : i + 1, : n + 1, : n + 1], mask[i : i + 1, : n + 1], 7)
        assert torch.equal(together.arcs[:, i, : n + 1, : n + 1], alone.arcs[:, 0])
        torch.testing.assert_close(together.scores[:, i], alone.scores[:, 0])
        assert together.counts[i] == alone.counts[0]
        assert together.arcs[:, i].sum() == alone.arcs.sum()


@every_tree
def test_scores_have_a_gradient(name, structure):
    scores, mask = make_batch(name, [4, 1])
    scores[0, 1, 2] = -INF
    scores.requires_grad_()
    best = structure.top_k(scores, mask, 5)
    assert not best.arcs.requires_grad
    weights = torch.randn(5, 2, dtype=torch.float64)
    found = best.scores.masked_fill(best.scores == -INF, 0.0)
    (gradient,) = torch.autograd.grad((weights * found).sum(), scores)
    torch.testing.assert_close(gradient, torch.einsum("kb,kbmh->bmh", weights, best.arcs))


@every_tree
def test_no_tree_at_all(name, structure):
    scores, mask = make_batch(name, [3, 3])
    scores[1, :, 0] = -INF
    best = structure.top_k(scores, mask, 3)
    assert best.counts.tolist() == [3, 0]
    assert (best.arcs[:, 1] == 0).all() and (best.scores[:, 1] == -INF).all()


@every_tree
def test_what_cannot_be_asked_for(name, structure):
    scores, mask = make_batch(name, [3, 2])
    with pytest.raises(ValueError, match="k must be positive but got 0"):
        structure.top_k(scores, mask, 0)
    assert structure.top_k(scores[:0], mask[:0], 3).arcs.shape == (3, 0, 4, 4)
