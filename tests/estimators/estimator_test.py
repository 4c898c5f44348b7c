"""The contract that every registered estimator keeps with every structure."""

import re
from copy import deepcopy

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from hypothesis import given
from hypothesis import strategies as st
from overrides import overrides

from spigot_allennlp.estimators import (
    AdaptiveStepSize,
    Blackbox,
    ExpectedForward,
    ImplicitMLE,
    LossScale,
    PerturbAndMap,
    PerturbAndMarginals,
    Perturbed,
    Spigot,
    SpigotEG,
    StraightThrough,
    StructuredAttention,
    StructuredGradientEstimator,
)
from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees
from spigot_allennlp.structures.projections import TreePolytope

# Options under which nothing has a special value.
OPTIONS = {
    "spigot": {"step_size": 0.7, "max_norm": 1.5},
    "spigot_ce": {"step_size": 0.7, "max_norm": 1.5},
    "spigot_eg": {"step_size": 0.7},
    "identity_projection": {"normalize": True},
    "blackbox": {"step_size": 3.0},
    "lpgd": {"step_size": 0.7, "rho": 0.3},
    "implicit_mle": {"step_size": 3.0, "num_samples": 3, "temperature": 0.9},
    "perturbed": {"num_samples": 7, "sigma": 0.8},
    "perturb_and_map": {"scale": 0.8},
    "perturb_and_marginals": {"temperature": 0.7},
    "annealed_attention": {"num_steps": 5},
    "sparsemap": {"temperature": 0.8},
}
ESTIMATORS = {
    name: StructuredGradientEstimator.by_name(name)(**OPTIONS.get(name, {}))
    for name in StructuredGradientEstimator.list_available()
    # Of samples, and by the losses: see reinforce_test and muprop_test.
    if name not in ("muprop", "reinforce")
}
ESTIMATORS["expected_forward-spigot_eg"] = ExpectedForward(SpigotEG(0.7))
ESTIMATORS["blackbox-symmetric"] = Blackbox(step_size=3.0, symmetric=True)
ESTIMATORS["spigot-adaptive"] = Spigot(AdaptiveStepSize(initial=0.3))
ESTIMATORS["implicit_mle-adaptive"] = ImplicitMLE(AdaptiveStepSize(initial=2.0))
STRUCTURES = {
    "projective_trees": ProjectiveTrees(),
    "nonprojective_trees": NonprojectiveTrees(),
    "nonprojective_trees-exact": NonprojectiveTrees(False, TreePolytope(tolerance=1e-7)),
    "labeled_graphs": LabeledGraphs(),
}
# Under noise in training, and afterwards the argmax.
RANDOM = (ImplicitMLE, Perturbed, PerturbAndMap, PerturbAndMarginals)
NUM_LABELS = 3
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
every_structure = pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)


def make_batch(structure, lengths, seed=0):
    torch.manual_seed(seed)
    num_nodes = 1 + max(lengths)
    part = (1 + NUM_LABELS,) if isinstance(structure, LabeledGraphs) else ()
    scores = torch.randn(len(lengths), num_nodes, num_nodes, *part, dtype=torch.float64)
    weights = torch.randn_like(scores)
    mask = torch.arange(num_nodes) <= torch.tensor(lengths).unsqueeze(1)
    return scores.requires_grad_(), weights, mask


def losses_of(parts, weights):
    """A loss for each sentence, not linear in the parts."""
    return ((parts * weights).sin() + parts * weights).flatten(1).sum(dim=1)


def gradient_of_sum(estimator, structure, scores, weights, mask):
    # The same noise, and the same state, for each call.
    torch.manual_seed(3)
    estimator = deepcopy(estimator)
    loss_scale = LossScale()
    parts = estimator(scores, mask, structure, loss_scale)
    loss = loss_scale.watch(losses_of(parts, weights)).sum()
    return torch.autograd.grad(loss, scores)[0] if loss.requires_grad else None


@every_structure
@every_estimator
def test_forward(estimator, structure):
    scores, _, mask = make_batch(structure, [4, 2])
    estimator = deepcopy(estimator)
    for training in (True, False):
        estimator.train(training)
        parts = estimator(scores, mask, structure)
        if estimator.is_hard or (not training and isinstance(estimator, RANDOM)):
            assert torch.equal(parts, structure.argmax(scores, mask))
        elif isinstance(estimator, ImplicitMLE):
            assert structure.contains(parts, mask).all()
        assert parts.dtype == scores.dtype
        assert (parts.masked_fill(structure.support(scores, mask), 0.0) == 0).all()
        assert (parts >= 0).all() and (parts <= 1 + 1e-9).all()
    with torch.no_grad():
        assert torch.equal(estimator(scores, mask, structure), parts)


