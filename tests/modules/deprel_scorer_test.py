from itertools import product

import torch

from spigot_allennlp.labels import UNKNOWN_LABEL
from spigot_allennlp.modules import DeprelScorer

NUM_DEPRELS = 5
ROOT_LABEL, FIRST, SECOND = 2, 3, 4


def scorer_and_nodes():
    torch.manual_seed(1)
    scorer = DeprelScorer(input_dim=3, num_deprels=NUM_DEPRELS, hidden_dim=4)
    return scorer, torch.randn(2, 4, 3)


def test_the_score_of_an_arc_by_its_formula():
    scorer, encoded = scorer_and_nodes()
    heads = torch.tensor([[0, 2, 0, 1], [0, 0, 1, 2]])
    scores = scorer(encoded, heads)
    for sentence, node in product(range(2), range(4)):
        modifier, head = encoded[sentence, node], encoded[sentence, heads[sentence, node]]
        hidden = scorer._modifier.weight @ modifier + scorer._modifier.bias
        hidden = torch.tanh(hidden + scorer._head.weight @ head)
        expected = scorer.output.weight @ hidden + scorer.output.bias
        torch.testing.assert_close(scores[sentence, node], expected)


def test_all_arcs_are_those_of_each_head():
    scorer, encoded = scorer_and_nodes()
    scorer.seen[ROOT_LABEL, 0] = scorer.seen[FIRST, 1] = 1.0
    scores = scorer.all_legal_scores(encoded)
    assert scores.shape == (2, 4, 4, NUM_DEPRELS)
    for head in range(4):
        of_head = scorer.legal_scores(encoded, torch.full((2, 4), head))
        torch.testing.assert_close(scores[:, :, head], of_head)


def test_labels_of_gold_trees_are_the_legal_ones():
    scorer, encoded = scorer_and_nodes()
    heads = torch.tensor([[0, 2, 0, 2], [0, 0, 1, 0]])
    legal = scorer.legal_scores(encoded, heads) > -torch.inf
    assert legal[..., UNKNOWN_LABEL + 1 :].all() and not legal[..., : UNKNOWN_LABEL + 1].any()
    deprels = torch.tensor([[0, FIRST, ROOT_LABEL, SECOND], [0, ROOT_LABEL, FIRST, 0]])
    # The last word of the second sentence is padding.
    mask = torch.tensor([[True] * 4, [True, True, True, False]])
    scorer.note(heads, deprels, mask)
    legal = scorer.legal_scores(encoded, heads) > -torch.inf
    from_root = heads == 0
    assert (legal[from_root].nonzero()[:, 1] == ROOT_LABEL).all()
    assert legal[~from_root].nonzero()[:, 1].unique().tolist() == [FIRST, SECOND]


def test_labels_that_are_all_unknown_leave_the_known_ones_legal():
    """The vocabulary may have been made from another treebank, with another label for the root."""
    scorer, encoded = scorer_and_nodes()
    heads = torch.tensor([[0, 2, 0, 2]])
    deprels = torch.tensor([[0, FIRST, UNKNOWN_LABEL, SECOND]])
    scorer.note(heads, deprels, torch.ones(1, 4, dtype=torch.bool))
    legal = scorer.legal_scores(encoded[:1], heads) > -torch.inf
    assert legal[0, 2].tolist() == [False, False, True, True, True]
    assert legal[0, 1].tolist() == [False, False, False, True, True]
