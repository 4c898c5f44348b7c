"""The partition function and the marginals of projective trees, differentiable."""

from torch import Tensor

from spigot_allennlp.nn import tree_distributions
from spigot_allennlp.nn.compiled import has_numba
from spigot_allennlp.nn.eisner import eisner_inside, reduce_logsumexp


def log_partition(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the inside algorithm. See `tree_distributions.log_partition`."""
    if not has_numba():
        return eisner_inside(scores, lengths, single_root, reduce_logsumexp)
    from spigot_allennlp.nn import inside_outside_kernels

    return tree_distributions.log_partition(scores, lengths, single_root, inside_outside_kernels)


def marginals(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the inside-outside algorithm. See `tree_distributions.marginals`."""
    from spigot_allennlp.nn import inside_outside_kernels

    return tree_distributions.marginals(scores, lengths, single_root, inside_outside_kernels)