@every_structure
@every_estimator
@pytest.mark.parametrize("training", [True, False])
def test_forbidden_parts_get_no_gradient(estimator, structure, training):
    scores, weights, mask = make_batch(structure, [4, 3])
    # Arcs between neighbors and from ROOT stay, so that every sentence has a tree.
    modifiers, heads = (torch.arange(5).reshape(shape) for shape in ((-1, 1), (1, -1)))
    far = ((modifiers - heads).abs() > 1) & (heads > 0) & (torch.rand(2, 5, 5) < 0.7)
    far = far.reshape(far.shape + (1,) * (scores.dim() - 3)).expand_as(scores)
    scores = scores.detach().masked_fill(far, -torch.inf).requires_grad_()
    estimator = deepcopy(estimator).train(training)
    gradient = gradient_of_sum(estimator, structure, scores, weights, mask)
    if gradient is not None:
        assert torch.isfinite(gradient).all()
        assert (gradient[far] == 0).all() and gradient.abs().sum() > 0


@every_structure
@every_estimator
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dtypes(estimator, structure, dtype):
    scores, weights, mask = make_batch(structure, [4, 3])
    gradients = []
    for same in (scores.detach().to(dtype), scores.detach().to(dtype).double()):
        same.requires_grad_()
        gradients.append(gradient_of_sum(estimator, structure, same, weights.to(same), mask))
    if gradients[0] is None:
        assert gradients[1] is None
        return
    assert gradients[0].dtype == dtype
    assert torch.isfinite(gradients[0]).all()
    if dtype == torch.float32 and not isinstance(estimator, RANDOM):
        torch.testing.assert_close(gradients[0].double(), gradients[1], rtol=1e-3, atol=1e-4)


@every_structure
@every_estimator
def test_a_batch_of_no_sentences(estimator, structure):
    scores, weights, mask = (tensor[:0] for tensor in make_batch(structure, [3]))
    scores = scores.detach().requires_grad_()
    gradient = gradient_of_sum(estimator, structure, scores, weights, mask)
    assert gradient is None or gradient.shape == scores.shape


@every_structure
@every_estimator
def test_sentences_without_words_or_with_one(estimator, structure):
    scores, weights, mask = make_batch(structure, [2, 1, 0])
    mask[2] = False
    gradient = gradient_of_sum(estimator, structure, scores, weights, mask)
    if gradient is not None:
        assert torch.isfinite(gradient).all() and (gradient[2] == 0).all()


@pytest.mark.parametrize(
    "name", ["implicit_mle", "perturbed", "perturb_and_map", "perturb_and_marginals"]
)
def test_noise_comes_from_the_generator_and_in_training_alone(name):
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [5, 4])
    estimator = deepcopy(ESTIMATORS[name])

    def both():
        parts = estimator(scores, mask, structure)
        return parts.detach(), torch.autograd.grad(losses_of(parts, weights).sum(), scores)[0]

    results = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        results.append(both())
    assert all(map(torch.equal, results[0], results[1]))
    assert not any(map(torch.equal, results[0], results[2]))
    estimator.eval()
    state = torch.get_rng_state()
    parts = estimator(scores, mask, structure)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(parts, structure.argmax(scores, mask))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_what_a_checkpoint_has_of_it(name):
    """Nothing for those that do not change in training, so that archives stay as they were."""
    keys = set(ESTIMATORS[name].state_dict())
    if name.endswith("adaptive"):
        assert keys == {"step_size.beta", "step_size.mean_count"}
    else:
        assert keys == ({"_extra_state"} if name == "annealed_attention" else set())


@every_structure
@pytest.mark.parametrize("name", ESTIMATORS)
def test_who_gets_a_gradient(name, structure):
    scores, weights, mask = make_batch(structure, [5, 4])
    parts = deepcopy(ESTIMATORS[name])(scores, mask, structure)
    if name == "modular":
        assert not parts.requires_grad
        return
    (gradient,) = torch.autograd.grad(losses_of(parts, weights).sum(), scores)
    assert (gradient.flatten(1).norm(dim=1) > 0).all()
    support = structure.support(scores, mask)
    assert (gradient.masked_fill(support, 0.0) == 0).all()


