"""Parts that a distribution finds likely enough to be considered at all."""

import torch
from torch import Tensor

from spigot_allennlp.common import ConfigurationError


def check_limits(max_heads: int, min_posterior: float) -> None:
    """Raises `ConfigurationError` unless there is a candidate with these limits."""
    if max_heads < 1:
        raise ConfigurationError(f"max_heads must be at least 1 but is {max_heads}.")
    if not 0 <= min_posterior <= 1:
        raise ConfigurationError(f"min_posterior must be in [0, 1] but is {min_posterior}.")


def tree_candidates(
    marginals: Tensor, best: Tensor, max_heads: int, min_posterior: float
) -> Tensor:
    """
    For each word of a tree the `max_heads` most probable heads, less those whose probability is
    below `min_posterior` times that of its most probable one (Peng et al. 2018, whose program has
    10 and 1e-4). The head of the best tree always comes first, so that one tree is left.

    # Parameters

    marginals, best : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`; `best` is 0 and 1.
    max_heads : `int`
    min_posterior : `float`

    # Returns

    `BoolTensor`
        The shape of `marginals`; of no meaning for whatever is no arc of a sentence.
    """
    check_limits(max_heads, min_posterior)
    likely = marginals >= min_posterior * marginals.amax(dim=-1, keepdim=True)
    return best.bool() | (likely & _ranked(marginals, best, max_heads))


def graph_candidates(
    marginals: Tensor, best: Tensor, max_heads: int, min_posterior: float
) -> Tensor:
    """
    The same for labeled graphs, where a word may have any number of heads or none: for each word
    the `max_heads` most probable arcs to it, less those whose probability is below `min_posterior`;
    for each such arc the labels whose probability is not below `min_posterior` times that of its
    most probable one; and the arcs and labels of the best graph. Predicates are never left out,
    since the empty graph is always one.

    # Parameters

    marginals, best : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, 1 + num_labels)`: see `LabeledGraphs`.
    max_heads : `int`
    min_posterior : `float`

    # Returns

    `BoolTensor`
        The shape of `marginals`; of no meaning for whatever is no part of a sentence.
    """
    check_limits(max_heads, min_posterior)
    predicates = torch.eye(marginals.size(1), dtype=torch.bool, device=marginals.device)
    arcs = marginals[..., 0].masked_fill(predicates, 0.0)
    best_arcs = best[..., 0].masked_fill(predicates, 0.0)
    likely = (arcs >= min_posterior) & _ranked(arcs, best_arcs, max_heads)
    kept = best_arcs.bool() | likely
    labels = marginals[..., 1:]
    likely_labels = labels >= min_posterior * labels.amax(dim=-1, keepdim=True)
    kept_labels = best[..., 1:].bool() | (likely_labels & kept.unsqueeze(-1))
    return torch.cat([(kept | predicates).unsqueeze(-1), kept_labels], dim=-1)


def _ranked(marginals: Tensor, best: Tensor, max_heads: int) -> Tensor:
    """The first `max_heads` of each row, those of the best structure before all others."""
    first = (marginals + best).topk(min(max_heads, marginals.size(-1)), dim=-1).indices
    return torch.zeros_like(marginals, dtype=torch.bool).scatter_(-1, first, True)
