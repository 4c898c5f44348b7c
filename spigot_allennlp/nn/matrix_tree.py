"""
The partition function and the marginals of non-projective trees, differentiable.

Compiled kernels do the work on the CPU, wherever the scores are.
"""

from typing import Tuple

import numpy
import torch
from torch import Tensor

from spigot_allennlp.nn import tree_distributions
from spigot_allennlp.nn.tree_distributions import Inference


def log_partition(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """See `tree_distributions.log_partition`."""
    return tree_distributions.log_partition(scores, lengths, single_root, _MATRIX_TREE)


def marginals(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """See `tree_distributions.marginals`."""
    return tree_distributions.marginals(scores, lengths, single_root, _MATRIX_TREE)


def _log_partition_and_marginals(
    scores: Tensor, lengths: Tensor, single_root: bool
) -> Tuple[Tensor, Tensor]:
    # Numba takes a second to import, which a process that parses nothing need not wait for.
    from spigot_allennlp.nn.matrix_tree_kernels import log_partition_and_marginals

    log_partitions, expected = log_partition_and_marginals(
        _array(scores), _array(lengths), single_root
    )
    return (
        torch.from_numpy(log_partitions).to(scores.device),
        torch.from_numpy(expected).to(scores.device),
    )


def _vector_jacobian_product(
    scores: Tensor, gradient: Tensor, lengths: Tensor, single_root: bool
) -> Tensor:
    from spigot_allennlp.nn.matrix_tree_kernels import marginals_derivative

    derivatives = marginals_derivative(
        _array(scores), _array(gradient), _array(lengths), single_root
    )
    return torch.from_numpy(derivatives).to(scores.device)


def _array(tensor: Tensor) -> numpy.ndarray:
    return tensor.detach().contiguous().cpu().numpy()


_MATRIX_TREE = Inference(_log_partition_and_marginals, _vector_jacobian_product)
