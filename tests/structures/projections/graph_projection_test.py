"""Both maps onto consistent arcs and labels: worked vectors, a quadratic program, properties."""

import numpy
import pytest
import torch
from allennlp.common import Params
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from spigot_allennlp.nn.graph_projections import (
    arc_then_labels_in_tensors,
    euclidean_in_tensors,
)
from spigot_allennlp.structures.projections import ArcThenLabels, Euclidean, GraphProjection

PROJECTIONS = {"arc_then_labels": ArcThenLabels(), "euclidean": Euclidean()}
IN_TENSORS = {"arc_then_labels": arc_then_labels_in_tensors, "euclidean": euclidean_in_tensors}
every_projection = pytest.mark.parametrize("name", PROJECTIONS)


def random_case(lengths, num_labels, seed, scale=1.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    num_nodes = 1 + max(lengths)
    shape = (len(lengths), num_nodes, num_nodes, 1 + num_labels)
    point = scale * torch.randn(shape, generator=generator, dtype=torch.float64)
    mask = torch.arange(num_nodes) <= torch.tensor(lengths).unsqueeze(1)
    legal = torch.rand(2, 1 + num_labels, generator=generator) < 0.8
    return point.to(dtype), mask, legal


def random_member(shape, legal, generator):
    """Arcs and labels of the relaxation, `(num_arcs, 1 + num_labels)`."""
    labels = torch.rand(shape, generator=generator, dtype=torch.float64).pow(4) * legal
    labels[:, 0] = 0
    sums = labels.sum(dim=1, keepdim=True)
    arcs = torch.rand(sums.shape, generator=generator, dtype=torch.float64)
    labels = arcs * labels / sums.where(sums > 0, torch.ones_like(sums))
    labels[:, 0] = labels.sum(dim=1)
    return labels


def project_arcs(name, arcs):
    """`arcs`, each the arc and its labels, as arcs from ROOT of a sentence."""
    arcs = torch.as_tensor(arcs, dtype=torch.float64)
    num_arcs, num_parts = arcs.shape
    point = torch.full((1, num_arcs + 1, num_arcs + 1, num_parts), -1.0, dtype=torch.float64)
    point[0, 1:, 0] = arcs
    mask = torch.ones(1, num_arcs + 1, dtype=torch.bool)
    projected = PROJECTIONS[name](point, mask, torch.ones(2, num_parts, dtype=torch.bool))
    return projected[0, 1:, 0]


def test_every_registered_projection_is_tested():
    assert set(GraphProjection.list_available()) == set(PROJECTIONS)
    for name, projection in PROJECTIONS.items():
        found = GraphProjection.from_params(Params({"type": name}))
        assert type(found) is type(projection)


# By how much steps are clipped with a maximal norm of 1 and of 5/32.
GRADIENT = torch.tensor([[0.4, 0.1, -0.2], [-0.3, -0.05, 0.1]], dtype=torch.float64)
CLIPPED = (5 / 32) / GRADIENT.norm().item()


@pytest.mark.parametrize("factor", [1.0, CLIPPED])
def test_worked_vectors_of_the_authors_map(factor):
    """Arc A is on with its first label and arc B is off; they step against a gradient."""
    structure = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    projected = project_arcs("arc_then_labels", structure - factor * GRADIENT)
    expected = factor * torch.tensor([[0.4, 0.4, 0.0], [-0.3, -0.225, -0.075]]).double()
    torch.testing.assert_close(structure - projected, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "name, arc, expected",
    [
        ("arc_then_labels", [-0.2, 5.0, 1.0], [0.0, 0.0, 0.0]),
        ("arc_then_labels", [0.0, 5.0, 1.0], [0.0, 0.0, 0.0]),
        ("arc_then_labels", [0.6, 0.5, 0.5], [0.6, 0.3, 0.3]),
        ("arc_then_labels", [1.4, 0.9, -0.3], [1.0, 1.0, 0.0]),
        # An arc and its label meet half-way; further labels share with it.
        ("euclidean", [0.2, 0.6, -1.0], [0.4, 0.4, 0.0]),
        ("euclidean", [0.0, 0.6, 0.6], [0.4, 0.2, 0.2]),
        ("euclidean", [0.5, -0.6, -0.7], [0.0, 0.0, 0.0]),
        ("euclidean", [-0.2, 5.0, 1.0], [1.0, 1.0, 0.0]),
        ("euclidean", [7.0, 0.9, 0.3], [1.0, 0.8, 0.2]),
    ],
)
def test_by_cases(name, arc, expected):
    assert project_arcs(name, [arc])[0].tolist() == pytest.approx(expected)


def quadratic_program(point):
    """The nearest arc and labels, by a general solver."""
    result = minimize(
        lambda x: 0.5 * ((x - point) ** 2).sum(),
        numpy.full(len(point), 0.5),
        jac=lambda x: x - point,
        bounds=[(0, 1)] * len(point),
        constraints={
            "type": "eq",
            "fun": lambda x: x[1:].sum() - x[0],
            "jac": lambda x: numpy.array([-1.0] + [1.0] * (len(x) - 1)),
        },
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    return result.x


@given(st.integers(1, 5), st.integers(0, 10**6), st.sampled_from([0.1, 1.0, 5.0]))
def test_euclidean_solves_the_quadratic_program(num_labels, seed, scale):
    point = scale * numpy.random.default_rng(seed).normal(size=1 + num_labels)
    expected = torch.from_numpy(quadratic_program(point))
    torch.testing.assert_close(
        project_arcs("euclidean", point[None])[0], expected, rtol=0, atol=1e-6
    )


@given(st.integers(1, 60), st.integers(0, 10**6), st.sampled_from([0.1, 1.0, 1e4]))
def test_euclidean_keeps_the_variational_inequality(num_labels, seed, scale):
    generator = torch.Generator().manual_seed(seed)
    point, mask, legal = random_case([3], num_labels, seed, scale)
    projected = Euclidean()(point, mask, legal)
    for head, modifier in ((0, 1), (0, 3), (2, 1), (3, 2)):
        allowed = legal[min(head, 1)].clone()
        members = random_member((50, 1 + num_labels), allowed, generator)
        allowed[0] = allowed[1:].any()
        residual = (point - projected)[0, modifier, head] * allowed
        differences = members - projected[0, modifier, head]
        assert (differences @ residual).max().item() <= 1e-9 * max(1.0, scale)


def test_the_authors_map_is_not_euclidean():
    """It drops a label of 5 with an arc of -0.2: the nearest point of the relaxation has both."""
    point = torch.tensor([-0.2, 5.0])
    distances = {
        name: (project_arcs(name, [point.tolist()])[0] - point).norm().item()
        for name in PROJECTIONS
    }
    assert distances["euclidean"] < distances["arc_then_labels"] - 0.5


@every_projection
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=3),
    st.integers(1, 40),
    st.integers(0, 10**6),
    st.sampled_from([0.1, 1.0, 1e4]),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_properties(name, lengths, num_labels, seed, scale, dtype):
    point, mask, legal = random_case(lengths, num_labels, seed, scale, dtype)
    before = point.clone()
    projected = PROJECTIONS[name](point, mask, legal)
    assert torch.equal(point, before) and projected.dtype == dtype
    arcs, labels = projected[..., 0].clone(), projected[..., 1:]
    predicates = arcs.diagonal(dim1=1, dim2=2)
    expected = point[..., 0].diagonal(dim1=1, dim2=2).clamp(0, 1) * mask
    assert torch.equal(predicates, expected)
    predicates.zero_()
    assert (arcs >= 0).all() and (arcs <= 1).all() and (labels >= 0).all()
    torch.testing.assert_close(labels.sum(dim=-1), arcs, rtol=0, atol=1e-6)
    assert (labels[:, :, 0, ~legal[0, 1:]] == 0).all()
    assert (labels[:, :, 1:][..., ~legal[1, 1:]] == 0).all()
    outside = ~(mask.unsqueeze(2) & mask.unsqueeze(1))
    assert (projected[outside] == 0).all() and (arcs[:, 0] == 0).all()
    again = PROJECTIONS[name](projected, mask, legal)
    torch.testing.assert_close(again, projected, rtol=0, atol=1e-6)
    tensors = IN_TENSORS[name](point, mask, legal)
    torch.testing.assert_close(tensors, projected, rtol=0, atol=1e-6 * max(1.0, scale**0.5))


@every_projection
def test_batched_equals_alone(name):
    lengths = [6, 1, 0, 4]
    point, mask, legal = random_case(lengths, 7, seed=0)
    together = PROJECTIONS[name](point, mask, legal)
    for i, n in enumerate(lengths):
        sentence = slice(i, i + 1), slice(n + 1), slice(n + 1)
        alone = PROJECTIONS[name](point[sentence], mask[i : i + 1, : n + 1], legal)
        assert torch.equal(together[sentence], alone)


@every_projection
def test_equal_and_huge_values(name):
    """Ties are shared, and nothing is lost of what is left after large values cancel."""
    labels = [[1e4 + 1] * 5, [1e4, 1e4 + 0.5, -1e4, 0.0, 0.0], [0.25] * 5]
    point = torch.tensor([[1.0, *row] for row in labels], dtype=torch.float32)
    projected = project_arcs(name, point)
    expected = [[1.0] + [0.2] * 5, [1.0, 0.25, 0.75, 0.0, 0.0, 0.0]]
    torch.testing.assert_close(projected[:2], torch.tensor(expected, dtype=torch.float64))
    assert projected[2, 1:].tolist() == pytest.approx([0.2] * 5)


@every_projection
def test_a_point_that_is_not_finite_ends(name):
    point, mask, legal = random_case([4], 3, seed=0)
    point[0, 1, 2, 1], point[0, 2, 3, 0], point[0, 3] = float("nan"), float("inf"), float("nan")
    assert PROJECTIONS[name](point, mask, legal).shape == point.shape


@every_projection
@pytest.mark.gpu
def test_the_same_on_a_gpu(name):
    point, mask, legal = random_case([20, 7, 0], 30, seed=0, dtype=torch.float32)
    expected = PROJECTIONS[name](point, mask, legal)
    result = PROJECTIONS[name](point.cuda(), mask.cuda(), legal.cuda())
    assert result.is_cuda
    torch.testing.assert_close(result.cpu(), expected, rtol=0, atol=1e-6)
