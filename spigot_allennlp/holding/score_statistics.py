"""What the scores of a batch are like: one number for a sentence, without a gradient."""

import torch
from torch import Tensor

from spigot_allennlp.nn.parts import is_word, legal_arcs, legal_parts, num_words
from spigot_allennlp.structures.structure import Structure


def spread(structure: Structure, scores: Tensor, mask: Tensor) -> Tensor:
    """
    The standard deviation of each sentence's scores, `(batch_size,)`; those of `-inf` do not count.

    # Parameters

    structure : `Structure`
        Tells which scores are of parts.
    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch, modifier, head]`.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`.
    """
    scores = scores.detach()
    counted = (structure.support(scores, mask) & (scores > -torch.inf)).flatten(1)
    values = scores.flatten(1).masked_fill(~counted, 0.0)
    count = counted.sum(dim=1).clamp(min=1)
    mean = values.sum(dim=1) / count
    squares = (values - mean.unsqueeze(1)).masked_fill(~counted, 0.0).square()
    return (squares.sum(dim=1) / count).sqrt()


def head_margins(scores: Tensor, mask: Tensor) -> Tensor:
    """
    By how much the best head of a word has a higher score than the second best: the mean over the
    words of a sentence that have two, `(batch_size,)`. See `spread`; there is no part axis.
    """
    best = scores.detach().masked_fill(~legal_arcs(mask), -torch.inf)
    if best.size(-1) < 2:
        return best.new_zeros(best.size(0))
    first, second = best.topk(2, dim=-1).values.unbind(dim=-1)
    counted = second > -torch.inf
    margins = (first - second).masked_fill(~counted, 0.0)
    return margins.sum(dim=1) / counted.sum(dim=1).clamp(min=1)


def changed_words(first: Tensor, second: Tensor, mask: Tensor) -> Tensor:
    """
    The share of the words of a sentence whose heads, or the labels of the arcs from them, are not
    the same in two structures: `(batch_size,)`. Predicates are not looked at.

    # Parameters

    first, second : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, *part)`, 0 and 1, indexed `[batch, modifier, head]`.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`.
    """
    different = (first != second) & legal_parts(mask, first)
    changed = different.flatten(2).any(dim=2) & is_word(mask)
    return changed.sum(dim=1) / num_words(mask).clamp(min=1)


def lost_arcs(gold: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
    """
    The share of the arcs of a structure, with their labels, that are not allowed: `(batch_size,)`.

    # Parameters

    gold : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, *part)`, 0 and 1, indexed `[batch, modifier, head]`.
    allowed : `BoolTensor`
        The same shape.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`.
    """
    parts = ((gold > 0) & legal_parts(mask, gold)).flatten(1)
    lost = parts & ~allowed.flatten(1)
    return lost.sum(dim=1) / parts.sum(dim=1).clamp(min=1)


def cosines(first: Tensor, second: Tensor) -> Tensor:
    """
    The cosine between two gradients of each sentence, `(batch_size,)`; NaN where one of them is 0.
    """
    first, second = first.flatten(1), second.flatten(1)
    norms = torch.linalg.vector_norm(first, dim=1) * torch.linalg.vector_norm(second, dim=1)
    return (first * second).sum(dim=1) / norms
