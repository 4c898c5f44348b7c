import pytest
import torch

from spigot_allennlp.estimators import (
    LPGD,
    AdaptiveStepSize,
    Blackbox,
    Decision,
    ImplicitMLE,
    Spigot,
    SpigotCE,
    SpigotEG,
)
from spigot_allennlp.structures import ProjectiveTrees


@pytest.mark.parametrize("make", [Spigot, SpigotCE, SpigotEG, LPGD, Blackbox])
def test_no_gradient_is_sent_as_none_and_no_step_is_seen_as_none(make):
    """Not as the rounding of a projection, which a step that grows until it acts would wait for."""
    torch.manual_seed(0)
    structure = ProjectiveTrees()
    scores, mask = torch.randn(3, 6, 6), torch.ones(3, 6, dtype=torch.bool)
    decision = Decision(scores, structure.argmax(scores, mask), mask, structure)
    gradient = structure.restrict(torch.randn(3, 6, 6), mask)
    gradient[1] = 0.0
    assert (make(1.0).pullback(gradient, decision)[1] == 0).all()
    step_size = AdaptiveStepSize(initial=0.0, increment=0.01)
    assert (make(step_size).pullback(gradient, decision) == 0).all()
    assert step_size.beta == 0.01


def test_the_step_is_as_long_as_what_it_starts_from():
    step_size = AdaptiveStepSize(initial=0.5)
    start = torch.tensor([[3.0, 4.0], [1.0, 0.0], [5.0, 5.0]])
    gradient = torch.tensor([[0.0, 2.0], [3.0, 4.0], [0.0, 0.0]])
    sizes = step_size.sizes(gradient, start)
    torch.testing.assert_close(sizes, torch.tensor([0.5 * 5 / 2, 0.5 * 1 / 5, 0.0]))
    assert sizes.dtype == gradient.dtype


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_of_any_size(dtype):
    step_size = AdaptiveStepSize(initial=2.0)
    start = torch.full((1, 9), 100.0, dtype=dtype)
    for size in (1e-38, 1e-29, 1.0, 1e30):
        gradient = torch.full((1, 9), size, dtype=dtype)
        step = step_size.sizes(gradient, start)[:, None] * gradient
        assert torch.isfinite(step).all()
        if size > 1e-30:
            torch.testing.assert_close(step, 2 * start)


def test_follows_the_number_of_scores_that_get_a_gradient():
    """By hand: the running mean starts at the target."""
    step_size = AdaptiveStepSize(initial=0.5, increment=0.2, target=2.0, decay=0.5)
    surrogate = torch.tensor([[0.0, 1.0, -1.0, 1.0], [0.0, 0.0, 0.0, 2.0]])
    counts_means_betas = [
        # On target: it falls.
        (surrogate, 2.0, 0.3),
        (torch.zeros(2, 4), 1.0, 0.5),
        (torch.zeros(2, 4), 0.5, 0.7),
        (torch.ones(1, 4), 2.25, 0.5),
        (torch.ones(1, 4), 3.125, 0.3),
        (torch.ones(1, 4), 3.5625, 0.1),
        # Never below zero.
        (torch.ones(1, 4), 3.78125, 0.0),
    ]
    for values, mean, beta in counts_means_betas:
        step_size.observe(values)
        assert step_size.mean_count.item() == pytest.approx(mean)
        assert step_size.beta.item() == pytest.approx(beta)
    step_size.eval()
    step_size.observe(torch.zeros(2, 4))
    assert step_size.mean_count.item() == pytest.approx(3.78125)
    step_size.train()
    step_size.observe(torch.zeros(0, 4))
    assert step_size.mean_count.item() == pytest.approx(3.78125)


def decision_and_gradient():
    torch.manual_seed(3)
    structure = ProjectiveTrees()
    scores = 5 * torch.randn(4, 6, 6)
    mask = torch.arange(6) <= torch.tensor([[5], [3], [4], [5]])
    gradient = structure.restrict(0.01 * torch.randn_like(scores), mask)
    return Decision(scores, structure.argmax(scores, mask), mask, structure), gradient


@pytest.mark.parametrize("estimator", [Blackbox, ImplicitMLE])
def test_finds_the_scale_of_the_scores(estimator):
    """From nothing to about the wanted number of scores that change, whatever their scale is."""
    decision, gradient = decision_and_gradient()
    estimator = estimator(AdaptiveStepSize(increment=0.02, target=4.0))
    assert (estimator.pullback(gradient, decision) == 0).all()
    counts = []
    for _ in range(400):
        surrogate = estimator.pullback(gradient, decision)
        assert torch.isfinite(surrogate).all()
        counts.append((surrogate != 0).flatten(1).sum(dim=1).float().mean().item())
    assert sum(counts[200:]) / 200 == pytest.approx(4.0, abs=1.0)
    assert 0 < estimator.step_size.beta.item() < 10


def test_spigot_moves_by_a_share_of_the_structure():
    decision, gradient = decision_and_gradient()
    adaptive = Spigot(AdaptiveStepSize(initial=0.25), max_norm=None).eval()
    surrogates = adaptive.pullback(gradient, decision)
    for n, words in enumerate([5, 3, 4, 5]):
        size = 0.25 * words**0.5 / gradient[n].norm().item()
        fixed = Spigot(size, max_norm=None)
        alone = Decision(
            *(tensor[n : n + 1] for tensor in (decision.scores, decision.parts, decision.mask)),
            decision.structure,
        )
        expected = fixed.pullback(gradient[n : n + 1], alone)
        torch.testing.assert_close(surrogates[n : n + 1], expected, atol=1e-5, rtol=1e-4)
    assert adaptive.step_size.beta.item() == 0.25
