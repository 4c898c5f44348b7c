"""MuProp against the exact gradient of the expected loss, by enumeration."""

import json

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.estimators import LossScale, MuProp, Reinforce, StructuredGradientEstimator
from spigot_allennlp.structures import ProjectiveTrees
from tests import FIXTURES_ROOT
from tests.estimators.estimator_test import losses_of
from tests.estimators.reinforce_test import (
    CASES,
    Drawn,
    every_structure,
    exact_gradient,
    make_batch,
    surrogate,
)


@every_structure
def test_whatever_it_shows_it_is_the_gradient_of_the_expected_loss_on_average(name):
    scores, weights, mask = make_batch(name, CASES[name][2])
    expected, structures, probabilities = exact_gradient(name, scores, weights)
    for shown in structures[:: max(1, len(structures) // 4)]:
        # A sentence for each pair of further samples.
        first, second = torch.cartesian_prod(*2 * [torch.arange(len(structures))]).T
        others = structures[first], structures[second]
        drawn = Drawn(CASES[name][0], shown.expand_as(others[0]), *others)
        copies = [x[:1].detach().expand(len(first), *x.shape[1:]) for x in (scores, weights, mask)]
        copies[0].requires_grad_()
        loss_scale = LossScale(lambda parts, weights=copies[1]: losses_of(parts, weights))
        parts = MuProp(num_samples=2)(copies[0], copies[2], drawn, loss_scale)
        assert torch.equal(parts[0], shown)
        losses = loss_scale.watch(losses_of(parts, copies[1]))
        (gradients,) = torch.autograd.grad(losses.sum(), copies[0])
        shares = probabilities[first] * probabilities[second]
        shares = shares.reshape((-1,) + (1,) * (gradients.dim() - 1))
        torch.testing.assert_close((shares * gradients).sum(dim=0), expected)
        # And is no constant.
        assert (gradients - expected).abs().max() > 0.01


def linear_losses_of(parts, weights):
    return (parts * weights).flatten(1).sum(dim=1)


def draws(estimator, name, num_draws=4000, loss=losses_of):
    """Gradients of the first sentence, by its own samples."""
    structure, _, num_words = CASES[name]
    scores, weights, mask = make_batch(name, num_words)
    copies = [x[:1].detach().expand(num_draws, *x.shape[1:]) for x in (scores, weights, mask)]
    copies[0].requires_grad_()
    loss_scale = LossScale(lambda parts: loss(parts, copies[1]))
    parts = estimator(copies[0], copies[2], structure, loss_scale)
    losses = loss_scale.watch(loss(parts, copies[1]))
    return torch.autograd.grad(losses.sum(), copies[0])[0]


@every_structure
@pytest.mark.parametrize("num_samples", [2, 5])
def test_so_it_is_with_its_own_samples(name, num_samples):
    """Within 4 standard errors of the mean, for each part, in training and in evaluation."""
    scores, weights, _ = make_batch(name, CASES[name][2])
    expected, _, _ = exact_gradient(name, scores, weights)
    for training in (True, False):
        gradients = draws(MuProp(num_samples).train(training), name)
        standard_errors = gradients.std(dim=0) / len(gradients) ** 0.5
        assert (standard_errors > 0).any()
        assert ((gradients.mean(dim=0) - expected).abs() <= 4 * standard_errors + 1e-12).all()


@every_structure
def test_a_linear_loss_leaves_no_noise(name):
    scores, weights, _ = make_batch(name, CASES[name][2])
    _, structures, probabilities = exact_gradient(name, scores, weights)
    expected_loss = probabilities @ linear_losses_of(structures, weights[0])
    deviations = linear_losses_of(structures, weights[0]) - expected_loss
    expected = torch.einsum("z,z...->...", probabilities * deviations, structures)
    assert expected.abs().max() > 0.01
    gradients = draws(MuProp(), name, num_draws=8, loss=linear_losses_of)
    torch.testing.assert_close(gradients, expected.expand_as(gradients))


@every_structure
def test_it_is_surer_than_reinforce_and_the_surer_with_more_samples(name):
    spreads = []
    for estimator in (Reinforce("self_critical"), MuProp(2), MuProp(8)):
        gradients = draws(estimator, name)
        spreads.append(gradients.var(dim=0).sum())
    assert spreads[0] > spreads[1] > 2 * spreads[2]


def test_samples_in_training_alone():
    structure = ProjectiveTrees()
    scores, _, mask = make_batch("projective_trees", 3)
    estimator = MuProp()
    torch.manual_seed(4)
    parts = [estimator(scores, mask, structure) for _ in range(20)]
    assert structure.contains(torch.cat(parts), mask.repeat(20, 1)).all()
    assert len({tuple(part.flatten().tolist()) for part in parts}) > 1
    estimator.eval()
    state = torch.get_rng_state()
    assert torch.equal(estimator(scores, mask, structure), structure.argmax(scores, mask))
    assert torch.equal(torch.get_rng_state(), state)


def test_the_gradient_does_not_depend_on_the_scale_of_the_loss():
    scores, weights, mask = make_batch("projective_trees", 3)
    gradients = []
    for reduce in (torch.sum, torch.mean, lambda losses: 8 * losses.sum()):
        torch.manual_seed(4)
        gradients.append(surrogate(MuProp(), ProjectiveTrees(), scores, weights, mask, reduce))
    torch.testing.assert_close(gradients[1], 0.5 * gradients[0])
    torch.testing.assert_close(gradients[2], 8 * gradients[0])


def test_what_all_structures_cost_does_not_matter_in_half_precision_either():
    scores, weights, mask = make_batch("projective_trees", 3)
    scores = scores.detach().bfloat16().requires_grad_()
    gradients = []
    for constant in (0.0, 1000.0):
        torch.manual_seed(4)
        arguments = scores, weights.float(), mask
        gradients.append(surrogate(MuProp(), ProjectiveTrees(), *arguments, constant=constant))
    torch.testing.assert_close(gradients[1], gradients[0])


def test_a_sentence_is_its_own_business():
    scores, weights, mask = make_batch("projective_trees", 3)
    torch.manual_seed(4)
    samples = ProjectiveTrees().sample(scores, mask, 5)
    drawn = Drawn(ProjectiveTrees(), *samples)
    both = surrogate(MuProp(), drawn, scores, weights, mask)
    for i in range(2):
        drawn = Drawn(ProjectiveTrees(), *samples[:, i : i + 1])
        alone = surrogate(MuProp(), drawn, *(x[i : i + 1] for x in (scores, weights, mask)))
        torch.testing.assert_close(alone, both[i : i + 1])


@every_structure
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_odd_sentences_in_single_and_half_precision(name, dtype):
    """One without words, and one with a part that is forbidden."""
    structure = CASES[name][0]
    scores, weights, mask = make_batch(name, 3)
    scores, weights = scores.detach().to(dtype), weights.to(dtype)
    mask[1] = False
    forbidden = torch.zeros_like(scores, dtype=torch.bool)
    forbidden[0, 1, 2] = True
    scores = scores.masked_fill(forbidden, -torch.inf).requires_grad_()
    gradient = surrogate(MuProp(), structure, scores, weights, mask)
    assert gradient.dtype == dtype and torch.isfinite(gradient).all()
    assert (gradient[forbidden] == 0).all() and (gradient[1] == 0).all()
    assert gradient[0].abs().sum() > 0


def test_others_are_tried_where_there_will_be_a_gradient():
    scores, weights, mask = make_batch("projective_trees", 3)
    tried = []

    def losses_with(parts):
        tried.append(parts)
        return losses_of(parts, weights)

    estimator, loss_scale = MuProp(num_samples=3), LossScale(losses_with)
    with torch.no_grad():
        estimator(scores, mask, ProjectiveTrees(), loss_scale)
    estimator(scores.detach(), mask, ProjectiveTrees(), loss_scale)
    assert tried == []
    estimator(scores, mask, ProjectiveTrees(), loss_scale)
    assert len(tried) == 3


@pytest.mark.parametrize("loss_scale", [None, LossScale()])
def test_nobody_tries_others(loss_scale):
    scores, weights, mask = make_batch("projective_trees", 3)
    losses = losses_of(MuProp()(scores, mask, ProjectiveTrees(), loss_scale), weights)
    with pytest.raises(ValueError, match="LossScale with `losses_with`"):
        (losses if loss_scale is None else loss_scale.watch(losses)).sum().backward()


def test_options():
    estimator = StructuredGradientEstimator.from_params(
        Params({"type": "muprop", "num_samples": 7})
    )
    assert isinstance(estimator, MuProp) and estimator.num_samples == 7
    with pytest.raises(ConfigurationError, match="num_samples must be at least 2 but got 1"):
        MuProp(1)


@pytest.mark.slow
@pytest.mark.parametrize("config", ["sdp_pipeline", "sst_pipeline"])
def test_in_a_pipeline(config, tmp_path):
    overrides = {"model.estimator": {"type": "muprop"}}
    if config == "sst_pipeline":
        overrides["model.intermediate.deterministic_labels"] = False
    params = Params.from_file(FIXTURES_ROOT / f"{config}.jsonnet", json.dumps(overrides))
    train_model(params, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["training_gradient_norm"] > 0
