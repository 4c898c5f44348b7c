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
OF_THE_BATCH = ["sentences", "words", None]
BASELINES = [*OF_THE_BATCH, "self_critical"]


def make_batch(name, num_words):
    torch.manual_seed(0)
    num_nodes = num_words + 1
    part = (3,) if name == "labeled_graphs" else ()
    scores = torch.randn(2, num_nodes, num_nodes, *part, dtype=torch.float64)
    mask = torch.ones(2, num_nodes, dtype=torch.bool)
    mask[1, -1] = False
    return scores.requires_grad_(), torch.randn_like(scores), mask


class Drawn:
    """A structure whose samples are given, one after another and again."""

    def __init__(self, structure, *samples):
        self.structure = structure
        self.samples = torch.stack(samples)

    def sample(self, scores, mask, num_samples=1):
        given = self.samples[:num_samples]
        self.samples = self.samples.roll(-num_samples, 0)
        return given

    def __getattr__(self, name):
        return getattr(self.structure, name)


def surrogate(estimator, structure, scores, weights, mask, reduce=torch.sum, constant=0.0):
    """The losses are `constant` and what `weights` say of the parts."""
    loss_scale = LossScale(lambda parts: constant + losses_of(parts, weights))
    parts = estimator(scores, mask, structure, loss_scale)
    losses = loss_scale.watch(constant + losses_of(parts, weights))
    return torch.autograd.grad(reduce(losses), scores)[0]


def exact_gradient(name, scores, weights):
    """Of the expected loss of the first sentence; also its structures and their probabilities."""
    _, options, num_words = CASES[name]
    structures = torch.from_numpy(all_structures(name, num_words, **options))
    probabilities = (structures * scores[0]).flatten(1).sum(dim=1).softmax(dim=0)
    expected_loss = (probabilities * losses_of(structures, weights[0])).sum()
    return torch.autograd.grad(expected_loss, scores)[0][0], structures, probabilities.detach()


def moments(name, estimator, scores, weights, mask, constant=0.0):
    """The mean of the first sentence's gradient over all structures, and its mean square norm."""
    structure = CASES[name][0]
    _, structures, probabilities = exact_gradient(name, scores, weights)
    other = structure.sample(scores, mask)[0, 1]
    mean, squares = 0.0, 0.0
    for probability, parts in zip(probabilities, structures):
        drawn = Drawn(structure, torch.stack([parts, other]))
        gradient = surrogate(estimator, drawn, scores, weights, mask, constant=constant)[0]
        mean = mean + probability * gradient
        squares = squares + probability * gradient.square().sum()
    return mean, squares


@every_structure
@pytest.mark.parametrize("baseline", BASELINES)
def test_is_the_gradient_of_the_expected_loss_on_average(name, baseline):
    scores, weights, mask = make_batch(name, CASES[name][2])
    expected, _, _ = exact_gradient(name, scores, weights)
    mean, squares = moments(name, Reinforce(baseline), scores, weights, mask)
    torch.testing.assert_close(mean, expected)
    # And is no constant.
    assert squares > expected.square().sum() * 1.01


@every_structure
@pytest.mark.parametrize("baseline", ["self_critical", None])
def test_so_it_is_with_its_own_samples(name, baseline):
    """Within 4 standard errors of the mean, for each part."""
    num_samples = 4000
    structure, _, num_words = CASES[name]
    scores, weights, mask = make_batch(name, num_words)
    expected, _, _ = exact_gradient(name, scores, weights)
    copies = [x[:1].detach().expand(num_samples, *x.shape[1:]) for x in (scores, weights, mask)]
    copies[0].requires_grad_()
    gradients = surrogate(Reinforce(baseline), structure, *copies)
    standard_errors = gradients.std(dim=0) / num_samples**0.5
    assert (standard_errors > 0).any()
    assert ((gradients.mean(dim=0) - expected).abs() <= 4 * standard_errors + 1e-12).all()


@every_structure
def test_a_self_critical_baseline_takes_away_what_all_structures_cost(name):
    """
    All losses are at least 10, and differ by less than `num_parts`: so do a loss and the baseline,
    which bounds the mean square of the gradient by that without a baseline.
    """
    scores, weights, mask = make_batch(name, CASES[name][2])
    weights = weights.sigmoid()
    num_parts = exact_gradient(name, scores, weights)[1].flatten(1).sum(dim=1).max()
    arguments = scores, weights, mask, 10.0
    mean, squares = moments(name, Reinforce("self_critical"), *arguments)
    plain_mean, plain_squares = moments(name, Reinforce(None), *arguments)
    torch.testing.assert_close(mean, plain_mean)
    assert squares < (num_parts / 10) ** 2 * plain_squares
    assert squares - mean.square().sum() < plain_squares - mean.square().sum()


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
    # Which is as good as itself.
    critical = Reinforce("self_critical").eval()
    assert (surrogate(critical, structure, scores, weights, mask) == 0).all()


def test_baselines_by_hand():
    structure = ProjectiveTrees()
    scores, _, mask = make_batch("projective_trees", 3)
    parts = structure.argmax(scores, mask)
    slopes = parts - structure.marginals(scores, mask)
    own, others = torch.tensor([5.0, 2.0]), {"sentences": [2.0, 5.0], "words": [3.0, 10 / 3]}
    others["self_critical"] = [1.0, 4.0]
    for baseline in BASELINES:
        loss_scale = LossScale(lambda parts: torch.tensor([1.0, 4.0]))
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
        for baseline in OF_THE_BATCH
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


def test_the_argmax_is_tried_where_there_will_be_a_gradient():
    scores, weights, mask = make_batch("projective_trees", 3)
    tried = []

    def losses_with(parts):
        tried.append(parts)
        return losses_of(parts, weights)

    estimator, loss_scale = Reinforce("self_critical"), LossScale(losses_with)
    with torch.no_grad():
        estimator(scores, mask, ProjectiveTrees(), loss_scale)
    estimator(scores.detach(), mask, ProjectiveTrees(), loss_scale)
    Reinforce()(scores, mask, ProjectiveTrees(), loss_scale)
    assert tried == []
    estimator(scores, mask, ProjectiveTrees(), loss_scale)
    assert [torch.equal(x, ProjectiveTrees().argmax(scores, mask)) for x in tried] == [True]


def test_nobody_tries_the_argmax():
    scores, weights, mask = make_batch("projective_trees", 3)
    loss_scale = LossScale()
    parts = Reinforce("self_critical")(scores, mask, ProjectiveTrees(), loss_scale)
    with pytest.raises(ValueError, match="give the LossScale `losses_with`"):
        loss_scale.watch(losses_of(parts, weights)).sum().backward()


def test_options():
    estimator = StructuredGradientEstimator.from_params(
        Params({"type": "reinforce", "baseline": "words"})
    )
    assert isinstance(estimator, Reinforce) and estimator.baseline == "words"
    with pytest.raises(ConfigurationError, match=r"baseline must be .* but got 'mean'"):
        Reinforce("mean")


@pytest.mark.slow
@pytest.mark.parametrize(
    "config, baseline",
    [
        ("sdp_pipeline", "sentences"),
        ("sst_pipeline", "sentences"),
        ("sdp_pipeline", "self_critical"),
    ],
)
def test_in_a_pipeline(config, baseline, tmp_path):
    overrides = {"model.estimator": {"type": "reinforce", "baseline": baseline}}
    if config == "sst_pipeline":
        overrides["model.intermediate.deterministic_labels"] = False
    params = Params.from_file(FIXTURES_ROOT / f"{config}.jsonnet", json.dumps(overrides))
    train_model(params, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["training_gradient_norm"] > 0
