"""Samples, entropies, divergences and minimum risk of every structure, against enumeration."""

import math

import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees
from spigot_allennlp.structures.projections import ArcThenLabels, TreePolytope
from tests.structures.numbers_test import INF, both_ways, compute, forbid
from tests.structures.structure_test import (
    CASES,
    IDS,
    enumerate_sentence,
    inner,
    make_batch,
)

__all__ = ["compute"]

# Projections do not matter here: each structure and its options once.
ONCE = [
    (case, id)
    for case, id in zip(CASES, IDS)
    if not isinstance(case[1].projection, (TreePolytope, ArcThenLabels))
]
every_structure = pytest.mark.parametrize(
    "name, structure, options, most",
    [case for case, _ in ONCE],
    ids=[id.rsplit("-", 1)[0] for _, id in ONCE],
)


class Gibbs:
    """The distribution of one sentence without padding, by enumeration."""

    def __init__(self, name, options, scores):
        structures = enumerate_sentence(name, scores.size(1) - 1, options)
        is_forbidden = inner(structures, scores[0].detach() == -INF) > 0
        self.structures = structures[~is_forbidden]
        self.totals = inner(self.structures, scores[0].masked_fill(scores[0] == -INF, 0.0))
        self.log_probabilities = self.totals.double().log_softmax(dim=0)
        self.probabilities = self.log_probabilities.exp()

    def entropy(self):
        return -(self.probabilities * self.log_probabilities).sum()


def assert_frequencies(samples, structures, probabilities):
    """A chi-square test; structures that are expected too rarely are counted together."""
    index = {tuple(s.flatten().tolist()): i for i, s in enumerate(structures)}
    counts = numpy.zeros(len(structures))
    for sample in samples:
        # A KeyError is a sample that is no structure, or one that is forbidden.
        counts[index[tuple(sample.flatten().tolist())]] += 1
    expected = probabilities.detach().numpy() * len(samples)
    rare = expected < 5
    counts = numpy.append(counts[~rare], counts[rare].sum())
    expected = numpy.append(expected[~rare], expected[rare].sum())
    if expected[-1] < 1:
        assert counts[-1] <= 10
        counts, expected = counts[:-1], expected[:-1]
        expected = expected * counts.sum() / expected.sum()
    assert len(counts) == 1 or chisquare(counts, expected).pvalue > 1e-4