def test_straight_through_is_the_identity():
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [4, 2])
    parts = StraightThrough()(scores, mask, structure)
    (gradient,) = torch.autograd.grad((parts * weights).sum(), scores)
    expected = weights.masked_fill(~structure.support(scores, mask), 0.0)
    assert torch.equal(gradient, expected)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@every_structure
def test_structured_attention_has_the_exact_gradient(structure, temperature):
    scores, weights, mask = make_batch(structure, [3, 2])
    estimator = StructuredAttention(temperature)
    assert torch.equal(
        estimator(scores, mask, structure), structure.marginals(scores / temperature, mask)
    )
    assert torch.autograd.gradcheck(
        lambda s: losses_of(estimator(s, mask, structure), weights), scores
    )


def vectors_of_two_modifiers():
    """
    Two modifiers with three candidate heads each, as rows 1 and 2 of a sentence of two words and
    ROOT.
    """
    arcs = torch.tensor([[[0, 0, 0], [0, 0, 1], [1, 0, 0]]], dtype=torch.float64)
    gradient = torch.tensor(
        [[[0.0, 0.0, 0.0], [-0.3, 0.0, 0.2], [0.05, -0.02, 0.0]]], dtype=torch.float64
    )
    return arcs, gradient, torch.ones(1, 3, dtype=torch.bool)


@pytest.mark.parametrize("max_norm", [None, 1.0, 5 / 32])
def test_spigot_on_a_tree_by_hand(max_norm):
    """With two candidates the projection of (0, 1) - (a, b) moves both by the mean of a and b."""
    arcs, gradient, mask = vectors_of_two_modifiers()
    scores = (2 * arcs).requires_grad_()
    parts = Spigot(max_norm=max_norm)(scores, mask, ProjectiveTrees())
    assert torch.equal(parts, arcs)
    (surrogate,) = torch.autograd.grad(parts, scores, gradient)
    norm = (0.3**2 + 0.2**2 + 0.05**2 + 0.02**2) ** 0.5
    factor = 1.0 if max_norm is None else min(1.0, max_norm / norm)
    expected = torch.tensor([[[0, 0, 0], [-0.25, 0, 0.25], [0.035, -0.035, 0]]]) * factor
    torch.testing.assert_close(surrogate, expected.double())


class Candidates:
    """
    A structure whose rows are simplices over all heads: the setting of the worked vectors, without
    masks.
    """

    def __init__(self, parts):
        self._parts = parts

    def argmax(self, scores, mask):
        return self._parts

    def project(self, point, mask):
        from spigot_allennlp.nn.projections import project_onto_simplex

        return project_onto_simplex(point, torch.ones_like(point, dtype=torch.bool))

    def restrict(self, values, mask):
        return values


@pytest.mark.parametrize(
    "max_norm, expected",
    [
        (1.0, [[-0.25, 0.25, 0], [0.04, -0.01, -0.03]]),
        (5 / 32, [[-0.103334, 0.103334, 0], [0.016533, -0.004133, -0.0124]]),
    ],
)
def test_spigot_worked_vectors_of_a_tree(max_norm, expected):
    parts = torch.tensor([[[0.0, 1, 0], [1, 0, 0]]], dtype=torch.float64)
    gradient = torch.tensor([[[-0.3, 0.2, 0.1], [0.05, 0, -0.02]]], dtype=torch.float64)
    scores = torch.zeros_like(parts, requires_grad=True)
    result = Spigot(max_norm=max_norm)(scores, torch.ones(1, 3), Candidates(parts))
    (surrogate,) = torch.autograd.grad(result, scores, gradient)
    torch.testing.assert_close(surrogate[0], torch.tensor(expected).double(), atol=1e-6, rtol=0)


