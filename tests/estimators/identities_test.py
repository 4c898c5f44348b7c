"""
What the estimators have to do with each other and with the true gradient, on small sentences whose
structures are all enumerated.

`heads` is a structure in which every word chooses its head alone: a categorical variable each.
"""

import numpy
import pytest
import torch

from spigot_allennlp.estimators import (
    LPGD,
    AnnealedAttention,
    Blackbox,
    Decision,
    ExpectedForward,
    IdentityProjection,
    ImplicitMLE,
    Modular,
    MuProp,
    PerturbAndMap,
    PerturbAndMarginals,
    Perturbed,
    Reinforce,
    SparseMAP,
    Spigot,
    SpigotCE,
    SpigotEG,
    StraightThrough,
    StraightThroughMarginals,
    StructuredAttention,
    StructuredGradientEstimator,
)
from spigot_allennlp.nn.parts import heads_to_arcs, legal_arcs
from spigot_allennlp.nn.projections import project_onto_simplex
from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees, Structure
from spigot_allennlp.structures.projections import Euclidean, TreePolytope
from tests.brute_force import NUM_LABELS, all_structures


class Heads(Structure):
    """Every word has a head, and nothing says that the heads make a tree."""

    def argmax(self, scores, mask):
        legal = legal_arcs(mask)
        best = scores.detach().masked_fill(~legal, -torch.inf).argmax(dim=-1)
        return heads_to_arcs(best, mask).to(scores.dtype)

    def log_partition(self, scores, mask):
        legal = legal_arcs(mask)
        words = legal.any(dim=-1)
        rows = scores.masked_fill(~legal & words.unsqueeze(-1), -torch.inf).logsumexp(dim=-1)
        return rows.masked_fill(~words, 0.0).sum(dim=1)

    def project(self, point, mask):
        return project_onto_simplex(point.detach(), legal_arcs(mask))


EXACT = TreePolytope(tolerance=1e-7)
STRUCTURES = {
    "heads": Heads(),
    "projective_trees": ProjectiveTrees(projection=EXACT),
    "nonprojective_trees": NonprojectiveTrees(single_root=False, projection=EXACT),
    "labeled_graphs": LabeledGraphs(Euclidean()),
}
NUM_WORDS = {"heads": 3, "projective_trees": 4, "nonprojective_trees": 3, "labeled_graphs": 2}
every_structure = pytest.mark.parametrize("name", STRUCTURES)
# Those whose polytope is exactly what `project` projects onto, for all of their parts.
every_polytope = pytest.mark.parametrize("name", [n for n in STRUCTURES if n != "labeled_graphs"])


def enumerate_structures(name):
    """`(num_structures, num_nodes, num_nodes, *part)`."""
    num_words = NUM_WORDS[name]
    if name == "heads":
        heads = numpy.stack(numpy.meshgrid(*[range(num_words + 1)] * num_words), -1)
        heads = heads.reshape(-1, num_words)
        heads = heads[(heads != numpy.arange(1, num_words + 1)).all(axis=1)]
        parts = numpy.zeros((len(heads), num_words + 1, num_words + 1))
        for m in range(num_words):
            parts[numpy.arange(len(heads)), m + 1, heads[:, m]] = 1
        return torch.from_numpy(parts)
    options = {
        "projective_trees": {"single_root": True},
        "nonprojective_trees": {"single_root": False},
    }
    return torch.from_numpy(all_structures(name, num_words, **options.get(name, {})))


def problem(name, seed=0, batch_size=1, scale=1.0):
    """A decision about random scores, and a gradient of the parts."""
    torch.manual_seed(seed)
    num_nodes = NUM_WORDS[name] + 1
    part = (1 + NUM_LABELS,) if name == "labeled_graphs" else ()
    scores = scale * torch.randn(batch_size, num_nodes, num_nodes, *part, dtype=torch.float64)
    mask = torch.ones(batch_size, num_nodes, dtype=torch.bool)
    structure = STRUCTURES[name]
    decision = Decision(scores, structure.argmax(scores, mask), mask, structure)
    return decision, structure.restrict(torch.randn_like(scores), mask)


def covariance_product(name, scores, gradient):
    """The Jacobian of the marginals times `gradient`, from all structures."""
    structures = enumerate_structures(name).flatten(1)
    probabilities = (structures @ scores.flatten()).softmax(dim=0)
    centered = structures - probabilities @ structures
    return (centered.T @ (probabilities * (centered @ gradient.flatten()))).reshape(scores.shape)


def best(name, scores):
    structures = enumerate_structures(name)
    return structures[(structures.flatten(1) @ scores.flatten()).argmax()].unsqueeze(0)


def softmax_mean(name, scores):
    structures = enumerate_structures(name)
    probabilities = (structures.flatten(1) @ scores.flatten()).softmax(dim=0)
    return torch.einsum("z,z...->...", probabilities, structures).unsqueeze(0)


