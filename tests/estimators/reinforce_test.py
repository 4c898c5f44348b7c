"""REINFORCE against the exact gradient of the expected loss, by enumeration."""

import json

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.estimators import LossScale, Reinforce, StructuredGradientEstimator
from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees
from tests import FIXTURES_ROOT
from tests.brute_force import all_structures
from tests.estimators.estimator_test import losses_of

# With the words of the first sentence, for enumeration; the second is there for the baseline.
CASES = {
    "projective_trees": (ProjectiveTrees(), {"single_root": True}, 3),
    "nonprojective_trees": (NonprojectiveTrees(False), {"single_root": False}, 3),
    "labeled_graphs": (LabeledGraphs(), {}, 2),
}
every_structure = pytest.mark.parametrize("name", CASES)
BASELINES = ["sentences", "words", None]


def make_batch(name, num_words):
    torch.manual_seed(0)
    num_nodes = num_words + 1
    part = (3,) if name == "labeled_graphs" else ()
    scores = torch.randn(2, num_nodes, num_nodes, *part, dtype=torch.float64)
    mask = torch.ones(2, num_nodes, dtype=torch.bool)
    mask[1, -1] = False
    return scores.requires_grad_(), torch.randn_like(scores), mask


class Drawn:
    """A structure whose samples are given."""

    def __init__(self, structure, parts):
        self.structure = structure
        self.parts = parts

    def sample(self, scores, mask):
        return self.parts[None]

    def __getattr__(self, name):
        return getattr(self.structure, name)


def surrogate(estimator, structure, scores, weights, mask, reduce=torch.sum):
    loss_scale = LossScale()
    parts = estimator(scores, mask, structure, loss_scale)
    losses = loss_scale.watch(losses_of(parts, weights))
    return torch.autograd.grad(reduce(losses), scores)[0]


@every_structure
@pytest.mark.parametrize("baseline", BASELINES)
def test_is_the_gradient_of_the_expected_loss_on_average(name, baseline):
    structure, options, num_words = CASES[name]
    scores, weights, mask = make_batch(name, num_words)
    structures = torch.from_numpy(all_structures(name, num_words, **options))
    probabilities = (structures * scores[0]).flatten(1).sum(dim=1).softmax(dim=0)
    expected_loss = (probabilities * losses_of(structures, weights[0])).sum()
    (expected,) = torch.autograd.grad(expected_loss, scores)
    other = structure.sample(scores, mask)[0, 1]
    mean, squares = 0.0, 0.0
    for probability, parts in zip(probabilities.detach(), structures):
        drawn = Drawn(structure, torch.stack([parts, other]))
        gradient = surrogate(Reinforce(baseline), drawn, scores, weights, mask)[0]
        mean = mean + probability * gradient
        squares = squares + probability * gradient.square().sum()
    torch.testing.assert_close(mean, expected[0])
    # And is no constant.
    assert squares > expected[0].square().sum() * 1.01


@every_structure
def test_samples_in_training_alone(name):
    structure, _, num_words = CASES[name]
    scores, weights, mask = make_batch(name, num_words)
    estimator = Reinforce()
    torch.manual_seed(4)
    expected = [structure.sample(scores, mask)[0] for _ in range(20)]
    torch.manual_seed(4)
    parts = [estimator(scores, mask, structure, LossScale()) for _ in range(20)]
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(parts, expected))
    assert len({tuple(part.flatten().tolist()) for part in parts}) > 1
    estimator.eval()
    best = structure.argmax(scores, mask)
    assert torch.equal(estimator(scores, mask, structure), best)
    # Whoever asks for a gradient then gets that of this structure.
    gradient = surrogate(estimator, structure, scores, weights, mask)
    as_drawn = surrogate(Reinforce(), Drawn(structure, best), scores, weights, mask)
    assert torch.equal(gradient, as_drawn)


