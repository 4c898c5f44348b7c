"""
The partition function and the marginals of projective trees, differentiable.

Compiled kernels do the work on the CPU, wherever the scores are. Sentences out of their range
(scores that differ by hundreds) are left to the tensor recurrences of `spigot_allennlp.nn.eisner`,
in the logarithmic domain.
"""

from typing import Any, Callable, Optional, Tuple

import numpy
import torch
from torch import Tensor

from spigot_allennlp.nn.eisner import eisner_inside, reduce_logsumexp


def log_partition(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """
    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, finite everywhere.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    single_root : `bool`
        Whether ROOT has exactly one child.

    # Returns

    `FloatTensor`
        `(batch_size,)`, differentiable twice. Computed in `float64` and given in the dtype of
        `scores`.
    """
    return _LogPartition.apply(scores.double(), lengths, single_root).to(scores.dtype)


def marginals(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """
    The marginals of the arcs, `(batch_size, num_nodes, num_nodes)`, differentiable once. See
    `log_partition`.
    """
    return _Marginals.apply(scores.double(), lengths, single_root, None).to(scores.dtype)


class _LogPartition(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
        log_partitions, expected = _inside_outside(scores, lengths, single_root)
        ctx.save_for_backward(scores, lengths, expected)
        ctx.single_root = single_root
        return log_partitions

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        scores, lengths, expected = ctx.saved_tensors
        expected = _Marginals.apply(scores, lengths, ctx.single_root, expected)
        return gradient[:, None, None] * expected, None, None


class _Marginals(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, lengths: Tensor, single_root: bool, known: Optional[Tensor]
    ) -> Tensor:
        ctx.save_for_backward(scores, lengths)
        ctx.single_root = single_root
        # An alias, since a function may not return its argument.
        return (
            _inside_outside(scores, lengths, single_root)[1]
            if known is None
            else known.view_as(known)
        )

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        scores, lengths = ctx.saved_tensors
        return (
            _vector_jacobian_product(scores, gradient, lengths, ctx.single_root),
            None,
            None,
            None,
        )


def _inside_outside(scores: Tensor, lengths: Tensor, single_root: bool) -> Tuple[Tensor, Tensor]:
    # Numba takes a second to import, which a process that parses nothing need not wait for.
    from spigot_allennlp.nn.inside_outside_kernels import log_partition_and_marginals

    log_partitions, expected, failed = map(
        torch.from_numpy,
        log_partition_and_marginals(_array(scores), _array(lengths), single_root),
    )
    if failed.any():

        def in_log_domain(scores, lengths):
            total = eisner_inside(scores, lengths, single_root, reduce_logsumexp)
            return total, torch.autograd.grad(total.sum(), scores)[0]

        values = _on_subset(in_log_domain, failed, scores, lengths)
        log_partitions[failed], expected[failed] = values
    return log_partitions.to(scores.device), expected.to(scores.device)


def _vector_jacobian_product(
    scores: Tensor, gradient: Tensor, lengths: Tensor, single_root: bool
) -> Tensor:
    from spigot_allennlp.nn.inside_outside_kernels import marginals_derivative

    product, failed = map(
        torch.from_numpy,
        marginals_derivative(_array(scores), _array(gradient), _array(lengths), single_root),
    )
    if failed.any():
        directions = gradient.cpu()[failed]

        def in_log_domain(scores, lengths):
            total = eisner_inside(scores, lengths, single_root, reduce_logsumexp)
            (expected,) = torch.autograd.grad(total.sum(), scores, create_graph=True)
            return torch.autograd.grad(expected, scores, directions)

        (product[failed],) = _on_subset(in_log_domain, failed, scores, lengths)
    return product.to(scores.device)


def _on_subset(
    function: Callable, chosen: Tensor, scores: Tensor, lengths: Tensor
) -> Tuple[Tensor, ...]:
    with torch.enable_grad():
        results = function(scores.detach().cpu()[chosen].requires_grad_(), lengths.cpu()[chosen])
    return tuple(result.detach() for result in results)


def _array(tensor: Tensor) -> numpy.ndarray:
    return tensor.detach().contiguous().cpu().numpy()
