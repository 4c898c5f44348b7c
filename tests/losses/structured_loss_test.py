"""Losses against enumeration of all structures."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.losses import Hinge, LogLikelihood, StructuredLoss
from spigot_allennlp.structures import LabeledGraphs, ProjectiveTrees
from tests.brute_force import NUM_LABELS, all_structures

# (name, structure, options of the enumeration, sentence lengths)
STRUCTURES = [
    ("projective_trees", ProjectiveTrees(single_root=True), {"single_root": True}, [4, 2, 1]),
    ("projective_trees", ProjectiveTrees(single_root=False), {"single_root": False}, [4, 2, 1]),
    ("labeled_graphs", LabeledGraphs(), {}, [2, 1, 2]),
]
IDS = ["trees with one root", "trees with several roots", "graphs"]
COSTS = [(0.5, 0.5), (0.4, 0.6), (2.0, 0.1), (0.0, 1.5), (0.0, 0.0)]

every_structure = pytest.mark.parametrize("name, structure, options, lengths", STRUCTURES, ids=IDS)
every_loss = pytest.mark.parametrize("loss", [Hinge(0.4, 0.6), LogLikelihood()], ids=["h", "ll"])


class Case:
    """Sentences with random scores and gold structures, and all the structures that they have."""

    def __init__(self, name, options, lengths, seed, scale=1.0):
        generator = torch.Generator().manual_seed(seed)
        num_nodes = 1 + max(lengths)
        part = (1 + NUM_LABELS,) if name == "labeled_graphs" else ()
        shape = (len(lengths), num_nodes, num_nodes, *part)
        self.scores = scale * torch.randn(shape, dtype=torch.double, generator=generator)
        self.mask = torch.arange(num_nodes) <= torch.tensor(lengths).unsqueeze(1)
        self.gold = torch.zeros_like(self.scores)
        self.structures = [
            torch.from_numpy(all_structures(name, length, **options)) for length in lengths
        ]
        for i, (length, structures) in enumerate(zip(lengths, self.structures)):
            index = torch.randint(len(structures), (1,), generator=generator).item()
            self.gold[i, : length + 1, : length + 1] = structures[index]
        self.lengths = lengths

    def sentences(self):
        """Scores, gold and all structures of each sentence, without padding."""
        for i, (length, structures) in enumerate(zip(self.lengths, self.structures)):
            sentence = i, slice(length + 1), slice(length + 1)
            yield self.scores[sentence], self.gold[sentence], structures


def total(structures, scores):
    return (structures * scores).flatten(1).sum(dim=1)


def counted(parts):
    """Where a wrong decision costs: all arcs of a tree, the labeled arcs of a graph."""
    if parts.dim() == 3:
        return parts
    return parts[..., 1:]


def hinge_by_enumeration(scores, gold, structures, false_positive_cost, false_negative_cost):
    false_positives = counted(structures * (1 - gold)).flatten(1).sum(dim=1)
    false_negatives = counted((1 - structures) * gold).flatten(1).sum(dim=1)
    costs = false_positive_cost * false_positives + false_negative_cost * false_negatives
    return (total(structures, scores) - (gold * scores).sum() + costs).max()


@every_structure
@pytest.mark.parametrize("costs", COSTS, ids=str)
def test_hinge_is_the_worst_margin_violation(name, structure, options, lengths, costs):
    for seed in range(5):
        case = Case(name, options, lengths, seed)
        losses = Hinge(*costs)(structure, case.scores, case.mask, case.gold)
        expected = [hinge_by_enumeration(*sentence, *costs) for sentence in case.sentences()]
        torch.testing.assert_close(losses, torch.stack(expected))
        assert (losses >= 0).all()


@every_structure
def test_log_likelihood_is_that_of_the_gibbs_distribution(name, structure, options, lengths):
    for seed in range(5):
        case = Case(name, options, lengths, seed, scale=3.0)
        losses = LogLikelihood()(structure, case.scores, case.mask, case.gold)
        for loss, (scores, gold, structures) in zip(losses, case.sentences()):
            probabilities = total(structures, scores).softmax(dim=0)
            is_gold = (structures == gold).flatten(1).all(dim=1)
            assert is_gold.sum() == 1
            assert loss.exp().item() == pytest.approx(1 / probabilities[is_gold].item())
        assert (losses >= 0).all()


@every_structure
@pytest.mark.parametrize("costs", COSTS[:3], ids=str)
def test_hinge_is_zero_if_and_only_if_the_margin_is_met(name, structure, options, lengths, costs):
    case = Case(name, options, lengths, seed=3)
    # Every part on the right side of 0 by more than any part can cost.
    margin = max(costs) + 0.1
    separating = margin * (2 * case.gold - 1)
    hinge = Hinge(*costs)
    assert (hinge(structure, separating, case.mask, case.gold) == 0).all()
    # Without any margin the gold structure is one of many best ones.
    level = torch.zeros_like(separating)
    has_a_choice = torch.tensor([len(structures) > 1 for structures in case.structures])
    losses = hinge(structure, level, case.mask, case.gold)
    assert torch.equal(losses > 0, has_a_choice)


@every_structure
def test_log_likelihood_goes_to_zero_with_the_margin(name, structure, options, lengths):
    case = Case(name, options, lengths, seed=3)
    losses = LogLikelihood()(structure, 100 * (2 * case.gold - 1), case.mask, case.gold)
    torch.testing.assert_close(losses, torch.zeros_like(losses), rtol=0, atol=1e-12)


@every_structure
def test_the_gradient_of_hinge_is_the_worst_structure_minus_gold(name, structure, options, lengths):
    case = Case(name, options, lengths, seed=1)
    scores = case.scores.requires_grad_()
    losses = Hinge(0.4, 0.6)(structure, scores, case.mask, case.gold)
    (gradient,) = torch.autograd.grad(losses.sum(), scores)
    assert structure.contains(gradient + case.gold, case.mask).all()
    assert (gradient.flatten(1).abs().sum(dim=1) > 0).any()


@every_structure
def test_the_gradient_of_log_likelihood_is_marginals_minus_gold(name, structure, options, lengths):
    case = Case(name, options, lengths, seed=1)
    marginals = structure.marginals(case.scores, case.mask)
    scores = case.scores.requires_grad_()
    losses = LogLikelihood()(structure, scores, case.mask, case.gold)
    (gradient,) = torch.autograd.grad(losses.sum(), scores)
    torch.testing.assert_close(gradient, marginals - case.gold)


@every_structure
@every_loss
def test_gradcheck(name, structure, options, lengths, loss):
    case = Case(name, options, lengths, seed=2)
    scores = case.scores.requires_grad_()
    assert torch.autograd.gradcheck(lambda s: loss(structure, s, case.mask, case.gold), scores)


@every_structure
@every_loss
def test_batched_equals_alone(name, structure, options, lengths, loss):
    case = Case(name, options, lengths, seed=4)
    together = loss(structure, case.scores, case.mask, case.gold)
    for i, (scores, gold, _) in enumerate(case.sentences()):
        mask = torch.ones(1, lengths[i] + 1, dtype=torch.bool)
        alone = loss(structure, scores.unsqueeze(0), mask, gold.unsqueeze(0))
        torch.testing.assert_close(together[i], alone[0])


@every_structure
@every_loss
def test_scores_of_what_is_no_part_do_not_matter(name, structure, options, lengths, loss):
    case = Case(name, options, lengths, seed=5)
    support = structure.support(case.scores, case.mask).expand_as(case.scores)
    garbage = case.scores.masked_fill(~support, 1e6).requires_grad_()
    losses = loss(structure, garbage, case.mask, case.gold)
    torch.testing.assert_close(losses, loss(structure, case.scores, case.mask, case.gold))
    (gradient,) = torch.autograd.grad(losses.sum(), garbage)
    assert (gradient[~support] == 0).all()


@every_structure
@every_loss
def test_arguments_are_left_alone(name, structure, options, lengths, loss):
    case = Case(name, options, lengths, seed=6)
    before = case.scores.clone(), case.mask.clone(), case.gold.clone()
    loss(structure, case.scores, case.mask, case.gold)
    for old, new in zip(before, (case.scores, case.mask, case.gold)):
        assert torch.equal(old, new)


@pytest.mark.parametrize("costs", [(-0.1, 0.5), (0.5, -1.0)])
def test_costs_must_not_be_negative(costs):
    with pytest.raises(ConfigurationError, match=f"{costs[0]}.*{costs[1]}"):
        Hinge(*costs)


def test_from_params():
    assert set(StructuredLoss.list_available()) == {"hinge", "log_likelihood"}
    hinge = StructuredLoss.from_params(
        Params({"type": "hinge", "false_positive_cost": 0.4, "false_negative_cost": 0.6})
    )
    assert (hinge.false_positive_cost, hinge.false_negative_cost) == (0.4, 0.6)
    assert isinstance(StructuredLoss.from_params(Params({})), LogLikelihood)
