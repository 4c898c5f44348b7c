"""The partition function and the marginals of non-projective trees, differentiable."""

from torch import Tensor

from spigot_allennlp.nn import tree_distributions


def log_partition(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the matrix-tree theorem. See `tree_distributions.log_partition`."""
    from spigot_allennlp.nn import matrix_tree_kernels

    return tree_distributions.log_partition(scores, lengths, single_root, matrix_tree_kernels)


def marginals(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the matrix-tree theorem. See `tree_distributions.marginals`."""
    from spigot_allennlp.nn import matrix_tree_kernels

    return tree_distributions.marginals(scores, lengths, single_root, matrix_tree_kernels)
