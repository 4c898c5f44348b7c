"""Entropies, divergences and minimum risk of every structure, against enumeration."""

import math

import pytest
import torch

from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees
from tests.structures.gibbs import Gibbs, every_structure
from tests.structures.numbers_test import INF, both_ways, compute, forbid
from tests.structures.structure_test import inner, make_batch

__all__ = ["compute"]


class TestEntropy:
    @both_ways
    @every_structure
    @pytest.mark.parametrize("scale", [1.0, 1e3])
    def test_equals_enumeration(self, name, structure, options, most, scale, way, compute):
        lengths = [most, most - 1, 1]
        scores, mask = make_batch(name, lengths, scale=scale)
        scores, _ = forbid(scores, 0.1, seed=1)
        entropies = compute(lambda: structure.entropy(scores, mask))
        assert entropies.shape == (3,) and entropies.dtype == scores.dtype
        for i, n in enumerate(lengths):
            gibbs = Gibbs(name, options, scores[i : i + 1, : n + 1, : n + 1])
            torch.testing.assert_close(entropies[i], gibbs.entropy(), rtol=1e-9, atol=1e-8)

    @every_structure
    def test_gradient(self, name, structure, options, most):
        scores, mask = make_batch(name, [min(most, 3), 1, 0])
        scores.requires_grad_()
        assert torch.autograd.gradcheck(lambda s: structure.entropy(s, mask), scores)
        scores = scores.detach()
        scores[0, 1, 0] = scores[0, 2, 1] = -INF
        scores.requires_grad_()
        (gradient,) = torch.autograd.grad(structure.entropy(scores, mask).sum(), scores)
        assert torch.isfinite(gradient).all() and (gradient[scores == -INF] == 0).all()

    @pytest.mark.parametrize("single_root, count", [(True, 9**8), (False, 10**8)])
    def test_of_equal_scores_is_the_logarithm_of_the_number_of_trees(self, single_root, count):
        """Cayley's formula, whatever the score and its dtype."""
        for value in (0.0, 1e6, -1e30):
            scores = torch.full((1, 10, 10), value)
            mask = torch.ones(1, 10, dtype=torch.bool)
            entropy = NonprojectiveTrees(single_root).entropy(scores, mask)
            assert entropy.item() == pytest.approx(math.log(count), rel=1e-6)

    @every_structure
    def test_batched_equals_alone(self, name, structure, options, most):
        lengths = [5, 0, 3]
        scores, mask = make_batch(name, lengths)
        garbage = scores.masked_fill(~structure.support(scores, mask), float("nan"))
        together = structure.entropy(garbage, mask)
        for i, n in enumerate(lengths):
            alone = structure.entropy(scores[i : i + 1, : n + 1, : n + 1], mask[i : i + 1, : n + 1])
            torch.testing.assert_close(together[i], alone[0])

    @pytest.mark.parametrize("trees", [ProjectiveTrees, NonprojectiveTrees])
    def test_no_structure_is_an_error(self, trees):
        scores, mask = make_batch("projective_trees", [4, 4])
        scores[1, :, 0] = -INF
        for method in (trees().entropy, trees().minimum_risk):
            with pytest.raises(ValueError, match=r"sentence 1 .*leave no structure"):
                method(scores, mask)
        with pytest.raises(ValueError, match=r"sentence 1 .*leave no structure"):
            trees().kl_divergence(scores, torch.zeros_like(scores), mask)
        impossible = trees().kl_divergence(torch.zeros_like(scores), scores, mask)
        assert impossible[1] == INF and impossible[0] < INF


