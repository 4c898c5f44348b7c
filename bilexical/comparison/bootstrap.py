"""
The paired bootstrap over test sentences (Efron and Tibshirani 1993, An Introduction to the
Bootstrap; Koehn 2004; Berg-Kirkpatrick, Burkett and Klein 2012).
"""

from typing import NamedTuple

import numpy as np

RESAMPLES = 10_000

#: Sums of the same counts in another order differ by less.
_ROUNDING = 1e-12


class Difference(NamedTuple):
    """
    How much better a system is than the baseline.

    # Parameters

    difference : `float`
        On the test sentences themselves.
    low, high : `float`
        95 % of the samples differ by no less and no more.
    p_value : `float`
        How often the difference of a sample is as far from `difference` as that is from 0, or
        farther: how probable so large a difference, in either direction, is between equally good
        systems.
    """

    difference: float
    low: float
    high: float
    p_value: float


def resample(counts: np.ndarray, resamples: int = RESAMPLES, seed: int = 1) -> np.ndarray:
    """
    Sums of counts over samples of as many sentences, drawn with replacement. All columns are summed
    over the same samples, which makes comparisons of them paired.

    # Parameters

    counts : `np.ndarray`
        `(num_sentences, num_columns)`.
    resamples : `int`, optional (default = `RESAMPLES`)
    seed : `int`, optional (default = `1`)

    # Returns

    `np.ndarray`
        `(resamples, num_columns)`.
    """
    generator = np.random.default_rng(seed)
    num_sentences = len(counts)
    probabilities = np.full(num_sentences, 1 / num_sentences)
    # In pieces of a few megabytes.
    piece = max(1, min(resamples, 1_000_000 // num_sentences))
    sums = [
        generator.multinomial(num_sentences, probabilities, min(piece, resamples - start)) @ counts
        for start in range(0, resamples, piece)
    ]
    return np.concatenate(sums)


def corpus_scores(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray:
    """The quotients; 0/0 is 0.0."""
    return np.divide(
        numerators,
        denominators,
        out=np.zeros(np.broadcast(numerators, denominators).shape),
        where=denominators != 0,
    )


def paired_difference(
    baseline: float, system: float, baseline_samples: np.ndarray, system_samples: np.ndarray
) -> Difference:
    """
    # Parameters

    baseline, system : `float`
        The scores on the test sentences.
    baseline_samples, system_samples : `np.ndarray`
        `(resamples,)`: their scores on the same samples.
    """
    difference = system - baseline
    samples = system_samples - baseline_samples
    low, high = np.percentile(samples, [2.5, 97.5])
    extreme = np.count_nonzero(np.abs(samples - difference) >= abs(difference) - _ROUNDING)
    # The test sentences are a sample of themselves, which keeps the value above 0.
    return Difference(
        float(difference), float(low), float(high), float((extreme + 1) / (len(samples) + 1))
    )
