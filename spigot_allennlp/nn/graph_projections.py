"""
Points mapped to labeled graphs' relaxation: `0 <= arc <= 1`, and labels that are not negative and
sum to their arc. Predicates are clamped to [0, 1].
"""

from types import ModuleType

import torch
from torch import Tensor

from spigot_allennlp.nn.backend import kernels_for
from spigot_allennlp.nn.host import to_numpy
from spigot_allennlp.nn.labeled_arcs import labeled_arcs
from spigot_allennlp.nn.projections import project_onto_simplex


def project_arc_then_labels(point: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
    """
    Each arc onto `[0, 1]`, then its labels onto the simplex that sums to the arc (the authors'
    program, Peng et al. 2018).

    It fixes the points of the relaxation; it is not the Euclidean projection onto them.

    # Parameters

    point : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, 1 + num_labels)`, `float32` or `float64`, indexed
        `[batch, modifier, head, part]`: numbers, and `-inf` for what is forbidden and becomes 0,
        an arc with its labels and an arc without any.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`, true for ROOT and the words, which come first.
    legal_labels : `BoolTensor`
        `(2, 1 + num_labels)`: the labels of arcs from ROOT and of arcs from words; entry 0 is
        ignored.

    # Returns

    `FloatTensor`
        The shape of `point`, without a gradient; 0 for whatever is no part of the sentence.
    """
    kernels = kernels_for("graph", point)
    if kernels is None:
        return arc_then_labels_in_tensors(point, mask, legal_labels)
    return _project_by(kernels, point, mask, legal_labels, is_euclidean=False)


def project_euclidean(point: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
    """
    The Euclidean projection onto the relaxation.

    What is left of an arc and its labels, `(1 - arc, label_1, ..., label_L)`, are not negative and
    sum to 1, and distances are the same in these coordinates: it is the projection onto that
    simplex.

    # Parameters

    point, mask, legal_labels
        As for `project_arc_then_labels`, and so is what is returned.
    """
    kernels = kernels_for("graph", point)
    if kernels is None:
        return euclidean_in_tensors(point, mask, legal_labels)
    return _project_by(kernels, point, mask, legal_labels, is_euclidean=True)


def arc_then_labels_in_tensors(point: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
    """`project_arc_then_labels` on any device and without waiting for it."""
    point, support = point.detach(), _labels_in_reach(point, mask, legal_labels)
    arcs = point[..., 0].clamp(0.0, 1.0).masked_fill(~support.any(dim=-1), 0.0)
    labels = project_onto_simplex(point[..., 1:], support[..., 1:], total=arcs)
    return _with_predicates(arcs, labels, point, mask)


def euclidean_in_tensors(point: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
    """`project_euclidean` on any device and without waiting for it."""
    point, support = point.detach(), _labels_in_reach(point, mask, legal_labels)
    support[..., 0] = legal = support.any(dim=-1)
    choices = torch.cat([1 - point[..., :1], point[..., 1:]], dim=-1)
    projected = project_onto_simplex(choices, support)
    arcs = (1 - projected[..., 0]).masked_fill(~legal, 0.0)
    return _with_predicates(arcs, projected[..., 1:], point, mask)


def _labels_in_reach(point: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
    """The labeled arcs that are not forbidden, in the shape of `point` with false in entry 0."""
    allowed = point != -torch.inf
    return labeled_arcs(mask, legal_labels) & allowed & allowed[..., :1]


def _with_predicates(arcs: Tensor, labels: Tensor, point: Tensor, mask: Tensor) -> Tensor:
    predicates = point[..., 0].diagonal(dim1=1, dim2=2).clamp(0.0, 1.0).masked_fill(~mask, 0.0)
    return torch.cat([(arcs + torch.diag_embed(predicates)).unsqueeze(-1), labels], dim=-1)


def _project_by(
    kernels: ModuleType, point: Tensor, mask: Tensor, legal_labels: Tensor, is_euclidean: bool
) -> Tensor:
    arrays = to_numpy(point, mask.sum(dim=1) - 1, legal_labels)
    return torch.from_numpy(kernels.project(*arrays, is_euclidean))
