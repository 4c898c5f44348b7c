"""The partition function and the marginals of non-projective trees, differentiable."""

import torch
from torch import Tensor

from spigot_allennlp.nn import tree_distributions
from spigot_allennlp.nn.compiled import has_numba
from spigot_allennlp.nn.parts import legal_arcs


def log_partition(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the matrix-tree theorem. See `tree_distributions.log_partition`."""
    if not has_numba():
        return log_partition_in_tensors(scores, lengths, single_root)
    from spigot_allennlp.nn.kernels import matrix_tree as kernels

    return tree_distributions.log_partition(scores, lengths, single_root, kernels)


def marginals(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the matrix-tree theorem. See `tree_distributions.marginals`."""
    from spigot_allennlp.nn.kernels import matrix_tree as kernels

    return tree_distributions.marginals(scores, lengths, single_root, kernels)


def log_partition_in_tensors(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """
    `log_partition` as the determinant of a Laplacian in `float64` (Koo et al. 2007), on any device
    and without waiting for it.

    It subtracts, so that it loses the digits of arcs whose weight is less than 1e-16 of the word's
    best one; the kernels do not.
    """
    nodes = torch.arange(scores.size(1), device=scores.device)
    legal = legal_arcs(nodes <= lengths.unsqueeze(1))
    masked = scores.double().masked_fill(~legal, float("-inf"))
    # 0 instead of -inf for ROOT and padding, which have no arcs.
    largest = masked.detach().amax(dim=2).nan_to_num(neginf=0.0)
    weights = (masked - largest.unsqueeze(2)).exp()
    words, roots = weights[:, 1:, 1:], weights[:, 1:, 0]
    degrees = words.sum(dim=2) if single_root else words.sum(dim=2) + roots
    # Padding is the identity.
    degrees = degrees + (nodes[1:] > lengths.unsqueeze(1))
    laplacian = torch.diag_embed(degrees) - words
    if single_root:
        # In place of the first word's arcs; a sentence without words has padding there.
        first = torch.where((lengths > 0).unsqueeze(1), roots, laplacian[:, :, :1].squeeze(2))
        laplacian = torch.cat([first.unsqueeze(2), laplacian[:, :, 1:]], dim=2)
    log_partitions = torch.linalg.slogdet(laplacian).logabsdet + largest.sum(dim=1)
    return log_partitions.to(scores.dtype)
