"""
The partition function, the marginals and random samples of labeled graphs, in closed form.

Given a predicate p its arcs are independent of each other, and given an arc its label is:

    gain_pm = s_pm + logsumexp_l s_pml          the log-odds of an arc, given the predicate
    total_p = s_p + sum_m softplus(gain_pm)     the log-odds of a predicate
    log Z   = sum_p softplus(total_p)
"""

from typing import Tuple

import torch
from torch import Tensor

from spigot_allennlp.nn.labeled_arcs import arcs_with_labels, labels_by_head
from spigot_allennlp.nn.uniforms import Draw


def log_partition(scores: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
    """
    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, 1 + num_labels)`, `float32` or `float64`, indexed
        `[batch, modifier, head, part]`, finite everywhere.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`, true for ROOT and the words.
    legal_labels : `BoolTensor`
        `(2, 1 + num_labels)`: the labels of arcs from ROOT and of arcs from words; entry 0 is
        ignored.

    # Returns

    `FloatTensor`
        `(batch_size,)`, differentiable any number of times.
    """
    totals, _, _ = _log_odds(scores, mask, legal_labels)
    summands = torch.nn.functional.softplus(totals).masked_fill(~mask, 0.0)
    return summands.sum(dim=1).to(scores.dtype)


def marginals(scores: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
    """
    The marginals of all parts, in the shape of `scores`, differentiable; 0 for whatever is no part
    of the sentence. See `log_partition`.
    """
    totals, gains, labels = _log_odds(scores, mask, legal_labels)
    predicates = totals.sigmoid().masked_fill(~mask, 0.0)
    arcs = predicates.unsqueeze(1) * gains.sigmoid()
    arcs = arcs.masked_fill(~arcs_with_labels(mask, legal_labels), 0.0).unsqueeze(-1)
    first = arcs + torch.diag_embed(predicates).unsqueeze(-1)
    first, arcs = first.to(scores.dtype), arcs.to(scores.dtype)
    return torch.cat([first, arcs * labels.softmax(dim=-1)], dim=-1)


def sample(scores: Tensor, mask: Tensor, legal_labels: Tensor, draw: Draw) -> Tuple[Tensor, Tensor]:
    """
    Independent graphs of each sentence: predicates, their arcs, and labels.

    # Parameters

    scores, mask, legal_labels
        As for `log_partition`. Computed with in `float64`.
    draw : `Draw`
        Gives the random numbers: see `uniforms.uniforms`.

    # Returns

    `Tuple[LongTensor, BoolTensor]`
        The graphs `(num_samples, batch_size, num_nodes, num_nodes)`, which hold labels and 0 for no
        arc, and the predicates `(num_samples, batch_size, num_nodes)`.
    """
    totals, gains, labels = _log_odds(scores.double(), mask, legal_labels)
    num_nodes = mask.size(1)
    predicates = (draw(num_nodes) < totals.sigmoid()) & mask
    arcs = (draw(num_nodes, num_nodes) < gains.sigmoid()) & predicates.unsqueeze(2)
    arcs &= arcs_with_labels(mask, legal_labels)
    # How many labels lie below a number is the index of the one that it falls on.
    shares = labels.softmax(dim=-1).cumsum(dim=-1)
    thresholds = draw(num_nodes, num_nodes) * shares[..., -1]
    graph = torch.stack([(shares <= one.unsqueeze(-1)).sum(dim=-1) for one in thresholds])
    return (graph + 1) * arcs, predicates


def _log_odds(scores: Tensor, mask: Tensor, legal_labels: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    """
    Those of predicates, `(batch_size, num_nodes)`, and of arcs, `(batch_size, num_nodes,
    num_nodes)`, both in `float64`, and the scores of labels.
    """
    # A finite score: arcs without a legal label must not make gradients NaN.
    illegal = ~labels_by_head(legal_labels, mask.size(1))[:, 1:]
    lowest = torch.finfo(scores.dtype).min
    labels = scores[..., 1:] + illegal.to(scores.dtype) * lowest
    # What nearly cancels, as the scores of an arc and of its label may, is added in float64; of the
    # many labels only differences are needed, which are small where they count.
    best = labels.detach().amax(dim=-1, keepdim=True)
    first = scores[..., 0].double()
    gains = first + best.squeeze(-1).double() + (labels - best).logsumexp(dim=-1)
    arcs = arcs_with_labels(mask, legal_labels)
    gains_if_on = torch.nn.functional.softplus(gains).masked_fill(~arcs, 0.0)
    return first.diagonal(dim1=1, dim2=2) + gains_if_on.sum(dim=1), gains, labels
