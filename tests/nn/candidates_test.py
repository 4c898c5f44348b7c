"""Candidates against posteriors by enumeration."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spigot_allennlp.common import ConfigurationError
from spigot_allennlp.nn.candidates import graph_candidates, tree_candidates
from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees
from tests.brute_force import NUM_LABELS, all_structures

TREES = {"projective_trees": ProjectiveTrees, "nonprojective_trees": NonprojectiveTrees}


def posteriors(name, scores, **options):
    """The probability of every part of one sentence, and the best structure."""
    structures = torch.from_numpy(all_structures(name, scores.size(0) - 1, **options))
    totals = (structures * scores).flatten(1).sum(dim=1)
    marginals = torch.einsum("s,s...->...", totals.softmax(dim=0), structures)
    return marginals, structures[totals.argmax()], structures


@pytest.mark.parametrize("name", TREES)
@given(
    seed=st.integers(0, 10**6),
    max_heads=st.integers(1, 5),
    ratio=st.sampled_from([0.0, 1e-4, 0.05, 0.5, 1.0]),
    scale=st.sampled_from([0.3, 3.0]),
)
def test_of_trees(name, seed, max_heads, ratio, scale):
    torch.manual_seed(seed)
    scores = torch.randn(1, 5, 5, dtype=torch.float64) * scale
    mask = torch.ones(1, 5, dtype=torch.bool)
    structure = TREES[name]()
    marginals, best, structures = posteriors(name, scores[0], single_root=True)
    kept = tree_candidates(
        structure.marginals(scores, mask), structure.argmax(scores, mask), max_heads, ratio
    )[0]
    for word in range(1, 5):
        heads = [h for h in range(5) if h != word and kept[word, h]]
        others = sorted(
            (h for h in range(5) if h != word and not best[word, h]),
            key=lambda h: -marginals[word, h],
        )
        limit = ratio * marginals[word].max()
        expected = [int(best[word].argmax())]
        expected += [h for h in others if marginals[word, h] >= limit - 1e-12][: max_heads - 1]
        assert sorted(heads) == sorted(expected)
        assert len(heads) <= max_heads
    # At least the best tree is left.
    assert (structures * ~kept).flatten(1).sum(dim=1).eq(0).any()


@given(
    seed=st.integers(0, 10**6),
    max_heads=st.integers(1, 3),
    limit=st.sampled_from([0.0, 0.05, 0.3, 0.9]),
)
def test_of_labeled_graphs(seed, max_heads, limit):
    torch.manual_seed(seed)
    scores = 2 * torch.randn(1, 3, 3, 1 + NUM_LABELS, dtype=torch.float64)
    mask = torch.ones(1, 3, dtype=torch.bool)
    marginals, best, _ = posteriors("labeled_graphs", scores[0])
    structure = LabeledGraphs()
    kept = graph_candidates(
        structure.marginals(scores, mask), structure.argmax(scores, mask), max_heads, limit
    )[0]
    for word in range(3):
        assert kept[word, word, 0], "a predicate"
    for word in (1, 2):
        order = sorted(
            (h for h in range(3) if h != word),
            key=lambda h: (-best[word, h, 0], -marginals[word, h, 0]),
        )
        for rank, head in enumerate(order):
            own = marginals[word, head]
            likely = rank < max_heads and own[0] >= limit
            is_kept = bool(likely or best[word, head, 0])
            assert kept[word, head, 0] == is_kept
            for label in range(1, 1 + NUM_LABELS):
                likely = is_kept and own[label] >= limit * own[1:].max() - 1e-12
                assert kept[word, head, label] == bool(likely or best[word, head, label])


@pytest.mark.parametrize("candidates", [tree_candidates, graph_candidates])
@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ((0, 0.1), "max_heads must be at least 1 but is 0"),
        ((1, -0.1), r"min_posterior must be in \[0, 1\] but is -0.1"),
        ((1, 1.5), r"min_posterior must be in \[0, 1\] but is 1.5"),
        ((1, float("nan")), r"min_posterior must be in \[0, 1\] but is nan"),
    ],
)
def test_limits(candidates, limits, message):
    with pytest.raises(ConfigurationError, match=message):
        candidates(torch.zeros(1, 2, 2, 2), torch.zeros(1, 2, 2, 2), *limits)


def test_a_batch_and_its_padding():
    structure = ProjectiveTrees()
    scores = torch.randn(2, 6, 6)
    mask = torch.arange(6) <= torch.tensor([[5], [2]])
    kept = tree_candidates(
        structure.marginals(scores, mask), structure.argmax(scores, mask), 2, 0.01
    )
    alone = tree_candidates(
        structure.marginals(scores[1:, :3, :3], mask[1:, :3]),
        structure.argmax(scores[1:, :3, :3], mask[1:, :3]),
        2,
        0.01,
    )
    assert torch.equal(kept[1:, 1:3, :3], alone[:, 1:])