def test_spigot_worked_vectors_of_a_graph():
    """Arc A = ROOT -> 1 is on with its first label, arc B = 2 -> 1 is off."""
    scores = torch.full((1, 3, 3, 3), -1.0, dtype=torch.float64)
    scores[0, 1, 0] = torch.tensor([2.0, 1.0, 0.0])
    scores.requires_grad_()
    gradient = torch.zeros_like(scores)
    gradient[0, 1, 0] = torch.tensor([0.4, 0.1, -0.2])
    gradient[0, 1, 2] = torch.tensor([-0.3, -0.05, 0.1])
    mask = torch.ones(1, 3, dtype=torch.bool)
    parts = Spigot(max_norm=1.0)(scores, mask, LabeledGraphs())
    assert parts[0, 1, 0].tolist() == [1, 1, 0] and parts[0, 1, 2].tolist() == [0, 0, 0]
    (surrogate,) = torch.autograd.grad(parts, scores, gradient)
    expected = torch.zeros_like(gradient)
    expected[0, 1, 0] = torch.tensor([0.4, 0.4, 0.0])
    expected[0, 1, 2] = torch.tensor([-0.3, -0.225, -0.075])
    torch.testing.assert_close(surrogate, expected)


@given(st.integers(1, 7), st.integers(0, 10**6), st.floats(0.01, 100))
def test_invariants_of_spigot_on_trees(num_words, seed, step_size):
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [num_words], seed)
    parts = Spigot(step_size)(scores, mask, structure)
    (surrogate,) = torch.autograd.grad((parts * weights).sum(), scores)
    rows = surrogate[0, 1:]
    torch.testing.assert_close(rows.sum(dim=1), torch.zeros(num_words, dtype=torch.float64))
    chosen = parts.detach()[0, 1:] == 1
    assert (rows[chosen] >= -1e-12).all() and (rows[chosen] <= 1 + 1e-12).all()
    assert (rows[~chosen] <= 1e-12).all() and (rows[~chosen] >= -1 - 1e-12).all()
    if num_words == 1:
        assert (rows == 0).all(), "a word with one candidate"
    # Zero exactly where the gradient prefers the decision.
    candidates = structure.support(scores, mask)[0, 1:]
    for row, choice, gradient, legal in zip(rows, chosen, weights[0, 1:], candidates):
        best = gradient.masked_fill(~legal, float("inf")).argmin()
        assert (row.abs().max() < 1e-12) == bool(choice[best])


def test_spigot_with_a_huge_step_goes_to_the_best_vertex():
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [5])
    parts = Spigot(step_size=1e6, max_norm=None)(scores, mask, structure)
    (surrogate,) = torch.autograd.grad((parts * weights).sum(), scores)
    legal = structure.support(scores, mask)[0]
    best = weights[0].masked_fill(~legal, float("inf")).argmin(dim=1)
    target = torch.nn.functional.one_hot(best, 6).double()
    torch.testing.assert_close(surrogate[0, 1:], (parts[0] - target)[1:])


def test_spigot_without_constraints_is_the_scaled_straight_through():
    class Unconstrained(Candidates):
        def project(self, point, mask):
            return point

    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [4])
    unconstrained = Unconstrained(structure.argmax(scores, mask))
    results = []
    for estimator in (Spigot(step_size=0.3, max_norm=None), StraightThrough()):
        parts = estimator(scores, mask, unconstrained)
        results.append(torch.autograd.grad((parts * weights).sum(), scores)[0])
    torch.testing.assert_close(results[0], 0.3 * results[1])


@pytest.mark.parametrize(
    "changed", [Spigot(step_size=0.01), Spigot(max_norm=0.1), Spigot(max_norm=None)]
)
def test_every_option_of_spigot_changes_the_gradient(changed):
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [4])
    gradients = [
        gradient_of_sum(estimator, structure, scores, weights, mask)
        for estimator in (Spigot(), changed)
    ]
    assert not torch.allclose(*gradients)


@pytest.mark.parametrize("options", [{"step_size": 0}, {"step_size": -1}, {"max_norm": 0.0}])
def test_spigot_refuses_options_without_meaning(options):
    with pytest.raises(ConfigurationError, match=f"{next(iter(options))} must be positive"):
        Spigot(**options)


def test_estimators_from_configuration():
    estimator = StructuredGradientEstimator.from_params(Params({"type": "spigot", "max_norm": 0.5}))
    assert isinstance(estimator, Spigot) and estimator.max_norm == 0.5
    with pytest.raises(ConfigurationError, match="spigott"):
        StructuredGradientEstimator.from_params(Params({"type": "spigott"}))
    with pytest.raises(ConfigurationError, match="stepsize"):
        StructuredGradientEstimator.from_params(Params({"type": "spigot", "stepsize": 1}))


# The gradient of a sentence is its own: the four ways in which a loss is scaled, and padding.


