"""What structures accept, looked at in one place."""

from typing import NamedTuple

import torch
from torch import Tensor

from spigot_allennlp.nn.backend import has_values_at_hand
from spigot_allennlp.nn.bounded_scores import LARGEST_SCORE
from spigot_allennlp.structures.structure import Structure


class Inputs(NamedTuple):
    """
    What an algorithm is given.

    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, *part)`, in `float32` or `float64`: half precision
        cannot hold the sums of a sentence.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`.
    are_ordinary : `bool`
        Whether all scores are known to be finite and of a size that can be added up.
    """

    scores: Tensor
    mask: Tensor
    are_ordinary: bool


def check_inputs(structure: Structure, scores: Tensor, mask: Tensor) -> Inputs:
    """
    # Parameters

    structure : `Structure`
        Tells which of the scores count.
    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch, modifier, head]`.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`; integers are understood.

    # Raises

    `ValueError`
        When the shapes do not fit, and on the CPU when the mask has holes or padding on the left or
        when a score that counts is `+inf` or NaN. On another device nothing is waited for, and
        looking at values would wait.
    """
    if not scores.is_floating_point() or scores.shape[:3] != mask.shape + mask.shape[1:]:
        raise ValueError(
            f"The scores are {tuple(scores.shape)} of {scores.dtype} and the mask is "
            f"{tuple(mask.shape)}. Give floating-point scores (batch_size, num_nodes, num_nodes), "
            "indexed [batch, modifier, head], and a mask (batch_size, num_nodes)."
        )
    mask = mask.bool()
    if scores.dtype in (torch.float16, torch.bfloat16):
        scores = scores.float()
    if not has_values_at_hand(scores):
        return Inputs(scores, mask, are_ordinary=False)
    gaps = mask[:, 1:] > mask[:, :-1]
    if gaps.any():
        raise ValueError(
            f"The mask of sentence {gaps.nonzero()[0, 0].item()} (counted from 0) has padding "
            "before a node. Put ROOT first, the words behind it and padding last."
        )
    # One look at memory, which NaN and infinity do not pass.
    are_ordinary = torch.linalg.vector_norm(scores.detach()).item() < LARGEST_SCORE
    if not are_ordinary:
        support = structure.support(scores, mask)
        _check_values(scores.detach(), support)
        # Whatever stands elsewhere.
        scores = scores.masked_fill(~support, 0.0)
    return Inputs(scores, mask, are_ordinary)


def _check_values(scores: Tensor, support: Tensor) -> None:
    broken = (scores.isnan() | (scores == float("inf"))) & support
    if broken.any():
        place = broken.nonzero()[0].tolist()
        raise ValueError(
            f"The score at {place} is {scores[tuple(place)].item()}. Scores are numbers, or -inf "
            "for a part that is forbidden: look for a learning rate that is too high, or for a "
            "division by zero."
        )


def check_that_any_is_left(allowed: Tensor) -> None:
    """
    # Parameters

    allowed : `BoolTensor`
        `(batch_size,)`: whether a sentence has a structure without a forbidden part.

    # Raises

    `ValueError`
        On the CPU, when a sentence has none.
    """
    if has_values_at_hand(allowed) and not allowed.all():
        raise ValueError(
            f"The scores of sentence {(~allowed).nonzero()[0].item()} (counted from 0) leave no "
            "structure: each has a part of -inf, or of more than "
            f"{LARGEST_SCORE:.0e} below the best. Allow another part."
        )