def test_all_registered_estimators_are_here():
    """A new one needs a test below, or one as reinforce_test and muprop_test have it."""
    assert {type(estimator) for estimator in AGAINST_THE_TRUTH} | {Modular, MuProp, Reinforce} >= {
        StructuredGradientEstimator.by_name(name)
        for name in StructuredGradientEstimator.list_available()
        if StructuredGradientEstimator.by_name(name).__module__.startswith("spigot_allennlp")
    }


@every_structure
def test_straight_through_is_the_gradient_and_spigot_without_constraints(name):
    decision, gradient = problem(name)
    assert torch.equal(StraightThrough().pullback(gradient, decision), gradient)


@every_structure
def test_spigot_eg_is_the_difference_of_expected_structures(name):
    decision, gradient = problem(name)
    expected = softmax_mean(name, decision.scores)
    expected = expected - softmax_mean(name, decision.scores - 0.7 * gradient)
    torch.testing.assert_close(SpigotEG(0.7).pullback(gradient, decision), expected)


@every_structure
def test_the_limit_of_spigot_eg_is_straight_through_marginals(name):
    decision, gradient = problem(name)
    product = StraightThroughMarginals().pullback(gradient, decision)
    torch.testing.assert_close(product, covariance_product(name, decision.scores, gradient))
    small = SpigotEG(1e-6).pullback(gradient, decision) / 1e-6
    torch.testing.assert_close(small, product, atol=1e-4, rtol=0)


@every_structure
def test_structured_attention_hands_on_the_same_product(name):
    decision, gradient = problem(name)
    for estimator, temperature in (
        (StructuredAttention(), 1.0),
        (StructuredAttention(2.0), 2.0),
        (AnnealedAttention(9, 0.5), 0.5),
    ):
        scores = decision.scores.clone().requires_grad_()
        marginals = estimator(scores, decision.mask, decision.structure)
        torch.testing.assert_close(marginals, softmax_mean(name, decision.scores / temperature))
        (product,) = torch.autograd.grad(marginals, scores, gradient)
        expected = covariance_product(name, decision.scores / temperature, gradient) / temperature
        torch.testing.assert_close(product, expected)


@every_structure
def test_expected_forward_shows_the_marginals_and_sends_back_what_another_would(name):
    decision, gradient = problem(name)
    for inner in (Spigot(), SpigotCE(), SpigotEG(0.7), StraightThrough(), LPGD(2.0)):
        for training in (True, False):
            scores = decision.scores.clone().requires_grad_()
            estimator = ExpectedForward(inner).train(training)
            shown = estimator(scores, decision.mask, decision.structure)
            torch.testing.assert_close(shown, softmax_mean(name, decision.scores))
            (surrogate,) = torch.autograd.grad(shown, scores, gradient)
            torch.testing.assert_close(surrogate, inner.pullback(gradient, decision))


@every_structure
def test_expected_forward_with_straight_through_marginals_is_structured_attention(name):
    """Also where the loss is not linear: the gradient is that at the marginals."""
    decision, weights = problem(name)
    results = []
    for estimator in (ExpectedForward(StraightThroughMarginals()), StructuredAttention()):
        scores = decision.scores.clone().requires_grad_()
        shown = estimator(scores, decision.mask, decision.structure)
        results.append(torch.autograd.grad((shown * weights).exp().sum(), scores)[0])
    torch.testing.assert_close(*results)


@pytest.mark.parametrize("seed", range(30))
def test_spigot_on_simplices(seed):
    decision, gradient = problem("heads", seed)
    surrogate = Spigot(0.5, max_norm=None).pullback(gradient, decision)[0, 1:]
    assert surrogate.sum(dim=1).abs().max() < 1e-12
    assert (surrogate.abs().sum(dim=1) <= 2 + 1e-12).all()
    legal = decision.structure.support(decision.scores, decision.mask)
    liked = gradient.masked_fill(~legal, torch.inf)[0, 1:].argmin(dim=1)
    kept = decision.parts[0, 1:].argmax(dim=1) == liked
    assert ((surrogate.abs().sum(dim=1) < 1e-12) == kept).all()


@every_polytope
def test_a_huge_step_goes_to_the_structure_that_the_gradient_likes(name):
    decision, gradient = problem(name)
    expected = decision.parts - best(name, -gradient)
    # A step so long that nothing else counts, and short enough for the solver.
    spigot = Spigot(1e3, max_norm=None).pullback(gradient, decision)
    torch.testing.assert_close(spigot, expected, atol=1e-6, rtol=0)
    ce = SpigotCE(1e3, max_norm=None).pullback(gradient, decision)
    expected = softmax_mean(name, decision.scores) - best(name, -gradient)
    torch.testing.assert_close(ce, expected, atol=1e-6, rtol=0)
    for estimator in (SpigotEG(1e6), Blackbox(1e6)):
        surrogate = estimator.pullback(gradient, decision)
        start = decision.parts / 1e6
        if isinstance(estimator, SpigotEG):
            start = softmax_mean(name, decision.scores)
            torch.testing.assert_close(surrogate, start - best(name, -gradient))
        else:
            torch.testing.assert_close(surrogate, start - best(name, -gradient) / 1e6)


