"""Both projections, the exact one against a quadratic program over all trees."""

import logging
import threading

import numpy
import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, nnls

from spigot_allennlp.estimators import Spigot
from spigot_allennlp.structures import NonprojectiveTrees, ProjectiveTrees, Structure
from spigot_allennlp.structures.projections import Projection, SingleHead, TreePolytope
from tests.brute_force import all_structures

KINDS = {"projective_trees": ProjectiveTrees, "nonprojective_trees": NonprojectiveTrees}
every_kind = pytest.mark.parametrize("name", KINDS)
both_roots = pytest.mark.parametrize("single_root", [True, False])
LOGGER = "spigot_allennlp.nn.min_norm_point"


def make_batch(lengths, seed=0, scale=1.0, dtype=torch.float64):
    torch.manual_seed(seed)
    num_nodes = 1 + max(lengths)
    point = torch.randn(len(lengths), num_nodes, num_nodes, dtype=dtype) * scale
    mask = torch.arange(num_nodes) <= torch.tensor(lengths).unsqueeze(1)
    return point, mask


def step_from_a_tree(structure, lengths, seed=0, norm=1.0, dtype=torch.float64):
    """What SPIGOT projects: a tree less a gradient."""
    scores, mask = make_batch(lengths, seed, dtype=dtype)
    step = torch.randn_like(scores).masked_fill(~structure.support(scores, mask), 0.0)
    step = norm * step / step.flatten(1).norm(dim=1)[:, None, None]
    return structure.argmax(scores, mask) - step, mask


