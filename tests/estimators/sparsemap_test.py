"""SparseMAP against quadratic programs over all structures, and its gradient against theirs."""

import numpy
import pytest
import torch
from allennlp.common.checks import ConfigurationError
from scipy.optimize import nnls

from spigot_allennlp.estimators import SparseMAP
from spigot_allennlp.structures import (
    LabeledGraphs,
    NonprojectiveTrees,
    ProjectiveTrees,
    Structure,
)
from spigot_allennlp.structures.projections import TreePolytope
from tests.brute_force import all_structures

EXACT = TreePolytope(tolerance=1e-7)
TREES = {
    f"{name}-{single_root}": (name, kind(single_root, EXACT), single_root)
    for name, kind in (
        ("projective_trees", ProjectiveTrees),
        ("nonprojective_trees", NonprojectiveTrees),
    )
    for single_root in (True, False)
}
every_tree = pytest.mark.parametrize("case", TREES)


def make_batch(lengths, seed=0, part=()):
    torch.manual_seed(seed)
    num_nodes = 1 + max(lengths)
    scores = torch.randn(len(lengths), num_nodes, num_nodes, *part, dtype=torch.float64)
    mask = torch.arange(num_nodes) <= torch.tensor(lengths).unsqueeze(1)
    return scores.requires_grad_(), mask


def closest_average(structures, point):
    """The weights of the structures whose average is closest to the point, by NNLS."""
    # The weights sum to 1, by a row that weighs much.
    matrix = numpy.vstack([structures.T, numpy.full(len(structures), 1e4)])
    weights, _ = nnls(matrix, numpy.append(point, 1e4))
    return weights


@every_tree
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_is_the_closest_average_with_the_gradient_of_its_trees(case, temperature):
    name, structure, single_root = TREES[case]
    lengths = [4, 3, 1]
    scores, mask = make_batch(lengths)
    marginals = SparseMAP(temperature)(scores, mask, structure)
    direction = torch.randn_like(scores)
    (gradient,) = torch.autograd.grad(marginals, scores, direction)
    assert (gradient.masked_fill(structure.support(scores, mask), 0.0) == 0).all()
    for b, n in enumerate(lengths):
        nodes = slice(0, n + 1)
        trees = all_structures(name, n, single_root=single_root).reshape(-1, (n + 1) ** 2)
        point = scores[b, nodes, nodes].detach().numpy().flatten() / temperature
        weights = closest_average(trees, point)
        expected = (weights @ trees).reshape(n + 1, n + 1)
        numpy.testing.assert_allclose(
            marginals[b, nodes, nodes].detach().numpy(), expected, atol=1e-5
        )
        # The projection onto the span of the differences of all trees with weight.
        used = trees[weights > 1e-7]
        basis = (used[1:] - used[:1]).T
        flat = direction[b, nodes, nodes].numpy().flatten()
        along = basis @ numpy.linalg.lstsq(basis, flat, rcond=1e-9)[0] if basis.size else 0 * flat
        actual = gradient[b, nodes, nodes].numpy().flatten()
        numpy.testing.assert_allclose(actual, along / temperature, atol=1e-6)


@every_tree
def test_gradient_of_trees_against_differences(case):
    _, structure, _ = TREES[case]
    scores, mask = make_batch([4, 3, 2], seed=1)
    assert torch.autograd.gradcheck(
        lambda s: SparseMAP()(s, mask, structure), scores, eps=1e-5, atol=1e-4
    )


@pytest.mark.parametrize("scale", [0.5, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_gradient_of_graphs_against_differences(seed, scale):
    illegal = torch.tensor([[False, True, False, False], [False, False, False, True]])
    scores, mask = make_batch([4, 2], seed, part=(4,))
    scores = (scale * scores.detach()).requires_grad_()
    for structure in (LabeledGraphs(), LabeledGraphs().restricted(illegal)):
        marginals = SparseMAP()(scores, mask, structure)
        inside = (marginals > 0) & (marginals < 1)
        assert inside.any() and (marginals == 0).any() and (scale < 1 or (marginals == 1).any())
        assert torch.autograd.gradcheck(lambda s, o=structure: SparseMAP()(s, mask, o), scores)


@every_tree
def test_the_jacobian_is_an_orthogonal_projection(case):
    _, structure, _ = TREES[case]
    scores, mask = make_batch([4], seed=2)
    jacobian = torch.autograd.functional.jacobian(
        lambda s: SparseMAP()(s, mask, structure), scores.detach()
    ).reshape(25, 25)
    torch.testing.assert_close(jacobian, jacobian.T)
    torch.testing.assert_close(jacobian @ jacobian, jacobian)
    assert jacobian.abs().sum() > 0


@every_tree
def test_low_temperatures_are_the_argmax(case):
    _, structure, _ = TREES[case]
    scores, mask = make_batch([4, 3], seed=3)
    marginals = SparseMAP(1e-4)(scores, mask, structure)
    torch.testing.assert_close(marginals.detach(), structure.argmax(scores, mask))
    (gradient,) = torch.autograd.grad(marginals.sum(), scores)
    assert (gradient == 0).all()


def test_the_projection_of_the_structure_does_not_matter():
    scores, mask = make_batch([5, 3])
    expected = SparseMAP()(scores, mask, ProjectiveTrees(projection=EXACT))
    marginals = SparseMAP()(scores, mask, ProjectiveTrees())
    torch.testing.assert_close(marginals, expected, atol=2e-4, rtol=0)


def test_a_projection_still_has_no_gradient():
    scores, mask = make_batch([5, 3])
    assert not ProjectiveTrees(projection=EXACT).project(scores, mask).requires_grad


class Other(Structure):
    """A structure without such a projection."""


def test_a_structure_without_it():
    scores, mask = make_batch([3])
    with pytest.raises(ConfigurationError, match=r"Other has no projection .* `sparse_marginals`"):
        SparseMAP()(scores, mask, Other())