def test_a_short_step_from_the_interior_loses_the_mean_of_the_gradient():
    """SPIGOT-CE is then the identity with projection, times the step size."""
    decision, gradient = problem("heads", scale=0.1)
    identity = IdentityProjection().pullback(
        gradient, Decision(decision.scores, decision.parts, decision.mask, NonprojectiveTrees())
    )
    ce = SpigotCE(1e-3, max_norm=None).pullback(gradient, decision)
    torch.testing.assert_close(ce / 1e-3, identity, atol=1e-9, rtol=1e-9)


def test_the_expectation_of_implicit_mle_with_gumbel_noise_is_spigot_eg():
    decision, gradient = problem("heads")
    many = repeated(decision, 20000)
    # One Gumbel variable for each part, since a word has one head.
    estimator = ImplicitMLE(1.3, num_terms=60, num_active=1.0)
    torch.manual_seed(2)
    surrogate = estimator.pullback(gradient.expand_as(many.scores), many).mean(dim=0, keepdim=True)
    expected = SpigotEG(1.3).pullback(gradient, decision) / 1.3
    torch.testing.assert_close(surrogate, expected, atol=0.02, rtol=0)


def repeated(decision, times):
    shape = (times,) + (1,) * (decision.scores.dim() - 1)
    return Decision(
        decision.scores.repeat(shape),
        decision.parts.repeat(shape),
        decision.mask.repeat(times, 1),
        decision.structure,
    )


@every_polytope
@pytest.mark.parametrize("seed", range(3))
def test_projections_are_idempotent_and_do_not_expand(name, seed):
    decision, point = problem(name, seed)
    _, other = problem(name, seed + 10)
    projected, moved = decision.project(point), decision.project(other)
    torch.testing.assert_close(decision.project(projected), projected, atol=1e-6, rtol=0)
    assert (projected - moved).norm() <= (point - other).norm() + 1e-6


def test_perturbed_with_gumbel_noise_is_the_softmax():
    decision, gradient = problem("heads")
    estimator = Perturbed(num_samples=20000, sigma=1.7, noise="gumbel")
    scores = decision.scores.clone().requires_grad_()
    mean = estimator(scores, decision.mask, decision.structure)
    expected = softmax_mean("heads", decision.scores / 1.7)
    torch.testing.assert_close(mean, expected, atol=0.02, rtol=0)
    (surrogate,) = torch.autograd.grad(mean, scores, gradient)
    expected = covariance_product("heads", decision.scores / 1.7, gradient) / 1.7
    torch.testing.assert_close(surrogate, expected, atol=0.05, rtol=0)


def test_perturb_and_map_draws_from_the_softmax():
    """The Gumbel-max trick, where each word chooses its head alone."""
    decision, _ = problem("heads")
    estimator = PerturbAndMap()
    draws = [estimator(decision.scores, decision.mask, decision.structure) for _ in range(2000)]
    assert all(((draw == 0) | (draw == 1)).all() for draw in draws)
    expected = softmax_mean("heads", decision.scores)
    torch.testing.assert_close(torch.stack(draws).mean(0), expected, atol=0.05, rtol=0)


@every_polytope
def test_perturb_and_map_is_another_estimator_at_other_scores(name, noise_of_places):
    decision, gradient = problem(name)
    noise = noise_of_places(1, decision.scores)[0]
    for inner in (SpigotEG(2.0), StraightThrough(), StraightThroughMarginals()):
        for scale, is_training in ((0.7, True), (0.0, False)):
            estimator = PerturbAndMap(inner, scale=0.7).train(is_training)
            results = []
            for one, start in (
                (estimator, decision.scores),
                (inner, decision.scores + scale * noise),
            ):
                scores = start.clone().requires_grad_()
                parts = one(scores, decision.mask, decision.structure)
                results.append((parts, *torch.autograd.grad(parts, scores, gradient)))
            for found, expected in zip(*results):
                torch.testing.assert_close(found, expected)
    scores = decision.scores.clone().requires_grad_()
    parts = PerturbAndMap()(scores, decision.mask, decision.structure)
    (surrogate,) = torch.autograd.grad(parts, scores, gradient)
    expected = covariance_product(name, decision.scores + noise, gradient)
    torch.testing.assert_close(surrogate, expected, atol=1e-5, rtol=0)


