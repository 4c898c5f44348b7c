"""The partition function and the marginals of projective trees, differentiable."""

from torch import Tensor

from spigot_allennlp.nn import tree_distributions


def log_partition(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the inside algorithm. See `tree_distributions.log_partition`."""
    from spigot_allennlp.nn import inside_outside_kernels

    return tree_distributions.log_partition(scores, lengths, single_root, inside_outside_kernels)


def marginals(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the inside-outside algorithm. See `tree_distributions.marginals`."""
    from spigot_allennlp.nn import inside_outside_kernels

    return tree_distributions.marginals(scores, lengths, single_root, inside_outside_kernels)
