"""Options of estimators: what they do, which have no meaning, and what a structure must have."""

import json
import re

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.commands.compare.estimator_choices import parse_estimators
from spigot_allennlp.estimators import (
    LPGD,
    AdaptiveStepSize,
    AnnealedAttention,
    Blackbox,
    Decision,
    ExpectedForward,
    IdentityProjection,
    ImplicitMLE,
    Modular,
    PerturbAndMarginals,
    Perturbed,
    Spigot,
    SpigotCE,
    SpigotEG,
    StructuredGradientEstimator,
)
from spigot_allennlp.structures import LabeledGraphs, ProjectiveTrees, Structure


def decision_about(structure, seed=0, labels=()):
    torch.manual_seed(seed)
    scores = torch.randn(2, 5, 5, *labels, dtype=torch.float64)
    mask = torch.arange(5) <= torch.tensor([[4], [3]])
    gradient = structure.restrict(torch.randn_like(scores), mask)
    return Decision(scores, structure.argmax(scores, mask), mask, structure), gradient


@pytest.mark.parametrize(
    "first, second",
    [
        (SpigotCE(), SpigotCE(step_size=0.1)),
        (SpigotCE(), SpigotCE(max_norm=0.1)),
        (SpigotEG(), SpigotEG(0.1)),
        (IdentityProjection(), IdentityProjection(normalize=True)),
        (Blackbox(), Blackbox(2.0)),
        (Blackbox(), Blackbox(symmetric=True)),
        (LPGD(), LPGD(2.0)),
        (LPGD(), LPGD(rho=0.3)),
        (ImplicitMLE(), ImplicitMLE(2.0)),
        (ImplicitMLE(), ImplicitMLE(num_samples=5)),
        (ImplicitMLE(), ImplicitMLE(temperature=0.1)),
        (ImplicitMLE(num_samples=9), ImplicitMLE(num_samples=9, num_terms=20)),
        (ImplicitMLE(), ImplicitMLE(num_active=1.0)),
        (Perturbed(), Perturbed(num_samples=3)),
        (Perturbed(), Perturbed(sigma=0.3)),
        (Perturbed(), Perturbed(noise="gumbel")),
        (PerturbAndMarginals(), PerturbAndMarginals(0.3)),
    ],
)
def test_every_option_changes_the_gradient(first, second):
    decision, gradient = decision_about(ProjectiveTrees(), seed=1)
    surrogates = []
    for estimator in (first, second):
        torch.manual_seed(4)
        surrogates.append(estimator.pullback(gradient, decision))
    assert not torch.allclose(*surrogates)


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("spigot_ce", {"step_size": 0}, "step_size must be positive but got 0"),
        ("spigot_ce", {"max_norm": -1.0}, "max_norm must be positive, or null"),
        ("spigot_eg", {"step_size": -1}, "step_size must be positive"),
        ("blackbox", {"step_size": 0.0}, "step_size must be positive"),
        ("lpgd", {"rho": 0.0}, "rho must be positive"),
        ("muprop", {"num_samples": 1}, "num_samples must be at least 2 but got 1"),
        ("implicit_mle", {"num_samples": 0}, "num_samples must be at least 1 but got 0"),
        ("implicit_mle", {"num_terms": 0}, "num_terms must be at least 1"),
        ("implicit_mle", {"temperature": 0}, "temperature must be positive"),
        ("implicit_mle", {"num_active": 0}, "num_active must be positive"),
        ("perturbed", {"num_samples": 0}, "num_samples must be at least 1"),
        ("perturbed", {"sigma": -1}, "sigma must be positive"),
        ("perturbed", {"noise": "cauchy"}, "noise must be 'normal' or 'gumbel' but got 'cauchy'"),
        ("perturb_and_map", {"scale": 0}, "scale must be positive but got 0"),
        ("perturb_and_marginals", {"temperature": 0}, "temperature must be positive"),
        ("structured_attention", {"temperature": 0}, "temperature must be positive"),
        ("annealed_attention", {"num_steps": 0}, "num_steps must be at least 1"),
        ("annealed_attention", {"end": 0}, "end must be positive"),
        ("annealed_attention", {"start": 0.5, "end": 0.6}, "end must not exceed start, 0.5, but"),
    ],
)
def test_options_without_meaning(name, options, message):
    with pytest.raises(ConfigurationError, match=message):
        StructuredGradientEstimator.from_params(Params({"type": name, **options}))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"initial": -1}, "initial must not be negative but got -1"),
        ({"target": 0}, "target must be positive but got 0"),
        ({"increment": 0}, "increment must be positive but got 0"),
        ({"decay": 1}, "decay must be in [0, 1) but got 1"),
    ],
)
def test_adaptive_options_without_meaning(options, message):
    text = json.dumps({"type": "spigot", "step_size": {"type": "adaptive", **options}})
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        parse_estimators([text])


def test_an_adaptive_step_size_from_configuration():
    for name in ("spigot", "spigot_ce", "spigot_eg", "blackbox", "lpgd", "implicit_mle"):
        params = Params({"type": name, "step_size": {"type": "adaptive", "initial": 0.5}})
        estimator = StructuredGradientEstimator.from_params(params)
        assert isinstance(estimator.step_size, AdaptiveStepSize)
        assert estimator.step_size.beta.item() == 0.5
        params = Params({"type": name, "step_size": 3})
        assert StructuredGradientEstimator.from_params(params).step_size == 3


