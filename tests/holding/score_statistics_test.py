"""Statistics of scores by hand, by NumPy and by enumeration; in a batch as alone."""

import numpy
import pytest
import torch

from spigot_allennlp.holding.score_statistics import (
    changed_words,
    cosines,
    head_margins,
    lost_arcs,
    spread,
)
from spigot_allennlp.structures import LabeledGraphs, ProjectiveTrees
from tests.brute_force import NUM_LABELS

MASK = torch.tensor([[True, True, True, True], [True, True, True, False]])


def arcs(scores, sentence):
    """All scores of arcs of a sentence."""
    size = int(MASK[sentence].sum())
    return [scores[sentence, m, h].item() for m in range(1, size) for h in range(size) if m != h]


def test_spread_of_trees():
    scores = torch.randn(2, 4, 4, dtype=torch.float64)
    found = spread(ProjectiveTrees(), scores, MASK)
    for sentence in range(2):
        assert found[sentence].item() == pytest.approx(numpy.std(arcs(scores, sentence)))
    allowed = scores.clone()
    allowed[0, 1, 2] = allowed[0, 3, 0] = -torch.inf
    finite = [x for x in arcs(allowed, 0) if x > -numpy.inf]
    assert len(finite) == 7
    assert spread(ProjectiveTrees(), allowed, MASK)[0].item() == pytest.approx(numpy.std(finite))


def test_spread_of_graphs():
    structure = LabeledGraphs()
    scores = torch.randn(2, 4, 4, 1 + NUM_LABELS, dtype=torch.float64)
    support = structure.support(scores, MASK)
    found = spread(structure, scores, MASK)
    for sentence in range(2):
        values = scores[sentence][support[sentence]].numpy()
        assert found[sentence].item() == pytest.approx(values.std())


def test_margins():
    scores = torch.zeros(2, 4, 4)
    scores[0, 1] = torch.tensor([3.0, 9.0, 1.0, -1.0])
    scores[0, 2] = torch.tensor([0.0, 0.5, 9.0, 1.5])
    scores[0, 3] = torch.tensor([-torch.inf, -torch.inf, 2.0, 9.0])
    scores[1, 1] = torch.tensor([1.0, 9.0, 5.0, 9.0])
    # The third word has one head to choose from.
    assert head_margins(scores, MASK).tolist() == [(2.0 + 1.0) / 2, 4.0 / 2]
    assert head_margins(scores[:, :1, :1], MASK[:, :1]).tolist() == [0.0, 0.0]


def test_changed_words():
    first, second = torch.zeros(2, 4, 4), torch.zeros(2, 4, 4)
    for trees, heads in ((first, (0, 1, 1)), (second, (0, 1, 2))):
        for word, head in enumerate(heads, 1):
            trees[:, word, head] = 1
    # The third word of the second sentence is padding.
    torch.testing.assert_close(changed_words(first, second, MASK), torch.tensor([1 / 3, 0.0]))


def test_changed_words_of_graphs():
    first, second = torch.zeros(2, 4, 4, 3), torch.zeros(2, 4, 4, 3)
    first[0, 1, 2, :2] = 1
    second[0, 1, 2, ::2] = 1
    assert changed_words(first, second, MASK).tolist() == [pytest.approx(1 / 3), 0.0]
    # Whether a node is a predicate is no change of it.
    second[1, 2, 2, 0] = 1
    assert changed_words(first, second, MASK)[1] == 0


def test_lost_arcs():
    gold = torch.zeros(2, 4, 4)
    gold[:, 1, 0] = gold[:, 2, 1] = gold[0, 3, 1] = 1
    allowed = torch.ones(2, 4, 4, dtype=torch.bool)
    allowed[0, 2, 1] = allowed[0, 0, 1] = False
    torch.testing.assert_close(lost_arcs(gold, allowed, MASK), torch.tensor([1 / 3, 0.0]))


def test_cosines():
    first = torch.tensor([[[1.0, 0.0]], [[3.0, 4.0]], [[0.0, 0.0]]])
    second = torch.tensor([[[0.0, 2.0]], [[-6.0, -8.0]], [[1.0, 0.0]]])
    found = cosines(first, second)
    torch.testing.assert_close(found[:2], torch.tensor([0.0, -1.0]))
    assert found[2].isnan()
