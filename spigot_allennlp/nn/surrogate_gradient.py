"""
A gradient of one's own for a step without one, and each sentence's loss: its value, and how much of
it is in the number that `backward` starts from.
"""

from typing import Any, Callable, Optional

import torch
from torch import Tensor


class LossScale:
    """
    The weight of each sentence's loss in the backward pass, as seen from the backward pass itself.

    A projection is not linear: the surrogate gradient of a sentence whose loss arrives divided by
    the batch size, or multiplied by the loss scale of mixed precision, would be another direction.
    Losses that pass through `watch` are not changed, but on the way back the gradient that reaches
    them is remembered: it is exactly the weight that batch averaging, gradient accumulation and
    loss scaling gave to each sentence, in whatever way. `surrogate_gradient` divides by it before
    the pullback and multiplies by it afterwards.

    # Parameters

    losses_with : `Callable[[Tensor], Tensor]`, optional (default = `None`)
        From another structure, in the shape of the one that was decided on, to the losses that the
        sentences have with it, `(batch_size,)`, without a gradient.
    """

    def __init__(self, losses_with: Optional[Callable[[Tensor], Tensor]] = None) -> None:
        self.losses_with = losses_with
        self.weights: Optional[Tensor] = None
        """`(batch_size,)`, known once the backward pass has come by the losses."""
        self.losses: Optional[Tensor] = None
        """`(batch_size,)`, without a gradient, known once they were watched."""

    def watch(self, sentence_losses: Tensor) -> Tensor:
        """`sentence_losses`, `(batch_size,)`, as they are."""
        self.losses = sentence_losses.detach()
        return _Watch.apply(sentence_losses, self)

    def weights_of(self, gradient: Tensor) -> Tensor:
        """
        The weights in the dtype of `gradient`, which is `(batch_size, *)`, with axes of size 1 to
        broadcast over it.

        # Raises

        `RuntimeError`
            When the backward pass did not come by `watch`.
        `ValueError`
            When what was watched is not one loss for each sentence.
        """
        return _like(self.weights, gradient)

    def losses_of(self, gradient: Tensor) -> Tensor:
        """The losses themselves, in the form of `weights_of` and with its errors."""
        return _like(self.losses, gradient)


def _like(values: Optional[Tensor], gradient: Tensor) -> Tensor:
    if values is None:
        raise RuntimeError(
            "A gradient reached the structure before any loss was seen: compute the loss that is "
            "differentiated from `loss_scale.watch(sentence_losses)`, not from `sentence_losses`."
        )
    if values.shape != gradient.shape[:1]:
        raise ValueError(
            "`loss_scale.watch` takes the loss of each sentence, (batch_size,), here "
            f"({len(gradient)},), but was given a tensor of shape {tuple(values.shape)}."
        )
    return values.to(gradient.dtype).reshape((-1,) + (1,) * (gradient.dim() - 1))


class _Watch(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, sentence_losses: Tensor, loss_scale: LossScale) -> Tensor:
        ctx.loss_scale = loss_scale
        return sentence_losses.view_as(sentence_losses)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        ctx.loss_scale.weights = gradient
        return gradient, None


def surrogate_gradient(
    scores: Tensor,
    parts: Tensor,
    restrict: Callable[[Tensor], Tensor],
    pullback: Callable[[Tensor], Tensor],
    loss_scale: Optional[LossScale] = None,
) -> Tensor:
    """
    `parts`, whose gradient reaches `scores` as `pullback(gradient)`.

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