@every_structure
@every_estimator
def test_batched_equals_alone(estimator, structure, noise_of_places):
    lengths = [5, 2, 4, 1, 3, 5, 2, 4]
    scores, weights, mask = make_batch(structure, lengths)
    together = gradient_of_sum(estimator, structure, scores, weights, mask)
    for i, n in enumerate(lengths):
        n += 1
        alone = gradient_of_sum(
            estimator,
            structure,
            scores[i : i + 1, :n, :n].detach().requires_grad_(),
            weights[i : i + 1, :n, :n],
            mask[i : i + 1, :n],
        )
        if alone is None:
            assert together is None
        else:
            torch.testing.assert_close(together[i, :n, :n], alone[0])
            assert together[i].abs().sum().item() == pytest.approx(alone.abs().sum().item())


@every_structure
@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name != "modular"])
@pytest.mark.parametrize("scale", ["mean", "accumulation", "loss_scale", "all"])
def test_the_gradient_does_not_depend_on_the_scale_of_the_loss(name, structure, scale):
    """It is the sum's, times exactly the factor that any other gradient gets."""
    estimator = ESTIMATORS[name]
    scores, weights, mask = make_batch(structure, [5, 2, 4, 1, 3, 5, 2, 4])
    expected = gradient_of_sum(estimator, structure, scores, weights, mask)
    factor = {"mean": 1 / 8, "accumulation": 1 / 4, "loss_scale": 2.0**16, "all": 2.0**16 / 32}
    loss_scale = LossScale()
    torch.manual_seed(3)
    parts = deepcopy(estimator)(scores, mask, structure, loss_scale)
    losses = loss_scale.watch(losses_of(parts, weights))
    loss = {
        "mean": lambda: losses.mean(),
        "accumulation": lambda: losses.sum() / 4,
        "loss_scale": lambda: losses.sum() * 2.0**16,
        "all": lambda: losses.mean() / 4 * 2.0**16,
    }[scale]()
    (gradient,) = torch.autograd.grad(loss, scores)
    torch.testing.assert_close(gradient, expected * factor[scale])


def test_without_a_loss_scale_the_projection_would_depend_on_it():
    """The reason for `LossScale`: the projection is not linear."""
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [5, 4])
    gradients = []
    for factor in (1.0, 0.1):
        parts = Spigot()(scores, mask, structure)
        loss = factor * losses_of(parts, weights).sum()
        gradients.append(torch.autograd.grad(loss, scores)[0] / factor)
    assert not torch.allclose(*gradients)


def test_a_sentence_of_weight_zero_gets_zero():
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [5, 4])
    loss_scale = LossScale()
    parts = Spigot()(scores, mask, structure, loss_scale)
    losses = loss_scale.watch(losses_of(parts, weights))
    (gradient,) = torch.autograd.grad((losses * torch.tensor([1.0, 0.0])).sum(), scores)
    assert gradient[0].abs().sum() > 0 and (gradient[1] == 0).all()


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_a_gradient_that_overflowed_stays_visible(bad):
    """Mixed precision looks for values that are not finite to skip the step."""
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [5, 4])
    loss_scale = LossScale()
    parts = Spigot()(scores, mask, structure, loss_scale)
    losses = loss_scale.watch(losses_of(parts, weights * torch.tensor([1.0, bad])[:, None, None]))
    (gradient,) = torch.autograd.grad(losses.mean(), scores)
    assert torch.isfinite(gradient[0]).all() and not torch.isfinite(gradient[1]).all()


def test_a_loss_that_was_not_watched_is_an_error():
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [3])
    parts = Spigot()(scores, mask, structure, LossScale())
    with pytest.raises(RuntimeError, match="watch"):
        losses_of(parts, weights).sum().backward()


@every_structure
@every_estimator
def test_arguments_are_left_alone(estimator, structure):
    scores, weights, mask = make_batch(structure, [4, 2])
    before = scores.detach().clone(), mask.clone()
    gradient_of_sum(estimator, structure, scores, weights, mask)
    assert torch.equal(scores.detach(), before[0]) and torch.equal(mask, before[1])
    assert scores.grad is None


