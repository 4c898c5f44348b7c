"""The Euclidean projection onto the relaxation of labeled graphs, as a differentiable function."""

from typing import Any

import torch
from torch import Tensor

from spigot_allennlp.nn.graph_projections import project_euclidean


def project_onto_graphs(point: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
    """
    `graph_projections.project_euclidean`, differentiable once. The gradient is exact where the
    labels that are not 0, and the arcs and predicates that are neither 0 nor 1, stay the same
    around the point: for an arc and its labels, the orthogonal projection onto the differences
    between those that are in use.
    """
    return _ProjectOntoGraphs.apply(point, mask, legal_labels)


class _ProjectOntoGraphs(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, point: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
        projected = project_euclidean(point, mask, legal_labels)
        ctx.save_for_backward(projected)
        return projected

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        (projected,) = ctx.saved_tensors
        # What is left of an arc, in entry 0, and its labels: the choices, which sum to 1.
        signs = gradient.new_ones(gradient.size(-1))
        signs[0] = -1.0
        in_use = projected > 0
        in_use[..., 0] = projected[..., 0] < 1
        change = (gradient * signs).masked_fill(~in_use, 0.0)
        means = change.sum(dim=-1) / in_use.sum(dim=-1).clamp(min=1)
        change = (change - means.unsqueeze(-1)).masked_fill(~in_use, 0.0) * signs
        predicates, moved = (t[..., 0].diagonal(dim1=1, dim2=2) for t in (projected, gradient))
        inside = (predicates > 0) & (predicates < 1)
        change[..., 0].diagonal(dim1=1, dim2=2).copy_(moved.masked_fill(~inside, 0.0))
        return change, None, None
