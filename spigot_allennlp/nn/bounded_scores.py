"""Scores that may be forbidden or huge, as scores that algorithms can add and subtract."""

from typing import NamedTuple

import torch
from torch import Tensor

# Scores up to this size are taken as they are. What lies so far below the best arc of its word
# changes no digit of anything, unless there is no tree without it, and counts as forbidden.
LARGEST_SCORE = 1e9
# A sentence of n words has at most (n + 1)^n trees: that is exp(8 n) for n < 2,900.
_LOG_TREES = 8.0
# `exp` of less is 0.
_LOG_ZERO = -750.0


class BoundedScores(NamedTuple):
    """
    See `bound_scores`.

    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, `float64`, finite
        and not positive; 0 for whatever is no arc of the sentence. Differentiable.
    forbidden : `BoolTensor`
        The same shape: the arcs that trees must not have. Their scores are so low that a tree with
        one is worse than each without and that its share in a sum over trees is 0.
    shifts : `FloatTensor`
        `(batch_size,)`: what was taken off the score of every tree.
    lowest : `FloatTensor`
        `(batch_size,)`: a sum over trees whose logarithm is below is of trees with forbidden arcs.
    """

    scores: Tensor
    forbidden: Tensor
    shifts: Tensor
    lowest: Tensor


def bound_scores(scores: Tensor, legal: Tensor) -> BoundedScores:
    """
    Each word's scores less the best of them, which neither changes the order of trees nor their
    probabilities nor projections, and a number in place of `-inf`. On any device, and without
    waiting for it.

    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`: numbers and `-inf`
        on the arcs of each sentence, whatever elsewhere.
    legal : `BoolTensor`
        The same shape: the arcs of each sentence.
    """
    scores = scores.double().masked_fill(~legal, float("-inf"))
    # Shape: (batch_size, num_nodes, 1); 0 for a word all of whose arcs are forbidden
    best = scores.detach().amax(dim=2, keepdim=True)
    best = best.masked_fill(best == float("-inf"), 0.0)
    shifted = scores - best
    forbidden = legal & (shifted < -LARGEST_SCORE)
    has_score = legal & ~forbidden
    num_nodes = scores.size(1)
    # Shape: (batch_size,); what every tree without forbidden arcs exceeds
    lowest = num_nodes * (
        shifted.detach().masked_fill(~has_score, 0.0).flatten(1).amin(dim=1) - _LOG_TREES
    )
    penalties = (lowest + _LOG_ZERO - num_nodes * _LOG_TREES).reshape(-1, 1, 1)
    bounded = shifted.masked_fill(~has_score, 0.0) + penalties * forbidden
    return BoundedScores(bounded, forbidden, best.flatten(1).sum(dim=1), lowest + _LOG_ZERO / 2)


def bound_parts(scores: Tensor, support: Tensor) -> Tensor:
    """
    The scores of labeled graphs with a finite number in place of `-inf`, whose probability is 0 as
    well, and 0 off the support, which has the same shape. Differentiable, with a gradient of 0
    where a number was put.
    """
    # Of a part and its label two such numbers are added.
    lowest = torch.finfo(scores.dtype).min / 4
    return scores.masked_fill(~support, 0.0).clamp(min=lowest)
