"""Samples of every structure, against enumeration and against the marginals."""

import math

import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from spigot_allennlp.structures import NonprojectiveTrees, ProjectiveTrees
from tests.structures.gibbs import Gibbs, every_structure, generator
from tests.structures.numbers_test import INF, both_ways, compute, forbid
from tests.structures.structure_test import make_batch

__all__ = ["compute"]


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
