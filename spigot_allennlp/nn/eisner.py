"""
Eisner's algorithm in plain tensor operations, batched over sentences and over all spans of one
width.

Charts are `(batch_size, num_nodes, num_nodes)`, indexed `[batch, left, right]`. For `i < j`,
with `(+)` the semiring's sum and `s[m, h]` the score of the arc from head h to modifier m
(Eisner 1996; Eisner 2000, section 3):

    inner(i, j)    = (+)_{i <= r < j}  right(i, r) + left(r + 1, j)
    arc i -> j     = inner(i, j) + s[j, i]
    arc j -> i     = inner(i, j) + s[i, j]
    right(i, j)    = (+)_{i < r <= j}  arc(i -> r) + right(r, j)         i heads the span i..j
    left(i, j)     = (+)_{i <= r < j}  left(i, r) + arc(j -> r, as [r, j])   j heads the span i..j

Several children of ROOT: the total is `right(0, n)`. One child:
`(+)_r left(1, r) + s[r, 0] + right(r, n)`. Neither reads a cell in which ROOT is a modifier.
"""

from typing import Callable

import torch
from torch import Tensor

from spigot_allennlp.nn.backend import kernels_for
from spigot_allennlp.nn.host import from_numpy, to_numpy
from spigot_allennlp.nn.parts import arcs_to_heads, legal_arcs

Reduce = Callable[[Tensor], Tensor]


def reduce_max(values: Tensor) -> Tensor:
    # `max` with a dimension keeps one index, so that its gradient is a single structure also on
    # ties; `amax` shares it.
    return values.max(dim=-1).values


def reduce_logsumexp(values: Tensor) -> Tensor:
    return values.logsumexp(dim=-1)


def eisner_inside(scores: Tensor, lengths: Tensor, single_root: bool, reduce: Reduce) -> Tensor:
    """
    The semiring sum over all projective trees of a sentence of the sum of their arcs' scores.

    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, finite everywhere.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    single_root : `bool`
        Whether ROOT has exactly one child.
    reduce : `Reduce`
        The semiring's sum over the last dimension: `reduce_max` or `reduce_logsumexp`.

    # Returns

    `FloatTensor`
        `(batch_size,)`, differentiable, any number of times with `reduce_logsumexp`. Zero for a
        sentence without words.
    """
    batch_size, num_nodes, _ = scores.shape
    arc_right = scores.new_zeros(scores.shape)
    arc_left = scores.new_zeros(scores.shape)
    right = scores.new_zeros(scores.shape)
    left = scores.new_zeros(scores.shape)
    for width in range(1, num_nodes):
        # Shape of each window: (batch_size, num_nodes - width, width)
        inner = reduce(_starts(right, width) + _ends(left, width))
        _diagonal(arc_right, width).copy_(inner + scores.diagonal(-width, 1, 2))
        _diagonal(arc_left, width).copy_(inner + scores.diagonal(width, 1, 2))
        _diagonal(right, width).copy_(reduce(_starts(arc_right, width, 1) + _ends(right, width, 0)))
        _diagonal(left, width).copy_(reduce(_starts(left, width) + _ends(arc_left, width, -1)))

    batch = torch.arange(batch_size, device=scores.device)
    if not single_root or num_nodes == 1:
        return right[batch, 0, lengths]
    # Shape: (batch_size, num_nodes - 1); the candidates for the only child of ROOT
    totals = left[:, 1, 1:] + scores[:, 1:, 0] + right[batch, 1:, lengths]
    candidates = torch.arange(1, num_nodes, device=scores.device) <= lengths.unsqueeze(1)
    empty = lengths == 0
    # A row without words would be all -inf, whose logsumexp has no gradient.
    candidates = candidates | empty.unsqueeze(1)
    return reduce(totals.masked_fill(~candidates, float("-inf"))).masked_fill(empty, 0.0)


def eisner_argmax(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """
    The heads of the best projective tree of each sentence.

    # Parameters

    scores, lengths, single_root
        As for `eisner_inside`; finite on the arcs of each sentence, whatever elsewhere.

    # Returns

    `LongTensor`
        `(batch_size, num_nodes)`; 0 for ROOT and padding.
    """
    kernels = kernels_for("eisner", scores)
    if kernels is None:
        return eisner_argmax_in_tensors(scores, lengths, single_root)
    arrays = to_numpy(scores, lengths)
    return from_numpy(kernels.eisner_heads(*arrays, single_root), scores.device)


def eisner_argmax_in_tensors(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """
    `eisner_argmax` on any device and without waiting for it: the arcs of the best tree are the
    gradient of its score.
    """
    with torch.enable_grad():
        variables = scores.detach().double().requires_grad_()
        nodes = torch.arange(scores.size(1), device=scores.device)
        legal = legal_arcs(nodes <= lengths.unsqueeze(1))
        masked = variables.masked_fill(~legal, 0.0)
        best = eisner_inside(masked, lengths, single_root, reduce_max)
        (arcs,) = torch.autograd.grad(best.sum(), variables)
    return arcs_to_heads(arcs)


def _diagonal(chart: Tensor, width: int) -> Tensor:
    """The cells `[i, i + width]` for all i."""
    return chart.diagonal(width, 1, 2)


def _starts(chart: Tensor, width: int, shift: int = 0) -> Tensor:
    """The window `[i, i + shift + k]` for all i and `0 <= k < width`."""
    batch_size, num_nodes, _ = chart.shape
    stride_batch, stride_left, stride_right = chart.stride()
    return chart.as_strided(
        (batch_size, num_nodes - width, width),
        (stride_batch, stride_left + stride_right, stride_right),
        chart.storage_offset() + shift * stride_right,
    )


def _ends(chart: Tensor, width: int, shift: int = 0) -> Tensor:
    """
    The window `[i + 1 + k, j]` for all i, `j = i + width` and `0 <= k < width`; a shift of -1 moves
    its left end to `i + k`.
    """
    batch_size, num_nodes, _ = chart.shape
    stride_batch, stride_left, stride_right = chart.stride()
    return chart.as_strided(
        (batch_size, num_nodes - width, width),
        (stride_batch, stride_left + stride_right, stride_left),
        chart.storage_offset() + (1 + shift) * stride_left + width * stride_right,
    )
