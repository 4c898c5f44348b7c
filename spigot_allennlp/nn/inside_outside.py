"""The partition function and the marginals of projective trees, differentiable."""

import torch
from torch import Tensor

from spigot_allennlp.nn import tree_distributions
from spigot_allennlp.nn.compiled import has_numba
from spigot_allennlp.nn.device_choice import Way, fastest
from spigot_allennlp.nn.eisner import eisner_inside, reduce_logsumexp


def uses_kernels(scores: Tensor, lengths: Tensor, single_root: bool) -> bool:
    """
    Whether compiled kernels do the work; for scores on a GPU, whether copying them to the CPU is
    faster than tensor operations (see `device_choice.fastest`).
    """
    if not has_numba() or not scores.is_cuda:
        return has_numba()
    ways = {
        "on the CPU": _second_derivative(_log_partition_by_kernels),
        "in tensors": _second_derivative(_log_partition_in_tensors),
    }
    choice = fastest("The marginals of projective trees", ways, scores, lengths, single_root)
    return choice == "on the CPU"


def log_partition(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """By the inside algorithm. See `tree_distributions.log_partition`."""
    if uses_kernels(scores, lengths, single_root):
        return _log_partition_by_kernels(scores, lengths, single_root)
    return _log_partition_in_tensors(scores, lengths, single_root)


def marginals(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """
    By the inside-outside algorithm, in compiled kernels. See `tree_distributions.marginals`.
    """
    from spigot_allennlp.nn.kernels import inside_outside as kernels

    return tree_distributions.marginals(scores, lengths, single_root, kernels)


def _log_partition_by_kernels(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    from spigot_allennlp.nn.kernels import inside_outside as kernels

    return tree_distributions.log_partition(scores, lengths, single_root, kernels)


def _log_partition_in_tensors(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    total = eisner_inside(scores.double(), lengths, single_root, reduce_logsumexp)
    return total.to(scores.dtype)


def _second_derivative(log_partition: Way) -> Way:
    """What learning through marginals computes, as a function of the scores."""

    def way(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
        with torch.enable_grad():
            variables = scores.detach().requires_grad_()
            total = log_partition(variables, lengths, single_root).sum()
            (marginals,) = torch.autograd.grad(total, variables, create_graph=True)
            (product,) = torch.autograd.grad(marginals.square().sum(), variables)
        return product

    return way
