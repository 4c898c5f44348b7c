"""The hyperbolic tangent, which torch computes on the CPU at a sixth of the speed."""

from typing import Any

import torch
from torch import Tensor

from spigot_allennlp.nn.backend import kernels_for
from spigot_allennlp.nn.host import to_numpy


def tanh(values: Tensor) -> Tensor:
    """`torch.tanh`, differentiable once; a few units in the last place from it."""
    return _Tanh.apply(values) if _has_kernel(values) else torch.tanh(values)


def tanh_of_sums(modifiers: Tensor, heads: Tensor) -> Tensor:
    """
    `tanh(m + h)` for the vectors of all pairs of nodes, differentiable once.

    # Parameters

    modifiers, heads : `FloatTensor`
        `(batch_size, num_nodes, size)`.

    # Returns

    `FloatTensor`
        `(batch_size, num_nodes, num_nodes, size)`, indexed `[batch, modifier, head]`.
    """
    if _has_kernel(modifiers) and modifiers.dtype == heads.dtype:
        return _TanhOfSums.apply(modifiers, heads)
    return torch.tanh(modifiers.unsqueeze(2) + heads.unsqueeze(1))


def _has_kernel(values: Tensor) -> bool:
    return (
        values.dtype in (torch.float32, torch.float64) and kernels_for("tanh", values) is not None
    )


class _Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        kernels = kernels_for("tanh", values)
        assert kernels is not None
        result = torch.from_numpy(kernels.tanh_of_all(*to_numpy(values)))
        ctx.save_for_backward(result)
        return result

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (result,) = ctx.saved_tensors
        return torch.ops.aten.tanh_backward(gradient, result)


class _TanhOfSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, modifiers: Tensor, heads: Tensor) -> Tensor:
        kernels = kernels_for("tanh", modifiers)
        assert kernels is not None
        result = torch.from_numpy(kernels.tanh_of_sums(*to_numpy(modifiers, heads)))
        ctx.save_for_backward(result)
        return result

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        (result,) = ctx.saved_tensors
        kernels = kernels_for("tanh", result)
        assert kernels is not None
        of_both = kernels.gradients_of_sums(*to_numpy(gradient, result))
        return tuple(map(torch.from_numpy, of_both))
