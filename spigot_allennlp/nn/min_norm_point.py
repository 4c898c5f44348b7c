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
from typing import Any, Callable, List

import numpy
import torch
from torch import Tensor

from spigot_allennlp.nn.host import from_numpy, to_numpy

logger = logging.getLogger(__name__)

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
        projected = torch.zeros_like(points)
        for target, average in zip(projected.numpy(), ctx.averages):
            average.add_to(target, 1.0)
        return from_numpy(projected.numpy(), point.device).to(point.dtype)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        (directions,) = to_numpy(gradient.double())
        tangents = numpy.zeros_like(directions)
        for direction, target, average in zip(directions, tangents, ctx.averages):
            average.add_tangent(direction, target)
        tangent = from_numpy(tangents, gradient.device).to(gradient.dtype)
        return tangent, None, None, None, None


def _closest_averages(
    points: Tensor, lengths: Tensor, decode: Decoder, max_iterations: int, tolerance: float
) -> List["_Average"]:
    """Of trees, for each sentence; the arguments are those of `project_onto_trees`, on the CPU."""
    heads = decode(points, lengths).numpy()
    averages = [
        _Average(points[b, : n + 1, : n + 1].numpy(), heads[b, : n + 1])
        for b, n in enumerate(lengths.tolist())
    ]
    unfinished = [b for b, average in enumerate(averages) if len(average.point) > 1]
    residuals = torch.zeros_like(points)
    of_sentences = list(residuals.numpy())
    for b in unfinished:
        averages[b].write_residual(of_sentences[b])
    # The last trees only measure the gaps that are left.
    for tolerated in [tolerance] * max_iterations + [math.inf]:
        if not unfinished:
            break
        heads = decode(residuals[unfinished], lengths[unfinished]).numpy()
        unfinished = [
            b
            for b, tree in zip(unfinished, heads)
            if averages[b].improve(tree, of_sentences[b], tolerated)
        ]
    _warn([average.gap for average in averages], tolerance)
    return averages


class _Average:
    """A weighted average of trees that comes closer to a sentence's point."""

    def __init__(self, point: numpy.ndarray, best: numpy.ndarray) -> None:
        # A constant for each word moves neither the projection nor the best tree, and this one
        # saves digits.
        self.point = point - numpy.take_along_axis(point, best[:, None], axis=1)
        self.gap = 0.0
        self.trees = best[None].copy()
        self.weights = numpy.ones(1)
        self.affinities = numpy.zeros(1)
        self.factor = numpy.full((1, 1), (len(best) - 1.0) ** 0.5)
        self.size = 1

    def write_residual(self, residual: numpy.ndarray) -> None:
        """The point less the average, into an array that may be larger."""
        num_nodes = len(self.point)
        residual[:num_nodes, :num_nodes] = self.point
        self.add_to(residual, -1.0)

    def improve(self, best: numpy.ndarray, residual: numpy.ndarray, tolerance: float) -> bool:
        """
        Given the best tree for the residual, measures the gap and moves to the average that comes
        closest to the point with this tree; false, and nothing moves, if the gap is tolerated, or
        if in `float64` the tree cannot be told from averages of the others.
        """
        from spigot_allennlp.nn.kernels.min_norm_point import improve

        if self.size == len(self.trees):
            self._make_room()
        self.gap, size = improve(
            best[: len(self.point)],
            residual,
            tolerance,
            self.point,
            self.trees,
            self.weights,
            self.affinities,
            self.factor,
            self.size,
        )
        self.size = size or self.size
        return size > 0

    def add_to(self, target: numpy.ndarray, factor: float) -> None:
        """Adds `factor` times the average to `target`, which has the shape of the point or more."""
        from spigot_allennlp.nn.kernels.min_norm_point import add_average

        add_average(target, factor, self.trees, self.weights, self.size)

    def add_tangent(self, direction: numpy.ndarray, target: numpy.ndarray) -> None:
        """Adds to `target` the part of `direction` along the differences between the trees."""
        from spigot_allennlp.nn.kernels.min_norm_point import add_tangent

        add_tangent(direction, self.trees, self.factor, self.size, target)

    def _make_room(self) -> None:
        num_trees = 2 * self.size
        for name, shape in (
            ("trees", (num_trees, len(self.point))),
            ("weights", (num_trees,)),
            ("affinities", (num_trees,)),
            ("factor", (num_trees, num_trees)),
        ):
            old = getattr(self, name)
            new = numpy.empty(shape, dtype=old.dtype)
            new[tuple(slice(size) for size in old.shape)] = old
            setattr(self, name, new)


def _warn(gaps: List[float], tolerance: float) -> None:
    missed = [gap for gap in gaps if not gap <= tolerance**2]
    if missed:
        logger.warning(
            "The projection of %d of %d sentences onto the convex hull of trees was broken off. It "
            "may be as far as %.1e from the exact one (gap %.1e), where %.1e is tolerated: raise "
            "max_iterations, or the tolerance.",
            len(missed),
            len(gaps),
            max(missed) ** 0.5,
            max(missed),
            tolerance,
        )
