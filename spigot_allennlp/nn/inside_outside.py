"""The partition function and the marginals of projective trees, differentiable."""

from torch import Tensor

from spigot_allennlp.nn import tree_distributions
from spigot_allennlp.nn.eisner import eisner_inside, reduce_logsumexp


def log_partition(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the inside algorithm. See `tree_distributions.log_partition`."""
    return tree_distributions.log_partition(
        scores, lengths, single_root, "inside_outside", log_partition_in_tensors
    )


def marginals(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the inside-outside algorithm. See `tree_distributions.marginals`."""
    return tree_distributions.marginals(
        scores, lengths, single_root, "inside_outside", log_partition_in_tensors
    )


def log_partition_in_tensors(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """`log_partition` on any device and without waiting for it."""
    return eisner_inside(scores, lengths, single_root, reduce_logsumexp)
