"""
Arcs that carry exactly one label, in two forms.

A graph is a `LongTensor (batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`,
that holds label indices and 0 where there is no arc. Its parts are `(batch_size, num_nodes,
num_nodes, 1 + num_labels)`: see `LabeledGraphs`.
"""

from typing import Tuple

import torch
from torch import Tensor

from spigot_allennlp.nn.projections import project_onto_simplex


def project_arc_then_labels(arcs: Tensor, labels: Tensor, legal: Tensor) -> Tuple[Tensor, Tensor]:
    """
    Each arc onto `[0, 1]`, then its labels onto `{x >= 0, sum(x) = arc}`.

    A map onto `{0 <= arc <= 1, labels >= 0, sum(labels) = arc}` that fixes its points; not the
    Euclidean projection (the authors' program, Peng et al. 2018).

    # Parameters

    arcs : `FloatTensor`
        `(*)`.
    labels : `FloatTensor`
        `(*, num_labels)`.
    legal : `BoolTensor`
        `(*)`; elsewhere both results are 0.

    # Returns

    `Tuple[FloatTensor, FloatTensor]`
        The shapes of `arcs` and `labels`.
    """
    arcs = arcs.clamp(0.0, 1.0).masked_fill(~legal, 0.0)
    support = legal.unsqueeze(-1).expand_as(labels)
    return arcs, project_onto_simplex(labels, support, total=arcs)


def graph_to_parts(graph: Tensor, num_parts: int) -> Tensor:
    """
    The 0/1 parts of a graph, `num_parts = 1 + num_labels`; a node with outgoing arcs is a
    predicate.
    """
    parts = torch.nn.functional.one_hot(graph, num_parts).float()
    on = graph != 0
    parts[..., 0] = (on | torch.diag_embed(on.any(dim=1))).float()
    return parts


def parts_to_graph(parts: Tensor) -> Tensor:
    """The graph of 0/1 parts."""
    labels = torch.arange(parts.size(-1), device=parts.device, dtype=torch.float)
    # Entry 0, the arc or the predicate, weighs nothing. Half precision cannot count labels.
    return (parts.detach().float() @ labels).round().long()
