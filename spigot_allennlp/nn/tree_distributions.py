"""The partition function and the marginals of trees as functions that can be differentiated."""

from typing import Any, Callable, NamedTuple, Optional, Tuple

import torch
from torch import Tensor


class Inference(NamedTuple):
    """
    What an algorithm computes, in `float64`, for scores `(batch_size, num_nodes, num_nodes)`,
    lengths `(batch_size,)` and whether ROOT has exactly one child.
    """

    log_partition_and_marginals: Callable[[Tensor, Tensor, bool], Tuple[Tensor, Tensor]]
    """
    `(scores, lengths, single_root)` to tensors `(batch_size,)` and of the shape of the scores.
    """

    vector_jacobian_product: Callable[[Tensor, Tensor, Tensor, bool], Tensor]
    """
    `(scores, gradient, lengths, single_root)` to the gradient of the marginals, in the shape of
    the scores.
    """


def log_partition(
    scores: Tensor, lengths: Tensor, single_root: bool, inference: Inference
) -> Tensor:
    """
    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, finite everywhere.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    single_root : `bool`
        Whether ROOT has exactly one child.
    inference : `Inference`

    # Returns

    `FloatTensor`
        `(batch_size,)`, differentiable twice. Computed in `float64` and given in the dtype of
        `scores`.
    """
    return _LogPartition.apply(scores.double(), lengths, single_root, inference).to(scores.dtype)


def marginals(scores: Tensor, lengths: Tensor, single_root: bool, inference: Inference) -> Tensor:
    """
    The marginals of the arcs, `(batch_size, num_nodes, num_nodes)`, differentiable once. See
    `log_partition`.
    """
    return _Marginals.apply(scores.double(), lengths, single_root, inference, None).to(scores.dtype)


class _LogPartition(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, lengths: Tensor, single_root: bool, inference: Inference
    ) -> Tensor:
        log_partitions, expected = inference.log_partition_and_marginals(
            scores, lengths, single_root
        )
        ctx.save_for_backward(scores, lengths, expected)
        ctx.single_root = single_root
        ctx.inference = inference
        return log_partitions

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        scores, lengths, expected = ctx.saved_tensors
        expected = _Marginals.apply(scores, lengths, ctx.single_root, ctx.inference, expected)
        return gradient[:, None, None] * expected, None, None, None


class _Marginals(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        scores: Tensor,
        lengths: Tensor,
        single_root: bool,
        inference: Inference,
        known: Optional[Tensor],
    ) -> Tensor:
        ctx.save_for_backward(scores, lengths)
        ctx.single_root = single_root
        ctx.inference = inference
        if known is None:
            return inference.log_partition_and_marginals(scores, lengths, single_root)[1]
        # An alias, since a function may not return its argument.
        return known.view_as(known)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        scores, lengths = ctx.saved_tensors
        product = ctx.inference.vector_jacobian_product(scores, gradient, lengths, ctx.single_root)
        return product, None, None, None, None