def quadratic_program(point, trees):
    """The average of `trees` that is nearest to `point`, over the weights of all of them."""
    trees, point = trees.reshape(len(trees), -1), point.flatten()
    result = minimize(
        lambda weights: 0.5 * ((weights @ trees - point) ** 2).sum(),
        numpy.full(len(trees), 1 / len(trees)),
        jac=lambda weights: trees @ (weights @ trees - point),
        bounds=[(0, 1)] * len(trees),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": numpy.ones_like},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    return result.x @ trees


def gap(structure, point, projected, mask):
    """The duality gap of each sentence, by one more decoding."""
    residual = (point - projected).masked_fill(~structure.support(point, mask), 0.0)
    best = structure.argmax(residual, mask)
    return (residual * (best - projected)).flatten(1).sum(dim=1)


@every_kind
@both_roots
@pytest.mark.parametrize("num_words", [1, 2, 3])
@pytest.mark.parametrize("scale", [0.3, 1.0])
def test_tree_polytope_equals_a_quadratic_program(name, single_root, num_words, scale):
    trees = all_structures(name, num_words, single_root=single_root)
    structure = KINDS[name](single_root, TreePolytope(tolerance=1e-7))
    for seed in range(5):
        point, mask = make_batch([num_words], seed, scale)
        projected = structure.project(point, mask)
        point = point.masked_fill(~structure.support(point, mask), 0.0)
        expected = quadratic_program(point[0].numpy(), trees).reshape(projected[0].shape)
        numpy.testing.assert_allclose(projected[0].numpy(), expected, atol=2e-6)


@every_kind
@both_roots
@pytest.mark.parametrize("scale", [0.1, 1.0, 1e4])
def test_tree_polytope_is_an_average_and_no_tree_is_nearer(name, single_root, scale):
    trees = all_structures(name, 4, single_root=single_root).reshape(-1, 25)
    structure = KINDS[name](single_root, TreePolytope(tolerance=1e-7))
    for seed in range(20):
        point, mask = make_batch([4], seed, scale)
        projected = structure.project(point, mask)
        point = point.masked_fill(~structure.support(point, mask), 0.0)
        vector = projected.flatten().numpy()
        residual = point.flatten().numpy() - vector
        assert ((trees - vector) @ residual).max() <= 1e-12 * max(1.0, scale)
        # Weights that sum to one, since every tree has one arc into each of four words.
        assert nnls(trees.T, vector)[1] < 1e-9


@every_kind
def test_the_relaxation_contains_cycles_and_the_polytope_does_not(name):
    point = torch.zeros(1, 4, 4, dtype=torch.float64)
    point[0, 1, 2] = point[0, 2, 1] = point[0, 3, 0] = 1.0
    mask = torch.ones(1, 4, dtype=torch.bool)
    relaxed = KINDS[name]().project(point, mask)
    assert torch.equal(relaxed, point)
    exact = KINDS[name](projection=TreePolytope()).project(point, mask)
    into_cycle = exact[0, 1, [0, 3]].sum() + exact[0, 2, [0, 3]].sum()
    assert into_cycle.item() == pytest.approx(1.0, abs=1e-6)


@every_kind
@both_roots
@pytest.mark.parametrize("num_words", [1, 10, 40])
def test_tree_polytope_fixes_trees_exactly(name, single_root, num_words):
    structure = KINDS[name](single_root, TreePolytope())
    scores, mask = make_batch([num_words, num_words // 2 + 1])
    trees = structure.argmax(scores, mask)
    assert torch.equal(structure.project(trees, mask), trees)


@every_kind
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_tolerance_is_kept_for_steps_of_norm_one(name, dtype, caplog):
    lengths = [40, 40, 25, 3]
    structure = KINDS[name](projection=TreePolytope(tolerance=1e-4))
    point, mask = step_from_a_tree(structure, lengths, dtype=dtype)
    with caplog.at_level(logging.WARNING, LOGGER):
        projected = structure.project(point, mask)
        projection = TreePolytope(max_iterations=10000, tolerance=1e-6)
        nearer = KINDS[name](projection=projection).project(point.double(), mask)
    assert not caplog.records
    assert projected.dtype == dtype
    assert (gap(structure, point.double(), nearer, mask) <= 1.1e-12).all()
    assert ((projected - nearer).flatten(1).norm(dim=1) <= 1.01e-4).all()
    fractional = (projected > 0.01) & (projected < 0.99)
    assert fractional[0].sum() > 10, "an easy point would show nothing"


@every_kind
def test_what_is_projected_stays_where_it_is(name, caplog):
    structure = KINDS[name](projection=TreePolytope(tolerance=1e-4))
    point, mask = step_from_a_tree(structure, [20, 12])
    projected = structure.project(point, mask)
    again = structure.project(projected, mask)
    assert not caplog.records
    assert ((again - projected).flatten(1).norm(dim=1) <= 1e-4).all()


@every_kind
def test_breaking_off_is_said_with_the_gap(name, caplog):
    structure = KINDS[name](projection=TreePolytope(max_iterations=5))
    point, mask = step_from_a_tree(structure, [20, 1, 15, 2])
    with caplog.at_level(logging.WARNING, LOGGER):
        projected = structure.project(point, mask)
    (record,) = caplog.records
    missed, num_sentences, distance, reported, _ = record.args
    gaps = gap(structure, point, projected, mask)
    assert (missed, num_sentences) == (2, 4)
    assert reported == pytest.approx(gaps.max().item(), rel=1e-9)
    exact = KINDS[name](projection=TreePolytope(tolerance=1e-7)).project(point, mask)
    distances = (projected - exact).flatten(1).norm(dim=1)
    assert 1e-3 < distances.max() <= distance == pytest.approx(reported**0.5)
    # An average of trees all the same.
    assert (projected >= 0).all()
    ones = torch.ones(20, dtype=torch.float64)
    torch.testing.assert_close(projected[0, 1:].sum(dim=1), ones)


@given(st.integers(1, 7), st.integers(0, 10**6), st.floats(0.01, 100), st.sampled_from(list(KINDS)))
def test_projections_bring_points_no_further_apart(num_words, seed, scale, name):
    (one, other), mask = make_batch([num_words, num_words], seed, scale)
    for projection in (SingleHead(), TreePolytope(tolerance=1e-6)):
        structure = KINDS[name](projection=projection)
        support = structure.support(one[None], mask[:1])[0]
        a, b = structure.project(torch.stack([one, other]), mask)
        assert (a - b).norm() <= ((one - other) * support).norm() + 1e-5


@every_kind
def test_far_away_the_projection_is_the_best_tree(name):
    structure = KINDS[name](projection=TreePolytope())
    scores, mask = make_batch([8, 5])
    projected = structure.project(scores * 1e6, mask)
    torch.testing.assert_close(projected, structure.argmax(scores, mask))


@every_kind
def test_spigot_steps_towards_trees(name):
    """A long step leads to the best tree; in the relaxation it need not lead to any."""
    structure = KINDS[name](projection=TreePolytope())
    scores, mask = make_batch([6])
    scores.requires_grad_()
    weights = torch.randn_like(scores)
    parts = Spigot(step_size=1e6, max_norm=None)(scores, mask, structure)
    (surrogate,) = torch.autograd.grad((parts * weights).sum(), scores)
    torch.testing.assert_close(surrogate, parts.detach() - structure.argmax(-weights, mask))


def test_threads():
    structure = NonprojectiveTrees(projection=TreePolytope())
    point, mask = step_from_a_tree(structure, [12] * 8)
    expected = structure.project(point, mask)
    results = [None] * 4

    def work(index):
        results[index] = structure.project(point, mask)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(result, expected) for result in results)


@every_kind
def test_from_configuration(name):
    settings = {"type": "tree_polytope", "max_iterations": 7, "tolerance": 0.01}
    structure = Structure.from_params(
        Params({"type": name, "single_root": False, "projection": settings})
    )
    assert type(structure) is KINDS[name] and not structure.single_root
    assert structure.projection.max_iterations == 7 and structure.projection.tolerance == 0.01
    for params in ({"type": name}, {"type": name, "projection": "single_head"}):
        default = Structure.from_params(Params(params))
        assert isinstance(default.projection, SingleHead) and default.single_root


def test_every_registered_projection_is_tested():
    assert set(Projection.list_available()) == {"single_head", "tree_polytope"}


@pytest.mark.parametrize("options", [{"max_iterations": 0}, {"tolerance": 0.0}])
def test_options_without_meaning_are_refused(options):
    with pytest.raises(ConfigurationError, match=f"{next(iter(options))} must be positive"):
        TreePolytope(**options)
