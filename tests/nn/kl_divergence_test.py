"""The divergence against enumeration, and its gradient against marginals."""

import pytest
import torch

from spigot_allennlp.nn.kl_divergence import kl_divergence
from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees
from tests.brute_force import NUM_LABELS, all_structures

CASES = {
    "projective_trees": (ProjectiveTrees(), {"single_root": True}, ()),
    "nonprojective_trees": (NonprojectiveTrees(False), {"single_root": False}, ()),
    "labeled_graphs": (LabeledGraphs(), {}, (1 + NUM_LABELS,)),
}
every_structure = pytest.mark.parametrize("name", CASES)


def batch(name, scale=1.0):
    *_, part = CASES[name]
    torch.manual_seed(3)
    shape = (2, 3, 3, *part)
    first, second = (torch.randn(shape, dtype=torch.float64) * scale for _ in range(2))
    mask = torch.tensor([[True, True, True], [True, True, False]])
    return first, second.requires_grad_(), mask


def by_enumeration(name, first, second):
    """Of one sentence without padding."""
    _, options, _ = CASES[name]
    structures = torch.from_numpy(all_structures(name, first.size(0) - 1, **options))
    first, second = (
        torch.stack([scores[s > 0].sum() for s in structures]).log_softmax(dim=0)
        for scores in (first, second)
    )
    possible = first > -torch.inf
    return (first.exp() * (first - second))[possible].sum()


@every_structure
@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_equals_enumeration(name, scale):
    first, second, mask = batch(name, scale)
    found = kl_divergence(CASES[name][0], first, second, mask)
    for i, n in enumerate((3, 2)):
        expected = by_enumeration(name, first[i, :n, :n], second.detach()[i, :n, :n])
        assert found[i].item() == pytest.approx(expected.item(), rel=1e-9, abs=1e-9)


@every_structure
def test_of_a_distribution_from_itself_is_zero(name):
    first, _, mask = batch(name)
    shifted = first.clone()
    if name != "labeled_graphs":
        # Every word has one head, so that a number for all its heads changes nothing.
        shifted[:, 1:] += 5.0
    torch.testing.assert_close(
        kl_divergence(CASES[name][0], first, shifted, mask), torch.zeros(2, dtype=torch.float64)
    )


@every_structure
def test_the_gradient_is_the_difference_of_marginals(name):
    structure = CASES[name][0]
    first, second, mask = batch(name)
    first.requires_grad_()
    weights = torch.tensor([2.0, 0.5], dtype=torch.float64)
    (kl_divergence(structure, first, second, mask) * weights).sum().backward()
    expected = structure.marginals(second.detach(), mask) - structure.marginals(
        first.detach(), mask
    )
    expected *= weights.reshape(-1, *[1] * (expected.dim() - 1))
    torch.testing.assert_close(second.grad, expected)
    assert first.grad is None


@every_structure
def test_of_what_is_forbidden(name):
    structure = CASES[name][0]
    first, second, mask = batch(name)
    forbidden = torch.zeros_like(first, dtype=torch.bool)
    forbidden[:, 2, 1] = True
    first = first.masked_fill(forbidden, -torch.inf)
    restricted = second.masked_fill(forbidden, -torch.inf)
    found = kl_divergence(structure, first, restricted, mask)
    expected = by_enumeration(name, first[0], restricted.detach()[0])
    assert found[0].item() == pytest.approx(expected.item(), rel=1e-9)
    found.sum().backward()
    assert torch.isfinite(second.grad).all() and (second.grad[forbidden] == 0).all()
    # The first may be narrower than the second, but not wider.
    narrower = kl_divergence(structure, first, second, mask)
    assert narrower[0].item() == pytest.approx(
        by_enumeration(name, first[0], second.detach()[0]).item(), rel=1e-9
    )
    wider = kl_divergence(structure, torch.zeros_like(first), restricted, mask)
    assert wider[0] == torch.inf