def test_baselines_by_hand():
    structure = ProjectiveTrees()
    scores, _, mask = make_batch("projective_trees", 3)
    parts = structure.argmax(scores, mask)
    slopes = parts - structure.marginals(scores, mask)
    own, others = torch.tensor([5.0, 2.0]), {"sentences": [2.0, 5.0], "words": [3.0, 10 / 3]}
    for baseline in BASELINES:
        loss_scale = LossScale()
        drawn = Reinforce(baseline)(scores, mask, Drawn(structure, parts), loss_scale)
        losses = own + (0 * drawn).flatten(1).sum(dim=1)
        (gradient,) = torch.autograd.grad(loss_scale.watch(losses).sum(), scores)
        advantages = own - torch.tensor(others.get(baseline, [0.0, 0.0]))
        torch.testing.assert_close(gradient, advantages.double()[:, None, None] * slopes)


def test_a_single_sentence_has_nothing_to_be_compared_with():
    scores, weights, mask = make_batch("projective_trees", 3)
    arguments = scores[:1], weights[:1], mask[:1]
    parts = ProjectiveTrees().argmax(scores[:1], mask[:1])
    gradients = [
        surrogate(Reinforce(baseline), Drawn(ProjectiveTrees(), parts), *arguments)
        for baseline in BASELINES
    ]
    assert gradients[0].abs().sum() > 0
    assert all(torch.equal(gradient, gradients[0]) for gradient in gradients)


@every_structure
@pytest.mark.parametrize("reduce, factor", [(torch.mean, 0.5), (lambda x: 8 * x.sum(), 8.0)])
def test_the_gradient_does_not_depend_on_the_scale_of_the_loss(name, reduce, factor):
    structure, _, num_words = CASES[name]
    scores, weights, mask = make_batch(name, num_words)
    drawn = Drawn(structure, structure.sample(scores, mask)[0])
    expected = surrogate(Reinforce(), drawn, scores, weights, mask)
    gradient = surrogate(Reinforce(), drawn, scores, weights, mask, reduce)
    torch.testing.assert_close(gradient, factor * expected)
    assert (gradient.masked_fill(structure.support(scores, mask), 0.0) == 0).all()


def test_a_loss_that_has_overflowed_leaves_the_others_alone():
    structure = ProjectiveTrees()
    scores, weights, mask = make_batch("projective_trees", 3)
    weights[1] = float("inf")
    gradient = surrogate(Reinforce(), structure, scores, weights, mask)
    assert torch.isfinite(gradient[0]).all() and not torch.isfinite(gradient[1]).all()


def test_a_loss_that_nobody_saw_is_an_error():
    scores, weights, mask = make_batch("projective_trees", 3)
    parts = Reinforce()(scores, mask, ProjectiveTrees())
    with pytest.raises(ValueError, match="give it a LossScale"):
        losses_of(parts, weights).sum().backward()
    parts = Reinforce()(scores, mask, ProjectiveTrees(), LossScale())
    with pytest.raises(RuntimeError, match="before any loss was seen"):
        losses_of(parts, weights).sum().backward()


def test_options():
    estimator = StructuredGradientEstimator.from_params(
        Params({"type": "reinforce", "baseline": "words"})
    )
    assert isinstance(estimator, Reinforce) and estimator.baseline == "words"
    with pytest.raises(ConfigurationError, match=r"baseline must be .* but got 'mean'"):
        Reinforce("mean")


@pytest.mark.slow
@pytest.mark.parametrize("config", ["sdp_pipeline", "sst_pipeline"])
def test_in_a_pipeline(config, tmp_path):
    overrides = {"model.estimator": {"type": "reinforce"}}
    if config == "sst_pipeline":
        overrides["model.intermediate.deterministic_labels"] = False
    params = Params.from_file(FIXTURES_ROOT / f"{config}.jsonnet", json.dumps(overrides))
    train_model(params, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["training_gradient_norm"] > 0
