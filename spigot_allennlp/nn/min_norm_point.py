"""
The Euclidean projection onto the convex hull of trees, given nothing but a decoder.

Wolfe's algorithm (Wolfe 1976; the active-set method of Niculae et al. 2018 is its relative): the
point is approached by averages of trees. Each iteration looks for the tree that lies furthest in
the direction of what is missing, and finds the best average of it and the trees so far, of which
those whose weight would turn negative are left out again on the way. The trees that are kept stay
affinely independent, and no set of them comes twice, so that it ends with the exact projection; it
is broken off where the gap certifies the tolerance.

With x the average and p the point, the gap is `max_z <p - x, z - x>` over all trees z. The squared
distance from x to the projection is at most the gap.
"""

import logging
import math
from typing import Any, Callable

import numpy
import torch
from torch import Tensor

from spigot_allennlp.nn.host import from_numpy, to_numpy

logger = logging.getLogger(__name__)

#: For so many trees of a sentence there is room before more is made.
NUM_TREES = 32

Decoder = Callable[[Tensor, Tensor], Tensor]


def project_onto_trees(
    point: Tensor,
    lengths: Tensor,
    decode: Decoder,
    max_iterations: int,
    tolerance: float,
) -> Tensor:
    """
    # Parameters

    point : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, finite on the arcs
        of each sentence.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    decode : `Decoder`
        From scores `(*, num_nodes, num_nodes)` and lengths `(*)` to the heads of the best trees,
        `(*, num_nodes)`.
    max_iterations : `int`
        Trees that are taken in, at most, for a sentence.
    tolerance : `float`
        A sentence is done when its distance from the projection is certified to be no larger.

    # Returns

    `FloatTensor`
        The shape, dtype and device of `point`, differentiable once. Computed in `float64` on the
        CPU. What is not certified after all iterations, or cannot be in `float64`, is logged.

        The gradient is exact where the trees that have weight stay the same around the point: the
        orthogonal projection onto their differences.
    """
    return _ProjectOntoTrees.apply(point, lengths, decode, max_iterations, tolerance)


class _ProjectOntoTrees(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        point: Tensor,
        lengths: Tensor,
        decode: Decoder,
        max_iterations: int,
        tolerance: float,
    ) -> Tensor:
        arrays = to_numpy(point.double(), lengths)
        points, lengths = (torch.from_numpy(array) for array in arrays)
        ctx.averages = _closest_averages(points, lengths, decode, max_iterations, tolerance)
        return from_numpy(ctx.averages.values(), point.device).to(point.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        (directions,) = to_numpy(gradient.double())
        tangents = from_numpy(ctx.averages.tangents(directions), gradient.device)
        return tangents.to(gradient.dtype), None, None, None, None


def _closest_averages(
    points: Tensor, lengths: Tensor, decode: Decoder, max_iterations: int, tolerance: float
) -> "_Averages":
    """Of trees; the arguments are those of `project_onto_trees`, on the CPU."""
    averages = _Averages(points.numpy(), lengths.numpy(), decode(points, lengths).numpy())
    # Nothing is left to do for a sentence of length 0.
    unfinished = averages.lengths.copy()
    residuals, remaining = torch.from_numpy(averages.residuals), torch.from_numpy(unfinished)
    # The last trees only measure the gaps that are left.
    for tolerated in [tolerance] * max_iterations + [math.inf]:
        if not unfinished.any():
            break
        averages.improve(unfinished, decode(residuals, remaining).numpy(), tolerated)
    _warn(averages.gaps, tolerance)
    return averages


class _Averages:
    """
    A weighted average of trees for each sentence that comes closer to its point. See
    `spigot_allennlp.nn.kernels.min_norm_point` for the arrays.
    """

    def __init__(self, points: numpy.ndarray, lengths: numpy.ndarray, best: numpy.ndarray) -> None:
        # A constant for each word moves neither the projection nor the best tree, and this one
        # saves digits.
        self.points = points - numpy.take_along_axis(points, best[..., None], axis=2)
        self.lengths = lengths
        self.gaps = numpy.zeros(len(points))
        shape = (len(points), NUM_TREES)
        self.trees = numpy.zeros((*shape, points.shape[1]), dtype=numpy.int64)
        self.weights = numpy.zeros(shape)
        self.affinities = numpy.zeros(shape)
        self.factors = numpy.zeros((*shape, NUM_TREES))
        self.sizes = numpy.ones(len(points), dtype=numpy.int64)
        self.trees[:, 0] = best
        self.weights[:, 0] = 1.0
        self.factors[:, 0, 0] = numpy.sqrt(lengths)
        self.residuals = self.points - self.values()

    def improve(self, lengths: numpy.ndarray, best: numpy.ndarray, tolerance: float) -> None:
        """
        Given the best trees for the residuals, measures the gaps and moves to the averages that
        come closest to the points with these trees. Where `lengths` is 0, nothing is done, and it
        becomes 0 where nothing moves, since the gap is tolerated or the tree cannot be told from
        averages of the others in `float64`.
        """
        from spigot_allennlp.nn.kernels.min_norm_point import improve

        if self.sizes.max() == self.weights.shape[1]:
            self._make_room()
        improve(
            lengths,
            best,
            tolerance,
            self.points,
            self.residuals,
            self.trees,
            self.weights,
            self.affinities,
            self.factors,
            self.sizes,
            self.gaps,
        )

    def values(self) -> numpy.ndarray:
        """The averages, `(batch_size, num_nodes, num_nodes)`."""
        from spigot_allennlp.nn.kernels.min_norm_point import averages

        return averages(self.lengths, self.trees, self.weights, self.sizes)

    def tangents(self, directions: numpy.ndarray) -> numpy.ndarray:
        """The parts of `directions` along the differences between the trees."""
        from spigot_allennlp.nn.kernels.min_norm_point import tangents

        return tangents(directions, self.lengths, self.trees, self.factors, self.sizes)

    def _make_room(self) -> None:
        more = self.weights.shape[1]
        of_trees = ((0, 0), (0, more))
        self.trees = numpy.pad(self.trees, (*of_trees, (0, 0)))
        self.weights = numpy.pad(self.weights, of_trees)
        self.affinities = numpy.pad(self.affinities, of_trees)
        self.factors = numpy.pad(self.factors, (*of_trees, (0, more)))


def _warn(gaps: numpy.ndarray, tolerance: float) -> None:
    missed = gaps[~(gaps <= tolerance**2)]
    if len(missed):
        logger.warning(
            "The projection of %d of %d sentences onto the convex hull of trees was broken off. It "
            "may be as far as %.1e from the exact one (gap %.1e), where %.1e is tolerated: raise "
            "max_iterations, or the tolerance.",
            len(missed),
            len(gaps),
            missed.max() ** 0.5,
            missed.max(),
            tolerance,
        )
