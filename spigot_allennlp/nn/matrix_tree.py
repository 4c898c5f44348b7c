"""The partition function and the marginals of non-projective trees, differentiable."""

import torch
from torch import Tensor

from spigot_allennlp.nn import tree_distributions

# Of an arc that is none, as a logarithm: below all scores, and finite, so that gradients are too.
_NO_WEIGHT = -1e305


def log_partition(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the matrix-tree theorem. See `tree_distributions.log_partition`."""
    return tree_distributions.log_partition(
        scores, lengths, single_root, "matrix_tree", log_partition_in_tensors
    )


def marginals(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the matrix-tree theorem. See `tree_distributions.marginals`."""
    return tree_distributions.marginals(
        scores, lengths, single_root, "matrix_tree", log_partition_in_tensors
    )


def log_partition_in_tensors(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """
    `log_partition` on any device and without waiting for it: the elimination of
    `kernels.matrix_tree` with logarithms of weights, so that scores of any size are in range.
    Computed in `float64`.
    """
    batch_size, num_nodes, _ = scores.shape
    nodes = torch.arange(num_nodes, device=scores.device)
    in_sentence = nodes <= lengths.unsqueeze(1)
    # Padding has no arcs, loops are ignored.
    legal = in_sentence.unsqueeze(2) & in_sentence.unsqueeze(1)
    weights = scores.double().masked_fill(~legal, _NO_WEIGHT)
    total = weights.new_zeros(batch_size)
    for k in range(num_nodes - 1, 0, -1):
        # Shape: (batch_size, k), of the arcs to word k from ROOT and the words that are left
        from_heads = weights[:, k, :k]
        first = 1 if single_root and k > 1 else 0
        degree = from_heads[:, first:].logsumexp(dim=1).masked_fill(~in_sentence[:, k], 0.0)
        total = total + degree
        # Shape: (batch_size, k, k)
        through_k = weights[:, :k, k : k + 1] + (from_heads - degree.unsqueeze(1)).unsqueeze(1)
        weights = torch.stack([weights[:, :k, :k], through_k]).logsumexp(dim=0)
        weights = weights.masked_fill(torch.eye(k, device=scores.device).bool(), _NO_WEIGHT)
    return total.to(scores.dtype)
