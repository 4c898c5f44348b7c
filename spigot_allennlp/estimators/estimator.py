from typing import Any, Callable, Optional

import torch
from allennlp.common import Registrable
from torch import Tensor

from spigot_allennlp.estimators.loss_scale import LossScale
from spigot_allennlp.structures import Structure


class StructuredGradientEstimator(Registrable):
    """
    What the downstream model is given for the scores of a structure, and what gradient comes back
    to them.

    An estimator knows neither the structure (it calls `argmax`, `marginals` or `project`) nor the
    downstream task.
    """

    default_implementation = "spigot"

    is_hard: bool = True
    """Whether `__call__` returns the argmax itself, rather than an expectation."""

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
        raise NotImplementedError


def surrogate_gradient(
    scores: Tensor,
    parts: Tensor,
    restrict: Callable[[Tensor], Tensor],
    pullback: Callable[[Tensor], Tensor],
    loss_scale: Optional[LossScale] = None,
) -> Tensor:
    """
    `parts`, whose gradient reaches `scores` as `pullback(gradient)`. The only autograd function of
    the estimators.

    # Parameters

    scores, parts : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, *part)`.
    restrict : `Callable[[FloatTensor], FloatTensor]`
        From the gradient with respect to `parts` to a new tensor with that of the sentences' own
        parts, and 0 elsewhere: `Structure.restrict`.
    pullback : `Callable[[FloatTensor], FloatTensor]`
        From the gradient of every sentence's own loss with respect to `parts` to one with respect
        to `scores`.
    loss_scale : `LossScale`, optional
        Takes the weight of a sentence's loss out of the gradient before `pullback` and puts it back
        afterwards. A sentence of weight 0 gets 0; one whose gradient is not finite gets it as it
        is, for the gradient scaler of mixed precision to see.
    """
    return _SurrogateGradient.apply(scores, parts, restrict, pullback, loss_scale)


class _SurrogateGradient(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        scores: Tensor,
        parts: Tensor,
        restrict: Callable[[Tensor], Tensor],
        pullback: Callable[[Tensor], Tensor],
        loss_scale: Optional[LossScale],
    ) -> Tensor:
        ctx.restrict = restrict
        ctx.pullback = pullback
        ctx.loss_scale = loss_scale
        return parts.view_as(parts)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        gradient = ctx.restrict(gradient)
        if ctx.loss_scale is None:
            surrogate = ctx.pullback(gradient)
        else:
            surrogate = _at_own_scale(gradient, ctx.pullback, ctx.loss_scale.weights_of(gradient))
        return surrogate, None, None, None, None


def _at_own_scale(
    gradient: Tensor, pullback: Callable[[Tensor], Tensor], weights: Tensor
) -> Tensor:
    weighted = weights != 0
    own = (gradient / weights.masked_fill(~weighted, 1.0)).masked_fill(~weighted, 0.0)
    finite = torch.isfinite(own)
    surrogate = pullback(own.masked_fill(~finite, 0.0)) * weights
    return torch.where(finite, surrogate, gradient)
