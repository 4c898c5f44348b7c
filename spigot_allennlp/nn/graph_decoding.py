"""
The best labeled graph.

With `s_p` the score of predicate p and `g_ml = s_pm + s_pml` that of its arc to m with label l, a
predicate is worth `s_p + sum_m max(0, max_l g_ml)` and is on where that is positive (Peng et al.
2018, section 3.2). Where a label that may occur once for a predicate is best for several of its
arcs, their labels are a maximum-weight assignment: arc m gains `g_ml - free_m` from label l, with
`free_m` the best that it can have without the labels that occur once. Nothing is relaxed or
rounded.
"""

from types import ModuleType
from typing import Optional, Tuple

import numpy
import torch
from torch import Tensor

from spigot_allennlp.nn.backend import kernels_for
from spigot_allennlp.nn.host import from_numpy, to_numpy
from spigot_allennlp.nn.labeled_arcs import labels_by_head
from spigot_allennlp.nn.parts import legal_arcs


def best_graphs(
    scores: Tensor,
    mask: Tensor,
    legal_labels: Tensor,
    deterministic_labels: Optional[Tensor] = None,
) -> Tuple[Tensor, Tensor]:
    """
    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, 1 + num_labels)`, `float32` or `float64`, indexed
        `[batch, modifier, head, part]`: numbers, and `-inf` for what is forbidden. Summed in
        `float64`.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`, true for ROOT and the words, which come first.
    legal_labels : `BoolTensor`
        `(2, 1 + num_labels)`: the labels of arcs from ROOT and of arcs from words; entry 0 is
        ignored.
    deterministic_labels : `BoolTensor`, optional
        `(1 + num_labels,)`: labels that occur at most once for a predicate.

    # Returns

    `Tuple[LongTensor, BoolTensor]`
        The graphs `(batch_size, num_nodes, num_nodes)`, which hold labels and 0 for no arc, and the
        predicates `(batch_size, num_nodes)`; the same ones of several best ones each time.
    """
    scores = scores.detach()
    deterministic = deterministic_labels
    if deterministic is None:
        deterministic = torch.zeros_like(legal_labels[0])
    kernels = kernels_for("graph", scores)
    if kernels is None:
        decoded = decode_in_tensors(scores, mask, legal_labels, deterministic)
    else:
        decoded = _decode_by(kernels, scores, mask, legal_labels, deterministic)
    graph, predicates, conflicts = decoded
    if deterministic_labels is not None:
        _resolve(conflicts, scores, legal_labels, deterministic, graph, predicates)
    return graph, predicates


def _resolve(
    conflicts: Tensor,
    scores: Tensor,
    legal_labels: Tensor,
    deterministic: Tensor,
    graph: Tensor,
    predicates: Tensor,
) -> None:
    """
    Changes `graph` and `predicates` where a predicate repeats a deterministic label: `conflicts`.
    """
    # One wait for a GPU where there are no conflicts, two where there are.
    (is_conflict,) = to_numpy(conflicts)
    sentences, heads = is_conflict.nonzero()
    if len(sentences) == 0:
        return
    # Shape: (num_conflicts, num_nodes) and, with the parts, (num_conflicts, num_nodes, num_parts)
    graphs, columns, own_scores, legal, once = to_numpy(
        graph[sentences, :, heads],
        scores[sentences, :, heads].double(),
        scores[sentences, heads, heads, 0].double(),
        legal_labels,
        deterministic,
    )
    is_on = numpy.empty(len(columns), dtype=bool)
    for i, head in enumerate(heads.tolist()):
        arcs = graphs[i].nonzero()[0]
        labels, gain = assign_labels(columns[i, arcs], legal[min(head, 1)], once)
        is_on[i] = own_scores[i] + gain > 0
        graphs[i, arcs] = labels * is_on[i]
    graph[sentences, :, heads] = from_numpy(graphs, graph.device)
    predicates[sentences, heads] = from_numpy(is_on, graph.device)


def assign_labels(
    scores: numpy.ndarray, legal: numpy.ndarray, deterministic: numpy.ndarray
) -> Tuple[numpy.ndarray, float]:
    """
    The best labels for the arcs of one predicate that is on.

    # Parameters

    scores : `numpy.ndarray`
        `(num_arcs, 1 + num_labels)`, `float64`.
    legal, deterministic : `numpy.ndarray`
        `(1 + num_labels,)`, `bool`.

    # Returns

    `Tuple[numpy.ndarray, float]`
        The labels `(num_arcs,)`, `int64`, 0 for an arc that is off, and what the arcs add to the
        score.
    """
    # Importing this takes a while, which a process without conflicts need not wait for.
    from scipy.optimize import linear_sum_assignment

    gains = numpy.where(legal, scores[:, :1] + scores, -numpy.inf)
    free = numpy.where(deterministic, -numpy.inf, gains)
    free[:, 0] = 0.0
    labels = free.argmax(axis=1)
    values = free.max(axis=1)
    columns = 1 + (deterministic & legal)[1:].nonzero()[0]
    weights = (gains[:, columns] - values[:, None]).clip(min=0.0)
    # Scores that have overflowed are the gradient scaler's business.
    weights = numpy.nan_to_num(weights)
    arcs, chosen = linear_sum_assignment(weights, maximize=True)
    better = weights[arcs, chosen] > 0
    arcs, chosen = arcs[better], columns[chosen[better]]
    labels[arcs], values[arcs] = chosen, gains[arcs, chosen]
    return labels, float(values.sum())


def _decode_by(
    kernels: ModuleType, scores: Tensor, mask: Tensor, legal_labels: Tensor, deterministic: Tensor
) -> Tuple[Tensor, Tensor, Tensor]:
    """See `decode_in_tensors`."""
    arrays = to_numpy(scores, mask.sum(dim=1) - 1, legal_labels, deterministic)
    graph, predicates, conflicts = kernels.best_graphs(*arrays)
    return torch.from_numpy(graph), torch.from_numpy(predicates), torch.from_numpy(conflicts)


def decode_in_tensors(
    scores: Tensor, mask: Tensor, legal_labels: Tensor, deterministic: Tensor
) -> Tuple[Tensor, Tensor, Tensor]:
    """
    What `kernels.best_graphs` computes, on any device and without waiting for it: the best
    graphs and predicates without regard to labels that occur once, and the predicates for which
    that matters. See `best_graphs`.
    """
    illegal = ~labels_by_head(legal_labels, mask.size(1))[..., 1:]
    labels = scores[..., 1:].masked_fill(illegal, float("-inf"))
    best_label, best_index = labels.max(dim=-1)
    gains = (scores[..., 0].double() + best_label).masked_fill(~legal_arcs(mask), 0.0)
    predicate_scores = scores[..., 0].diagonal(dim1=1, dim2=2)
    # Shape: (batch_size, num_nodes); column p holds the arcs of predicate p
    predicates = (predicate_scores + gains.clamp(min=0.0).sum(dim=1) > 0) & mask
    graph = (best_index + 1) * ((gains > 0) & predicates.unsqueeze(1))
    once = (deterministic[graph] & (graph > 0)).int()
    # Shape: (batch_size, num_nodes, 1 + num_labels), of the arcs of each predicate
    counts = torch.zeros_like(scores[:, 0], dtype=torch.int)
    counts.scatter_add_(2, graph.transpose(1, 2), once.transpose(1, 2))
    return graph, predicates, (counts > 1).any(dim=2)