class TestDivergence:
    @both_ways
    @every_structure
    @pytest.mark.parametrize("scale", [1.0, 30.0, 1e3])
    def test_equals_enumeration(self, name, structure, options, most, scale, way, compute):
        lengths = [most, most - 1, 1]
        scores, mask = make_batch(name, lengths, scale=scale)
        others, _ = make_batch(name, lengths, seed=1, scale=scale)
        scores, forbidden = forbid(scores, 0.1, seed=1)
        # What is forbidden in one of them may be forbidden in the other as well.
        others = others.masked_fill(forbidden & (others > 0), -INF)
        divergences = compute(lambda: structure.kl_divergence(scores, others, mask))
        for i, n in enumerate(lengths):
            own = Gibbs(name, options, scores[i : i + 1, : n + 1, : n + 1])
            other = others[i, : n + 1, : n + 1]
            totals = inner(own.structures, other.masked_fill(other == -INF, 0.0))
            every = Gibbs(name, options, others[i : i + 1, : n + 1, : n + 1])
            log_ratios = own.log_probabilities - totals + every.totals.logsumexp(dim=0)
            expected = (own.probabilities * log_ratios).sum()
            torch.testing.assert_close(divergences[i], expected, rtol=1e-9, atol=1e-8)

    @every_structure
    def test_gradients(self, name, structure, options, most):
        scores, mask = make_batch(name, [min(most, 3), 1, 0])
        others, _ = make_batch(name, [min(most, 3), 1, 0], seed=1)
        for values in (scores, others):
            values.requires_grad_()
        divergence = lambda s, t: structure.kl_divergence(s, t, mask)  # noqa: E731
        assert torch.autograd.gradcheck(divergence, (scores, others))

    @every_structure
    def test_is_infinite_where_the_support_is_larger(self, name, structure, options, most):
        scores, mask = make_batch(name, [most, most])
        others, _ = make_batch(name, [most, most], seed=1)
        index = (1, 2, 1) if name != "labeled_graphs" else (1, 2, 1, 1)
        smaller = others.clone()
        smaller[index] = -INF
        scores.requires_grad_()
        smaller.requires_grad_()
        divergence = structure.kl_divergence(scores, smaller, mask)
        assert divergence[0] < INF and divergence[1] == INF
        for gradient in torch.autograd.grad(divergence.sum(), (scores, smaller)):
            assert torch.isfinite(gradient).all() and (gradient[1] == 0).all()
        # The other way round it is finite.
        assert torch.isfinite(structure.kl_divergence(smaller, scores, mask)).all()

    @every_structure
    @pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
    def test_of_a_distribution_from_itself_is_zero(self, name, structure, options, most, dtype):
        scores, mask = make_batch(name, [6, 1, 0])
        scores = (1e3 * scores).to(dtype)
        divergence = structure.kl_divergence(scores, scores.clone(), mask)
        assert divergence.dtype == dtype and (divergence == 0).all()


class TestMinimumRisk:
    @both_ways
    @every_structure
    @pytest.mark.parametrize("seed", range(4))
    def test_equals_enumeration(self, name, structure, options, most, seed, way, compute):
        lengths = [most, most - 1, 1]
        scores, mask = make_batch(name, lengths, seed, scale=2.0)
        scores, _ = forbid(scores, 0.1, seed)
        parts = compute(lambda: structure.minimum_risk(scores, mask))
        assert structure.contains(parts, mask).all() and parts.dtype == scores.dtype
        for i, n in enumerate(lengths):
            sentence = scores[i : i + 1, : n + 1, : n + 1]
            gibbs = Gibbs(name, options, sentence)
            counted = structure.counted_parts(sentence, mask[i : i + 1, : n + 1])[0]
            wrong = (gibbs.structures[:, None] != gibbs.structures[None]) & counted
            risks = gibbs.probabilities @ wrong.flatten(2).sum(dim=2).double()
            own = (gibbs.structures == parts[i, : n + 1, : n + 1]).flatten(1).all(dim=1)
            assert own.sum() == 1
            assert risks[own].item() == pytest.approx(risks.min().item(), abs=1e-9)

    @pytest.mark.parametrize("trees", [ProjectiveTrees, NonprojectiveTrees])
    def test_a_forbidden_arc_is_not_chosen(self, trees):
        """Also where the arcs of each word that are best one by one leave nothing else."""
        structure = trees()
        for seed in range(50):
            scores, mask = make_batch("projective_trees", [6], seed)
            scores, forbidden = forbid(scores, 0.4, seed)
            if structure.log_partition(scores, mask) > -INF:
                parts = structure.minimum_risk(scores, mask)
                assert structure.contains(parts, mask).all() and (parts[forbidden] == 0).all()

    def test_predicates_without_arcs_do_not_count(self):
        scores, mask = make_batch("labeled_graphs", [3], scale=0.0)
        scores[..., 1:] -= 9.0
        for node in range(4):
            scores[0, node, node, 0] = 9.0
        assert LabeledGraphs().minimum_risk(scores, mask).sum() == 0
        assert LabeledGraphs().argmax(scores, mask).sum() == 4
