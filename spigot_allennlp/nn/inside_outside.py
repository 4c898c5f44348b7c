"""
The partition function and the marginals of projective trees, differentiable.

Compiled kernels do the work on the CPU, wherever the scores are. Sentences out of their range
(scores that differ by hundreds) are left to the tensor recurrences of `spigot_allennlp.nn.eisner`,
in the logarithmic domain.
"""

from typing import Callable, Tuple

import numpy
import torch
from torch import Tensor

from spigot_allennlp.nn import tree_distributions
from spigot_allennlp.nn.eisner import eisner_inside, reduce_logsumexp
from spigot_allennlp.nn.tree_distributions import Inference


def log_partition(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """See `tree_distributions.log_partition`."""
    return tree_distributions.log_partition(scores, lengths, single_root, _INSIDE_OUTSIDE)


def marginals(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """See `tree_distributions.marginals`."""
    return tree_distributions.marginals(scores, lengths, single_root, _INSIDE_OUTSIDE)


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


_INSIDE_OUTSIDE = Inference(_inside_outside, _vector_jacobian_product)