@every_polytope
@pytest.mark.parametrize("step_size", [0.3, 2.0])
@pytest.mark.parametrize("factor", [0.01, 7.0])
def test_a_loss_times_c_with_a_step_over_c(name, step_size, factor):
    """What is divided by the step is c times as large, what is not stays the same."""
    decision, gradient = problem(name, seed=4)
    for make, power in (
        (lambda size: Spigot(size, max_norm=None), 0),
        (lambda size: SpigotCE(size, max_norm=None), 0),
        (SpigotEG, 0),
        (Blackbox, 1),
        (lambda size: Blackbox(size, symmetric=True), 1),
        (lambda size: LPGD(size, rho=0.4), 1),
        (ImplicitMLE, 1),
    ):
        torch.manual_seed(0)
        expected = make(step_size).pullback(gradient, decision)
        torch.manual_seed(0)
        surrogate = make(step_size / factor).pullback(factor * gradient, decision)
        torch.testing.assert_close(surrogate, expected * factor**power, atol=1e-5, rtol=1e-5)


@every_polytope
def test_lpgd_between_blackbox_and_spigot(name):
    decision, gradient = problem(name, seed=1)
    blackbox = Blackbox(2.0).pullback(gradient, decision)
    assert blackbox.abs().sum() > 0
    lpgd = LPGD(2.0, rho=1e-4).pullback(gradient, decision)
    torch.testing.assert_close(lpgd, blackbox, atol=1e-3, rtol=0)
    without_scores = Decision(
        torch.zeros_like(decision.scores), decision.parts, decision.mask, decision.structure
    )
    spigot = Spigot(2.0 / 0.8, max_norm=None).pullback(gradient, decision) / 2.0
    lpgd = LPGD(2.0, rho=0.8).pullback(gradient, without_scores)
    torch.testing.assert_close(lpgd, spigot, atol=1e-6, rtol=0)


@every_polytope
def test_lpgd_is_the_difference_from_the_proximal_point(name):
    decision, gradient = problem(name, seed=2)
    point = decision.parts + (decision.scores - 1.5 * gradient) / 0.6
    expected = (decision.parts - decision.project(point)) / 1.5
    surrogate = LPGD(1.5, rho=0.6).pullback(gradient, decision)
    torch.testing.assert_close(surrogate, expected, atol=1e-6, rtol=0)


@every_structure
def test_lpgd_sends_nothing_for_nothing(name):
    decision, gradient = problem(name, seed=2)
    assert (LPGD().pullback(torch.zeros_like(gradient), decision) == 0).all()


@every_structure
@pytest.mark.parametrize("seed", range(3))
def test_blackbox_compares_the_best_structures(name, seed):
    decision, gradient = problem(name, seed)
    down, up = (best(name, decision.scores + sign * 3.0 * gradient) for sign in (-1, 1))
    one_sided = Blackbox(3.0).pullback(gradient, decision)
    torch.testing.assert_close(one_sided, (best(name, decision.scores) - down) / 3.0)
    symmetric = Blackbox(3.0, symmetric=True).pullback(gradient, decision)
    torch.testing.assert_close(symmetric, (up - down) / 6.0)


# Scores in which no structure stands out, and steps neither short nor long.
AGAINST_THE_TRUTH = [
    StraightThrough(),
    StraightThroughMarginals(),
    StructuredAttention(),
    AnnealedAttention(start=1.5),
    IdentityProjection(),
    IdentityProjection(normalize=True),
    Spigot(2.0, max_norm=None),
    SpigotCE(),
    SpigotEG(),
    ExpectedForward(SpigotEG()),
    Blackbox(2.0),
    Blackbox(2.0, symmetric=True),
    LPGD(2.0),
    ImplicitMLE(2.0, num_samples=200),
    Perturbed(num_samples=200),
    PerturbAndMap(),
    PerturbAndMarginals(),
    SparseMAP(),
]


@pytest.mark.parametrize("name", [name for name in STRUCTURES if name != "heads"])
@pytest.mark.parametrize("estimator", AGAINST_THE_TRUTH, ids=lambda e: type(e).__name__)
def test_on_average_the_gradient_goes_with_that_of_the_expected_loss(estimator, name):
    """
    The gradient of the expectation of a linear loss, from all structures: their cosine is positive
    on average. (What a constant moves for all structures is left out: it has no true gradient.)
    """
    cosines = []
    for seed in range(20):
        decision, gradient = problem(name, seed, scale=0.5)
        true = covariance_product(name, decision.scores, gradient)
        scores = decision.scores.clone().requires_grad_()
        parts = estimator(scores, decision.mask, decision.structure)
        (surrogate,) = torch.autograd.grad(parts, scores, gradient)
        cosine = torch.nn.functional.cosine_similarity(surrogate.flatten(), true.flatten(), dim=0)
        cosines.append(cosine.item())
    assert sum(cosines) / len(cosines) > 0.25