class TestSample:
    @every_structure
    @pytest.mark.parametrize("share", [0.0, 0.2])
    def test_frequencies(self, name, structure, options, most, share):
        lengths = [most, most - 1, 1]
        scores, mask = make_batch(name, lengths, seed=4)
        scores, _ = forbid(1.5 * scores, share, seed=1)
        samples = structure.sample(scores, mask, 20000, torch.Generator().manual_seed(7))
        assert samples.shape == (20000, *scores.shape) and samples.dtype == scores.dtype
        for i, n in enumerate(lengths):
            gibbs = Gibbs(name, options, scores[i : i + 1, : n + 1, : n + 1])
            own = samples[:, i, : n + 1, : n + 1]
            assert samples[:, i].sum() == own.sum(), "nothing outside the sentence"
            assert_frequencies(own, gibbs.structures, gibbs.probabilities)

    @pytest.mark.parametrize("single_root", [True, False])
    @pytest.mark.parametrize("trees", [ProjectiveTrees, NonprojectiveTrees])
    def test_frequencies_of_five_words(self, trees, single_root):
        name = "projective_trees" if trees is ProjectiveTrees else "nonprojective_trees"
        scores, mask = make_batch(name, [5], seed=2)
        gibbs = Gibbs(name, {"single_root": single_root}, scores)
        samples = trees(single_root).sample(scores, mask, 30000, torch.Generator().manual_seed(3))
        assert_frequencies(samples[:, 0], gibbs.structures, gibbs.probabilities)

    @pytest.mark.parametrize("single_root", [True, False])
    @pytest.mark.parametrize("trees", [ProjectiveTrees, NonprojectiveTrees])
    def test_frequencies_of_large_scores(self, trees, single_root):
        """Scores of +-1e3, many of which differ little; walks would not end."""
        name = "projective_trees" if trees is ProjectiveTrees else "nonprojective_trees"
        scores, mask = make_batch(name, [4], seed=3)
        offsets = torch.randint(-1, 2, (5, 1), generator=generator(5)).double()
        scores = scores + 1e3 * offsets
        # Words 1 and 2 have the other as their head, or nearly as often.
        for m, h in ((1, 2), (2, 1)):
            scores[0, m, h] += 1e3
        gibbs = Gibbs(name, {"single_root": single_root}, scores)
        assert (gibbs.probabilities > 0.01).sum() > 5
        samples = trees(single_root).sample(scores, mask, 5000, generator(1))
        assert_frequencies(samples[:, 0], gibbs.structures, gibbs.probabilities)

    @pytest.mark.parametrize("single_root", [True, False])
    @pytest.mark.parametrize("trees", [ProjectiveTrees, NonprojectiveTrees])
    @pytest.mark.parametrize("num_words, scale", [(12, 1.0), (40, 0.3), (25, 100.0)])
    def test_means_are_the_marginals_of_long_sentences(self, trees, single_root, num_words, scale):
        structure = trees(single_root)
        scores, mask = make_batch("projective_trees", [num_words], scale=scale)
        samples = structure.sample(scores, mask, 4000, generator(2))
        marginals = structure.marginals(scores, mask)
        deviation = (marginals * (1 - marginals) / 4000).clamp(min=0.0).sqrt()
        difference = (samples.mean(dim=0) - marginals).abs()
        # Of up to 1,640 arcs; rare ones are far from normal.
        assert (difference <= 5 * deviation + 2e-3).all()

    @pytest.mark.parametrize("trees", [ProjectiveTrees, NonprojectiveTrees])
    def test_arcs_of_a_sample_depend_on_each_other(self, trees):
        """The second moments, which are the derivatives of the marginals."""
        scores, mask = make_batch("projective_trees", [9], seed=8)
        structure = trees()
        samples = structure.sample(scores, mask, 20000, generator(2))[:, 0].flatten(1)
        scores.requires_grad_()
        covariances = torch.autograd.functional.jacobian(
            lambda s: structure.marginals(s, mask), scores
        ).reshape(100, 100)
        centered = samples - samples.mean(dim=0)
        torch.testing.assert_close(
            centered.T @ centered / 20000, covariances, rtol=0, atol=5 * 0.5 / math.sqrt(20000)
        )

    @both_ways
    @every_structure
    def test_seeds(self, name, structure, options, most, way, compute):
        scores, mask = make_batch(name, [4, 0, 7])
        expected = structure.sample(scores, mask, 5, generator(3))
        ours = compute(lambda: structure.sample(scores, mask, 5, generator(3)))
        assert torch.equal(ours, expected)
        assert not torch.equal(ours, structure.sample(scores, mask, 5, generator(4)))
        torch.manual_seed(9)
        expected = structure.sample(scores, mask, 2)
        torch.manual_seed(9)
        assert torch.equal(compute(lambda: structure.sample(scores, mask, 2)), expected)

    @every_structure
    @given(st.integers(0, 12), st.integers(0, 10**6), st.sampled_from([1.0, 50.0, 1e4]))
    @settings(max_examples=40)
    def test_a_sample_is_a_structure(self, name, structure, options, most, num_words, seed, scale):
        scores, mask = make_batch(name, [num_words, 12], seed, scale=scale)
        before = scores.clone()
        for parts in structure.sample(scores, mask, 3, generator(seed)):
            assert structure.contains(parts, mask).all()
            assert (structure.restrict(parts, mask) == parts).all()
        assert torch.equal(scores, before)

    @every_structure
    @pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
    def test_dtypes_and_gradients(self, name, structure, options, most, dtype):
        scores, mask = make_batch(name, [5, 3])
        scores = scores.to(dtype).requires_grad_()
        samples = structure.sample(scores, mask, 4, generator(1))
        assert samples.dtype == dtype and not samples.requires_grad
        # The same numbers for the same scores, whatever holds them.
        double = structure.sample(scores.double(), mask, 4, generator(1))
        assert torch.equal(samples.double(), double)

    @pytest.mark.parametrize("trees", [ProjectiveTrees, NonprojectiveTrees])
    def test_no_structure_is_an_error(self, trees):
        scores, mask = make_batch("projective_trees", [4, 4])
        scores[1, :, 0] = -INF
        with pytest.raises(ValueError, match=r"sentence 1 .*leave no structure"):
            trees().sample(scores, mask)

    @every_structure
    def test_no_samples_are_an_error(self, name, structure, options, most):
        scores, mask = make_batch(name, [3])
        with pytest.raises(ValueError, match="num_samples must be positive but got 0"):
            structure.sample(scores, mask, 0)

    @every_structure
    def test_an_empty_batch_and_rows_without_any_node(self, name, structure, options, most):
        scores, mask = make_batch(name, [3, 2])
        assert structure.sample(scores[:0], mask[:0], 2).shape == (2, 0, *scores.shape[1:])
        mask[1] = False
        assert (structure.sample(scores, mask, 2)[:, 1] == 0).all()


def generator(seed):
    return torch.Generator().manual_seed(seed)


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
