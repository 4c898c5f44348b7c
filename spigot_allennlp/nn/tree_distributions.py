"""
The partition function and the marginals of trees as functions that can be differentiated.

Compiled kernels do the work on the CPU, wherever the scores are, or tensor operations do it.
"""

from types import ModuleType
from typing import Any, Callable, Optional, Tuple

import torch
from torch import Tensor

from spigot_allennlp.nn.backend import kernels_for
from spigot_allennlp.nn.host import from_numpy, to_numpy

# From scores in `float64`, lengths and whether ROOT has exactly one child.
LogPartition = Callable[[Tensor, Tensor, bool], Tensor]


def log_partition(
    scores: Tensor, lengths: Tensor, single_root: bool, name: str, in_tensors: LogPartition
) -> Tensor:
    """
    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, finite everywhere.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    single_root : `bool`
        Whether ROOT has exactly one child.
    name : `str`
        Of the kernels, which have the functions `log_partition_and_marginals(scores, lengths,
        single_root)` and `marginals_derivative(scores, directions, lengths, single_root)` of arrays
        in `float64`: see `spigot_allennlp.nn.kernels.inside_outside`.
    in_tensors : `LogPartition`
        The same where the kernels are not to be had: `(batch_size,)`.

    # Returns

    `FloatTensor`
        `(batch_size,)`, differentiable twice; with kernels a third derivative is an error. Computed
        in `float64` and given in the dtype of `scores`.
    """
    kernels = kernels_for(name, scores)
    if kernels is None:
        return in_tensors(scores.double(), lengths, single_root).to(scores.dtype)
    return _LogPartition.apply(scores.double(), lengths, single_root, kernels).to(scores.dtype)


def marginals(
    scores: Tensor, lengths: Tensor, single_root: bool, name: str, in_tensors: LogPartition
) -> Tensor:
    """
    The marginals of the arcs, `(batch_size, num_nodes, num_nodes)`, differentiable once. See
    `log_partition`, whose gradient they are.
    """
    kernels = kernels_for(name, scores)
    if kernels is None:
        return gradient_of(lambda s: in_tensors(s.double(), lengths, single_root), scores)
    return _Marginals.apply(scores.double(), lengths, single_root, kernels, None).to(scores.dtype)


def gradient_of(function: Callable[[Tensor], Tensor], scores: Tensor) -> Tensor:
    """The gradient of the sum of `function(scores)`, itself differentiable where `scores` are."""
    with torch.enable_grad():
        # An alias: differentiating with respect to the caller's tensor would call the hooks that
        # it has.
        variables = scores.view_as(scores)
        if not variables.requires_grad:
            variables = scores.detach().requires_grad_()
        total = function(variables).sum()
        (gradient,) = torch.autograd.grad(total, variables, create_graph=scores.requires_grad)
    return gradient if torch.is_grad_enabled() else gradient.detach()


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
    def backward(ctx: Any, gradient: Tensor) -> Any:
        scores, lengths = ctx.saved_tensors
        product = _Product.apply(scores, gradient, lengths, ctx.single_root, ctx.kernels)
        return product, None, None, None, None


class _Product(torch.autograd.Function):
    """The Jacobian of the marginals times a vector, which is where the kernels end."""

    @staticmethod
    def forward(
        ctx: Any,
        scores: Tensor,
        directions: Tensor,
        lengths: Tensor,
        single_root: bool,
        kernels: ModuleType,
    ) -> Tensor:
        # The Jacobian is symmetric: the derivative in a direction is its product with a vector.
        arrays = to_numpy(scores, directions, lengths)
        return from_numpy(kernels.marginals_derivative(*arrays, single_root), scores.device)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        raise RuntimeError(
            "The marginals of trees can be differentiated once, and their log-partition function "
            "twice, because the compiled kernels go no further. Detach the derivative, or compute "
            "it without numba, in tensor operations, which have derivatives of any order."
        )


def _infer(
    scores: Tensor, lengths: Tensor, single_root: bool, kernels: ModuleType
) -> Tuple[Tensor, Tensor]:
    arrays = to_numpy(scores, lengths)
    log_partitions, expected = kernels.log_partition_and_marginals(*arrays, single_root)
    return from_numpy(log_partitions, scores.device), from_numpy(expected, scores.device)
