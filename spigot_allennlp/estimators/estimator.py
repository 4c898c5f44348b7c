from typing import Callable, Optional

import torch
from torch import Tensor

from spigot_allennlp.common import Registrable
from spigot_allennlp.estimators.decision import Decision, argmax_of
from spigot_allennlp.nn.surrogate_gradient import LossScale, surrogate_gradient
from spigot_allennlp.structures import Structure


class StructuredGradientEstimator(torch.nn.Module, Registrable):
    """
    What the downstream model is given for the scores of a structure, and what gradient comes back
    to them.

    A hard estimator is its `pullback`; forward it is the argmax. An estimator that gives the
    downstream model something else overrides `__call__`, and `is_hard`. Neither knows which
    structure it works on, nor the downstream task.

    It is a module, so that what changes in training belongs to the model's checkpoints, and noise
    to training alone. One with an `__init__` of its own calls `super().__init__()` first.
    """

    default_implementation = "spigot"

    is_hard: bool = True
    """Whether `__call__` always returns the argmax itself."""

    def __init__(self) -> None:
        super().__init__()

    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        """
        From the gradient of each sentence's own loss with respect to the structure to the one that
        its scores get: positive where a score is to fall.

        # Parameters

        gradient : `FloatTensor`
            `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch, modifier, head]`; 0 for
            whatever is no part of a sentence or is forbidden by a score of `-inf`. It does not
            depend on how the losses of a batch are averaged or scaled.
        decision : `Decision`
            What was decided.

        # Returns

        `FloatTensor`
            The shape of `gradient`. What it has outside of the sentences' own parts is left out.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has neither a method `pullback` nor a `__call__` of its own."
        )

    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        """
        # Parameters

        scores : `FloatTensor`
            `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch, modifier, head]`.
        mask : `BoolTensor`
            `(batch_size, num_nodes)`.
        structure : `Structure`
            What is legal.
        loss_scale : `LossScale`, optional
            What the sentence losses are watched with. None says that the loss is a plain sum over
            sentences.

        # Returns

        `FloatTensor`
            The structure for the downstream model, in the shape of `scores`.
        """
        parts = argmax_of(structure, scores, mask)
        decision = Decision(scores.detach(), parts, mask, structure)
        return send_back(
            scores, decision, lambda gradient: self.pullback(gradient, decision), loss_scale
        )


def send_back(
    scores: Tensor,
    decision: Decision,
    pullback: Callable[[Tensor], Tensor],
    loss_scale: Optional[LossScale],
) -> Tensor:
    """The parts of `decision`, whose gradient reaches `scores` as `pullback(gradient)`."""

    # An estimator may be a user's.
    def checked(gradient: Tensor) -> Tensor:
        result = pullback(gradient)
        if not isinstance(result, Tensor) or result.shape != gradient.shape:
            found = type(result).__name__
            if isinstance(result, Tensor):
                found = f"a tensor of shape {tuple(result.shape)}"
            raise ValueError(
                f"An estimator returned {found} for a gradient of shape {tuple(gradient.shape)}. "
                "Its `pullback` has to return the gradient of the scores, a tensor of the same "
                "shape."
            )
        return decision.restrict(result)

    return surrogate_gradient(scores, decision.parts, decision.restrict, checked, loss_scale)
