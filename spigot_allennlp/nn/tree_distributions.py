"""
The partition function and the marginals of trees as functions that can be differentiated.

Compiled kernels do the work on the CPU, wherever the scores are.
"""

from types import ModuleType
from typing import Any, Optional, Tuple

import torch
from torch import Tensor

from spigot_allennlp.nn.host import from_numpy, to_numpy


def log_partition(
    scores: Tensor, lengths: Tensor, single_root: bool, kernels: ModuleType
) -> Tensor:
    """
    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, finite on the arcs
        of each sentence.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    single_root : `bool`
        Whether ROOT has exactly one child.
    kernels : `ModuleType`
        Has the functions `log_partition_and_marginals(scores, lengths, single_root)` and
        `marginals_derivative(scores, directions, lengths, single_root)` of arrays in `float64`: see
        `spigot_allennlp.nn.kernels.inside_outside`.

    # Returns

    `FloatTensor`
        `(batch_size,)`, differentiable twice. Computed in `float64` and given in the dtype of
        `scores`.
    """
    return _LogPartition.apply(scores.double(), lengths, single_root, kernels).to(scores.dtype)


def marginals(scores: Tensor, lengths: Tensor, single_root: bool, kernels: ModuleType) -> Tensor:
    """
    The marginals of the arcs, `(batch_size, num_nodes, num_nodes)`, differentiable once. See
    `log_partition`.
    """
    return _Marginals.apply(scores.double(), lengths, single_root, kernels, None).to(scores.dtype)


class _LogPartition(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, lengths: Tensor, single_root: bool, kernels: ModuleType
    ) -> Tensor:
        log_partitions, expected = _infer(scores, lengths, single_root, kernels)
        ctx.save_for_backward(scores, lengths, expected)
        ctx.single_root = single_root
        ctx.kernels = kernels
        return log_partitions

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        scores, lengths, expected = ctx.saved_tensors
        expected = _Marginals.apply(scores, lengths, ctx.single_root, ctx.kernels, expected)
        return gradient[:, None, None] * expected, None, None, None


class _Marginals(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        scores: Tensor,
        lengths: Tensor,
        single_root: bool,
        kernels: ModuleType,
        known: Optional[Tensor],
    ) -> Tensor:
        ctx.save_for_backward(scores, lengths)
        ctx.single_root = single_root
        ctx.kernels = kernels
        if known is None:
            return _infer(scores, lengths, single_root, kernels)[1]
        # An alias, since a function may not return its argument.
        return known.view_as(known)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        scores, lengths = ctx.saved_tensors
        # The Jacobian is symmetric: the derivative in a direction is its product with a vector.
        arrays = to_numpy(scores, gradient, lengths)
        product = ctx.kernels.marginals_derivative(*arrays, ctx.single_root)
        return from_numpy(product, scores.device), None, None, None, None


def _infer(
    scores: Tensor, lengths: Tensor, single_root: bool, kernels: ModuleType
) -> Tuple[Tensor, Tensor]:
    arrays = to_numpy(scores, lengths)
    log_partitions, expected = kernels.log_partition_and_marginals(*arrays, single_root)
    return from_numpy(log_partitions, scores.device), from_numpy(expected, scores.device)
