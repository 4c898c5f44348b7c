"""
Arcs that carry exactly one label, in two forms.

A graph is a `LongTensor (batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`,
that holds label indices and 0 where there is no arc. Its parts are `(batch_size, num_nodes,
num_nodes, 1 + num_labels)`: see `LabeledGraphs`.
"""

from typing import Optional

import torch
from torch import Tensor

from spigot_allennlp.nn.parts import legal_arcs

# The score of a predicate that is given: the share of graphs without it is nothing in single
# precision, in which it can still be added to other scores.
_CERTAIN = 30.0
# And of any other word: no arcs are worth as much. Not `-inf`, for which structures look at each.
_IMPOSSIBLE = -1e6


def graph_to_parts(graph: Tensor, num_parts: int, predicates: Optional[Tensor] = None) -> Tensor:
    """
    The 0/1 parts of a graph, `num_parts = 1 + num_labels`, in `float32`.

    # Parameters

    graph : `LongTensor`
    num_parts : `int`
    predicates : `BoolTensor`, optional
        `(batch_size, num_nodes)`; the nodes with outgoing arcs by default.
    """
    on = graph != 0
    if predicates is None:
        predicates = on.any(dim=1)
    parts = torch.zeros(graph.shape + (num_parts,), device=graph.device)
    parts.scatter_(-1, graph.unsqueeze(-1), 1.0)
    parts[..., 0] = (on | torch.diag_embed(predicates)).float()
    return parts


def with_given_predicates(scores: Tensor, predicates: Tensor) -> Tensor:
    """
    Scores of parts that leave only graphs with these predicates, each with any number of arcs; that
    of ROOT stays as it is. Differentiable.

    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, 1 + num_labels)`, indexed `[batch, modifier, head]`.
    predicates : `BoolTensor`
        `(batch_size, num_nodes)`.
    """
    size = scores.size(1)
    # Shape: (num_nodes, num_nodes), where the predicates that are words have their scores
    words = torch.eye(size, dtype=torch.bool, device=scores.device)
    words[0, 0] = False
    given = torch.where(predicates, _CERTAIN, _IMPOSSIBLE).to(scores.dtype)
    first = torch.where(words, given.unsqueeze(1), scores[..., 0])
    return torch.cat([first.unsqueeze(-1), scores[..., 1:]], dim=-1)


def parts_to_graph(parts: Tensor) -> Tensor:
    """The graph of 0/1 parts."""
    labels = torch.arange(parts.size(-1), device=parts.device, dtype=torch.float)
    # Entry 0, the arc or the predicate, weighs nothing. Half precision cannot count labels.
    return (parts.detach().float() @ labels).round().long()


def most_per_predicate(graph: Tensor, num_parts: int) -> Tensor:
    """
    How many arcs with each label one predicate of the graphs has at most, `(num_parts,)`, with
    `num_parts = 1 + num_labels`; entry 0 is of no meaning.
    """
    counts = graph.new_zeros(graph.shape[:2] + (num_parts,))
    # Shape: (batch_size, num_nodes, 1 + num_labels), of the arcs of each head
    counts = counts.scatter_add(2, graph.transpose(1, 2), torch.ones_like(graph))
    return counts.flatten(0, 1).amax(dim=0)


def labels_by_head(labels: Tensor, num_nodes: int) -> Tensor:
    """
    What holds for arcs from ROOT and for arcs from words, `(2, 1 + num_labels)`, for each head:
    `(num_nodes, 1 + num_labels)`.
    """
    is_word = torch.arange(num_nodes, device=labels.device).clamp(max=1)
    return labels[is_word]


def arcs_with_labels(mask: Tensor, legal_labels: Tensor) -> Tensor:
    """
    The arcs that a sentence has: those that have a label.

    # Parameters

    mask : `BoolTensor`
        `(batch_size, num_nodes)`, true for ROOT and the words.
    legal_labels : `BoolTensor`
        `(2, 1 + num_labels)`: the labels of arcs from ROOT and of arcs from words; entry 0 is
        ignored.

    # Returns

    `BoolTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`.
    """
    has_label = labels_by_head(legal_labels, mask.size(1))[:, 1:].any(dim=1)
    return legal_arcs(mask) & has_label


def labeled_arcs(mask: Tensor, legal_labels: Tensor) -> Tensor:
    """
    The labeled arcs that a sentence has, `(batch_size, num_nodes, num_nodes, 1 + num_labels)`,
    with false for arcs and predicates, in entry 0. See `arcs_with_labels`.
    """
    labels = labels_by_head(legal_labels, mask.size(1))
    labels[:, 0] = False
    # Bytes, because torch takes ten times as long for booleans.
    arcs = legal_arcs(mask).unsqueeze(-1)
    return (arcs.view(torch.uint8) & labels.view(torch.uint8)).view(torch.bool)