@every_structure
@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name != "modular"])
def test_what_is_forbidden_is_no_part_of_a_sentence(name, structure):
    """Whatever gradient comes back to it, it gets none and changes none."""
    scores, weights, mask = make_batch(structure, [4, 3], seed=4)
    forbidden = torch.zeros_like(scores, dtype=torch.bool)
    forbidden[:, 1, 2] = forbidden[:, 2, 0] = forbidden[:, 3, 1] = True
    forbidden &= structure.support(scores, mask)
    surrogates = []
    for gradient in (weights, torch.where(forbidden, -100 * weights.abs(), weights)):
        restricted = scores.masked_fill(forbidden, -torch.inf)
        # The same noise, and the same state.
        torch.manual_seed(3)
        parts = deepcopy(ESTIMATORS[name])(restricted, mask, structure)
        assert (parts[forbidden] == 0).all()
        surrogates.append(torch.autograd.grad(parts, restricted, gradient)[0])
    # It sends nothing where the best tree is far from all others.
    assert surrogates[0].abs().sum() > 0 or name == "lpgd"
    assert (surrogates[0][forbidden] == 0).all()
    torch.testing.assert_close(*surrogates)
    if name == "spigot" and not isinstance(structure, LabeledGraphs):
        # The heads that are left share the step among them.
        torch.testing.assert_close(
            surrogates[0].sum(dim=2), torch.zeros(2, 5, dtype=torch.float64), atol=1e-6, rtol=0
        )


@pytest.mark.parametrize(
    ("result", "found"),
    [(lambda gradient: None, "NoneType"), (lambda gradient: gradient[0], "shape (5, 5)")],
)
def test_a_pullback_that_returns_no_gradient(result, found):
    class OfUser(StructuredGradientEstimator):
        @overrides(check_signature=False)
        def pullback(self, gradient, decision):
            return result(gradient)

    scores, weights, mask = make_batch(ProjectiveTrees(), [4, 2])
    with pytest.raises(ValueError, match=rf"An estimator returned .*{re.escape(found)} for a"):
        gradient_of_sum(OfUser(), ProjectiveTrees(), scores, weights, mask)


def test_what_a_pullback_returns_beside_a_sentence_is_left_out():
    """As much padding as its batch may have."""

    class OfUser(StructuredGradientEstimator):
        @overrides(check_signature=False)
        def pullback(self, gradient, decision):
            return torch.ones_like(gradient)

    scores, weights, mask = make_batch(ProjectiveTrees(), [4, 2])
    gradient = gradient_of_sum(OfUser(), ProjectiveTrees(), scores, weights, mask)
    # The heads that a word may have: all nodes but itself.
    assert gradient.sum(dim=(1, 2)).tolist() == [4 * 4, 2 * 2]


@pytest.mark.parametrize(
    ("method", "result", "found"),
    [
        ("argmax", lambda parts: parts > 0, "torch.bool"),
        ("argmax", lambda parts: parts.argmax(dim=-1), "shape (2, 5) and torch.int64"),
        ("project", lambda parts: parts[:, 1:], "shape (2, 4, 5)"),
    ],
)
def test_what_a_structure_returns_has_the_form_of_the_scores(method, result, found):
    class OfUser(ProjectiveTrees):
        pass

    of_parent = getattr(ProjectiveTrees, method)
    setattr(OfUser, method, lambda self, *given: result(of_parent(self, *given)))
    scores, weights, mask = make_batch(ProjectiveTrees(), [4, 2])
    with pytest.raises(
        ValueError, match=rf"`OfUser.{method}` returned a tensor .*{re.escape(found)}"
    ):
        gradient_of_sum(Spigot(), OfUser(), scores, weights, mask)


@pytest.mark.parametrize("form", [(), (2, 1), (6,)])
def test_what_is_watched_is_a_loss_of_each_sentence(form):
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch(structure, [4, 2])
    loss_scale = LossScale()
    parts = Spigot()(scores, mask, structure, loss_scale)
    losses = loss_scale.watch(losses_of(parts, weights).sum().expand(form))
    with pytest.raises(ValueError, match=rf"here \(2,\), but .* shape {re.escape(str(form))}"):
        losses.sum().backward()


def test_an_estimator_without_a_pullback():
    class OfUser(StructuredGradientEstimator):
        pass

    scores, weights, mask = make_batch(ProjectiveTrees(), [4, 2])
    with pytest.raises(NotImplementedError, match="OfUser has neither a method `pullback` nor"):
        gradient_of_sum(OfUser(), ProjectiveTrees(), scores, weights, mask)
