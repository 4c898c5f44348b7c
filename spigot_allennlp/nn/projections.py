"""Euclidean projections, each a pure function of a point."""

from typing import Optional

import torch
from torch import Tensor

from spigot_allennlp.nn.backend import kernels_for
from spigot_allennlp.nn.host import to_numpy
from spigot_allennlp.nn.parts import legal_arcs, num_words


def project_onto_simplex(point: Tensor, support: Tensor, total: Optional[Tensor] = None) -> Tensor:
    """
    `argmin_x ||x - point||^2` subject to `x >= 0`, `sum(x) = total` and `x = 0` off the support,
    for every row of the last dimension (Michelot 1986; Duchi et al. 2008).

    # Parameters

    point : `FloatTensor`
        `(*, num_candidates)`, `float32` or `float64`; any finite values.
    support : `BoolTensor`
        The same shape. A row without support gives zeros.
    total : `FloatTensor`, optional (default = `1`)
        `(*)`, not negative: what each row sums to.

    # Returns

    `FloatTensor`
        The shape of `point`, without a gradient.
    """
    if total is None:
        total = point.new_ones(point.shape[:-1])
    kernels = kernels_for("simplex", point)
    if kernels is None:
        return project_by_sorting(point.detach(), support, total)
    projected = torch.empty_like(point, memory_format=torch.contiguous_format)
    if point.numel() > 0:
        shape = (-1, point.size(-1))
        arrays = to_numpy(point.reshape(shape), support.reshape(shape), total.reshape(-1))
        kernels.project_rows(*arrays, projected.view(shape).numpy())
    return projected


def project_onto_single_heads(point: Tensor, mask: Tensor) -> Tensor:
    """
    Each word's arcs onto "one head": `project_onto_simplex` of every row with the arcs of the
    sentence as support, in time that depends on the words and not on the padding.

    # Parameters

    point : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, `float32` or `float64`, indexed
        `[batch, modifier, head]`, finite on the arcs of each sentence.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`, true for ROOT and the words, which come first.

    # Returns

    `FloatTensor`
        The shape of `point`, without a gradient; 0 for whatever is no arc.
    """
    point = point.detach()
    kernels = kernels_for("simplex", point)
    if kernels is None:
        return project_by_sorting(point, legal_arcs(mask), point.new_ones(mask.shape))
    return torch.from_numpy(kernels.project_heads(*to_numpy(point, num_words(mask))))


def project_by_sorting(point: Tensor, support: Tensor, total: Tensor) -> Tensor:
    """
    `project_onto_simplex` in tensor operations (Held, Wolfe and Crowder 1974): on any device,
    without waiting for it.
    """
    total = total.unsqueeze(-1)
    lowest = torch.finfo(point.dtype).min
    masked = point.masked_fill(~support, lowest)
    # Shifting a row does not move its projection, and keeps the sums below free of cancellation;
    # an entry that lies `total` below the largest one is zero whatever its value.
    shifted = torch.maximum(masked - masked.amax(dim=-1, keepdim=True), -total - 1)
    ordered, _ = torch.sort(shifted.masked_fill(~support, lowest), dim=-1, descending=True)
    counts = torch.arange(1, point.size(-1) + 1, device=point.device, dtype=point.dtype)
    in_support = ordered > lowest
    excess = torch.cumsum(ordered.masked_fill(~in_support, 0.0), dim=-1) - total
    num_positive = (in_support & (counts * ordered > excess)).sum(dim=-1, keepdim=True)
    # With total = 0 no entry is positive; the threshold is then the largest entry, 0 after the
    # shift.
    threshold = excess.gather(-1, (num_positive - 1).clamp(min=0)) / num_positive.clamp(min=1)
    return (shifted - threshold).clamp(min=0.0).masked_fill(~support, 0.0)


def clip_norm(step: Tensor, max_norm: Optional[float] = None) -> Tensor:
    """
    `step * min(1, max_norm / ||step||_2)`, with the norm over all parts of one sentence.

    # Parameters

    step : `FloatTensor`
        `(batch_size, *)`.
    max_norm : `float`, optional
        None leaves the step as it is.
    """
    if max_norm is None:
        return step
    norms = torch.linalg.vector_norm(step.flatten(1), dim=1)
    factors = (max_norm / norms.clamp(min=torch.finfo(step.dtype).tiny)).clamp(max=1.0)
    return step * factors.reshape((-1,) + (1,) * (step.dim() - 1))
