"""The hyperbolic tangent, for which torch takes six times as long on the CPU."""

from types import ModuleType
from typing import Any, Optional

import torch
from torch import Tensor

from spigot_allennlp.nn.backend import kernels_for
from spigot_allennlp.nn.host import to_numpy


def tanh(values: Tensor) -> Tensor:
    """`torch.tanh`, differentiable once; a few units in the last place from it."""
    kernels = _kernels_for(values)
    return torch.tanh(values) if kernels is None else _Tanh.apply(values, kernels)


def tanh_of_sums(modifiers: Tensor, heads: Tensor) -> Tensor:
    """
    `tanh(m + h)` for the vectors of all pairs of nodes, differentiable once.

    # Parameters

    modifiers, heads : `FloatTensor`
        `(batch_size, num_nodes, size)`, of one dtype.

    # Returns

    `FloatTensor`
        `(batch_size, num_nodes, num_nodes, size)`, indexed `[batch, modifier, head]`.
    """
    kernels = _kernels_for(modifiers)
    if kernels is None:
        return torch.tanh(modifiers.unsqueeze(2) + heads.unsqueeze(1))
    return _TanhOfSums.apply(modifiers, heads, kernels)


def _kernels_for(values: Tensor) -> Optional[ModuleType]:
    if values.dtype not in (torch.float32, torch.float64):
        return None
    return kernels_for("tanh", values)


class _Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, kernels: ModuleType) -> Tensor:
        result = torch.from_numpy(kernels.tanh_of_all(*to_numpy(values)))
        ctx.save_for_backward(result)
        return result

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        return torch.ops.aten.tanh_backward(gradient, *ctx.saved_tensors), None


class _TanhOfSums(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, modifiers: Tensor, heads: Tensor, kernels: ModuleType) -> Tensor:
        result = torch.from_numpy(kernels.tanh_of_sums(*to_numpy(modifiers, heads)))
        ctx.save_for_backward(result)
        ctx.kernels = kernels
        return result

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        arrays = ctx.kernels.gradients_of_sums(*to_numpy(gradient, *ctx.saved_tensors))
        return (*map(torch.from_numpy, arrays), None)
