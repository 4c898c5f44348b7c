import itertools

import numpy as np
import pytest

from bilexical.comparison.bootstrap import corpus_scores, paired_difference, resample


def differences(counts, resamples=20_000, seed=3):
    """The bootstrap of columns (numerator, denominator) of a baseline and of a system."""
    observed = corpus_scores(counts.sum(axis=0)[::2], counts.sum(axis=0)[1::2])
    sums = resample(counts, resamples, seed)
    sampled = corpus_scores(sums[:, ::2], sums[:, 1::2])
    return paired_difference(*observed, *sampled.T)


def enumerate_samples(counts):
    """The sums of every sample that can be drawn, all equally probable."""
    samples = itertools.product(range(len(counts)), repeat=len(counts))
    return np.array([counts[list(sample)].sum(axis=0) for sample in samples])


class TestAgainstAllSamples:
    # F of four sentences: the denominators differ, and one sentence has nothing to find.
    counts = np.array([[2, 4, 4, 4], [0, 3, 2, 5], [6, 7, 5, 6], [0, 0, 0, 2]], dtype=float)

    def exact(self):
        sums = enumerate_samples(self.counts)
        assert len(sums) == 4**4
        scores = [
            np.where(sums[:, k + 1] == 0, 0, sums[:, k] / np.maximum(sums[:, k + 1], 1))
            for k in (0, 2)
        ]
        return scores[1] - scores[0]

    def test_p_value(self):
        result = differences(self.counts)
        assert result.difference == pytest.approx(11 / 17 - 8 / 14)
        exact = self.exact()
        far = np.abs(exact - result.difference) >= abs(result.difference) - 1e-9
        assert 0.1 < far.mean() < 0.9
        # Four standard deviations of a share in 20,000 samples.
        assert result.p_value == pytest.approx(far.mean(), abs=4 * 0.5 / np.sqrt(20_000))

    def test_interval(self):
        result = differences(self.counts)
        exact = self.exact()
        for limit, share in ((result.low, 0.025), (result.high, 0.975)):
            assert (exact < limit - 1e-9).mean() <= share + 0.01
            assert (exact <= limit + 1e-9).mean() >= share - 0.01

    def test_means_of_all_samples(self):
        """Of a sum over samples the expectation is the sum over the sentences."""
        assert resample(self.counts, 50_000).mean(axis=0) == pytest.approx(
            self.counts.sum(axis=0), rel=0.02
        )


class TestVerdicts:
    def test_equal_systems(self):
        right = np.array([1, 0, 1, 1, 0, 1] * 20)
        counts = np.stack([right, np.ones(120), right, np.ones(120)], axis=1)
        result = differences(counts, 1000)
        assert result == (0, 0, 0, 1)

    def test_equally_good_systems(self):
        """Each is right where the other is wrong."""
        right = np.array([1, 0] * 60)
        counts = np.stack([right, np.ones(120), 1 - right, np.ones(120)], axis=1)
        result = differences(counts, 1000)
        assert result.p_value == 1
        assert result.low < 0 < result.high

    def test_clearly_better(self):
        worse, better = np.array([1, 0, 0, 1] * 30), np.array([1, 1, 0, 1] * 30)
        counts = np.stack([worse, np.ones(120), better, np.ones(120)], axis=1)
        result = differences(counts, 10_000)
        assert result.difference == pytest.approx(0.25)
        assert 0 < result.low < 0.25 < result.high
        assert result.p_value < 0.001
        mirrored = differences(counts[:, [2, 3, 0, 1]], 10_000)
        assert mirrored.difference == -result.difference
        assert (mirrored.low, mirrored.high) == pytest.approx((-result.high, -result.low))
        assert mirrored.p_value == result.p_value

    def test_one_win_in_many_sentences(self):
        """It is missing from a share of (1 - 1/n)^n of the samples, and there it counts twice."""
        base = np.array([1] * 59 + [0])
        counts = np.stack([base, np.ones(60), np.ones(60), np.ones(60)], axis=1)
        result = differences(counts)
        # |k/n - 1/n| >= 1/n unless the sentence is drawn once: n (1/n) (1 - 1/n)^(n - 1).
        once = (1 - 1 / 60) ** 59
        assert result.p_value == pytest.approx(1 - once, abs=0.015)

    def test_null_distribution(self):
        """Under the null, p is small about as often as it says."""
        generator = np.random.default_rng(5)
        small = 0
        for _ in range(200):
            right = generator.random((100, 2)) < 0.7
            counts = np.ones((100, 4))
            counts[:, ::2] = right
            small += differences(counts, 400).p_value < 0.1
        assert 0.04 < small / 200 < 0.18


def test_pieces_do_not_matter():
    """The samples are drawn in pieces, and are those of the seed all the same."""
    counts = np.arange(40.0).reshape(20, 2)
    many = resample(counts, 60_000, seed=2)
    assert many.shape == (60_000, 2)
    assert np.array_equal(many[:100], resample(counts, 100, seed=2))
    assert not np.array_equal(many[:100], resample(counts, 100, seed=1))


def test_nothing_in_nothing():
    assert corpus_scores(np.array([0.0, 1.0]), np.array([0.0, 2.0])).tolist() == [0, 0.5]