def test_another_estimator_under_noise_from_configuration():
    text = '{"type": "perturb_and_map", "estimator": {"type": "spigot", "step_size": 3}}'
    (config,) = parse_estimators([text]).values()
    estimator = StructuredGradientEstimator.from_params(Params(config))
    assert isinstance(estimator.estimator, Spigot) and estimator.estimator.step_size == 3
    (config,) = parse_estimators(['{"type": "perturb_and_map", "estimator": "modular"}']).values()
    estimator = StructuredGradientEstimator.from_params(Params(config))
    assert isinstance(estimator.estimator, Modular)


def test_expected_forward_from_configuration():
    text = '{"type": "expected_forward", "estimator": {"type": "spigot_eg", "step_size": 3}}'
    (config,) = parse_estimators([text]).values()
    estimator = StructuredGradientEstimator.from_params(Params(config))
    assert isinstance(estimator.estimator, SpigotEG) and estimator.estimator.step_size == 3


@pytest.mark.parametrize("inner", [Modular(), PerturbAndMarginals(), Perturbed()])
def test_expected_forward_takes_what_decides_hard_and_sends_back(inner):
    with pytest.raises(ConfigurationError, match=f"decides hard .* got {type(inner).__name__}"):
        ExpectedForward(inner)


MARGINALS = [
    "structured_attention",
    "spigot_ce",
    "spigot_eg",
    "straight_through_marginals",
    "perturb_and_map",
    "perturb_and_marginals",
    "expected_forward",
    "annealed_attention",
    "muprop",
    "reinforce",
]


@pytest.mark.parametrize("name", StructuredGradientEstimator.list_available())
def test_graphs_whose_labels_occur_once_have_no_marginals(name):
    illegal = torch.zeros(2, 4, dtype=torch.bool)
    structure = LabeledGraphs().restricted(illegal, torch.tensor([False, True, False, True]))
    decision, gradient = decision_about(structure, labels=(4,))
    scores = decision.scores.clone().requires_grad_()

    def run():
        estimator = StructuredGradientEstimator.by_name(name)()
        parts = estimator(scores, decision.mask, structure)
        if parts.requires_grad:
            parts.backward(gradient)

    if name in MARGINALS:
        with pytest.raises(ConfigurationError, match="no tractable partition function"):
            run()
    else:
        run()


class NoDirections(Structure):
    """Trees that do not say what changes no decision."""

    argmax, restrict = ProjectiveTrees().argmax, ProjectiveTrees().restrict


def test_a_structure_that_does_not_say_what_changes_no_decision():
    decision, gradient = decision_about(ProjectiveTrees())
    decision = Decision(decision.scores, decision.parts, decision.mask, NoDirections())
    with pytest.raises(
        ConfigurationError, match=r"NoDirections does not say .* `without_invariant_directions`"
    ):
        IdentityProjection().pullback(gradient, decision)


@pytest.mark.parametrize("structure", [ProjectiveTrees(), LabeledGraphs()])
def test_normalized_identity_is_the_chain_rule(structure):
    labels = (4,) if isinstance(structure, LabeledGraphs) else ()
    decision, gradient = decision_about(structure, labels=labels)
    candidates = structure.support(decision.scores, decision.mask)
    candidates = candidates.expand_as(decision.scores)

    def normalized(scores):
        centered = structure.without_invariant_directions(scores, candidates)
        norms = centered.flatten(1).norm(dim=1).reshape((-1,) + (1,) * (scores.dim() - 1))
        return centered / norms

    scores = decision.scores.clone().requires_grad_()
    result = normalized(scores)
    assert torch.equal(structure.argmax(result, decision.mask), decision.parts)
    (expected,) = torch.autograd.grad(result, scores, gradient)
    surrogate = IdentityProjection(normalize=True).pullback(gradient, decision)
    torch.testing.assert_close(surrogate, expected)


def test_normalized_identity_of_equal_scores_is_zero():
    decision, gradient = decision_about(ProjectiveTrees())
    decision = Decision(
        torch.ones_like(decision.scores), decision.parts, decision.mask, decision.structure
    )
    surrogate = IdentityProjection(normalize=True).pullback(gradient, decision)
    assert torch.isfinite(surrogate).all() and surrogate.abs().max() < 1e-9


class TestAnnealedAttention:
    def test_the_temperature_falls_in_training_alone(self):
        estimator = AnnealedAttention(num_steps=4, start=2.0, end=0.125)
        decision, _ = decision_about(ProjectiveTrees())
        scores, mask, structure = decision.scores, decision.mask, decision.structure
        for temperature in (2.0, 1.0, 0.5, 0.25):
            expected = structure.marginals(scores / temperature, mask)
            for training in (False, True):
                assert estimator.temperature == pytest.approx(temperature)
                parts = estimator.train(training)(scores, mask, structure)
                torch.testing.assert_close(parts, expected)
        for training in (False, True, True):
            scores = scores.clone().requires_grad_()
            parts = estimator.train(training)(scores, mask, structure)
            assert estimator.temperature == 0
            assert torch.equal(parts, decision.parts) and not parts.requires_grad

    def test_goes_on_from_a_checkpoint(self):
        estimator, other = AnnealedAttention(num_steps=4), AnnealedAttention(num_steps=4)
        decision, _ = decision_about(ProjectiveTrees())
        for _ in range(3):
            estimator(decision.scores, decision.mask, decision.structure)
        other.load_state_dict(estimator.state_dict())
        assert other.steps_done == 3 and other.temperature == estimator.temperature
