"""How much of each sentence's loss is in the number that `backward` starts from."""

from typing import Any, Optional

import torch
from torch import Tensor


class LossScale:
    """
    The weight of each sentence's loss in the backward pass, as seen from the backward pass itself.

    A projection is not linear: the surrogate gradient of a sentence whose loss arrives divided by
    the batch size, or multiplied by the loss scale of mixed precision, would be another direction.
    Losses that pass through
    `watch` are not changed, but on the way back the gradient that reaches them is remembered: it is
    exactly the weight that batch averaging, gradient accumulation and loss scaling gave to each
    sentence, in whatever way. An estimator divides by it before it projects and multiplies by it
    afterwards.
    """

    def __init__(self) -> None:
        self.weights: Optional[Tensor] = None
        """`(batch_size,)`, known once the backward pass has come by the losses."""

    def watch(self, sentence_losses: Tensor) -> Tensor:
        """`sentence_losses`, `(batch_size,)`, as they are."""
        return _Watch.apply(sentence_losses, self)

    def weights_of(self, gradient: Tensor) -> Tensor:
        """
        The weights in the dtype of `gradient`, which is `(batch_size, *)`, with axes of size 1 to
        broadcast over it.

        # Raises

        `RuntimeError`
            When the backward pass did not come by `watch`.
        """
        if self.weights is None:
            raise RuntimeError(
                "A gradient reached the structure before any loss was seen: compute the loss that "
                "is differentiated from `loss_scale.watch(sentence_losses)`, not from "
                "`sentence_losses`."
            )
        return self.weights.to(gradient.dtype).reshape((-1,) + (1,) * (gradient.dim() - 1))


class _Watch(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, sentence_losses: Tensor, loss_scale: LossScale) -> Tensor:
        ctx.loss_scale = loss_scale
        return sentence_losses.view_as(sentence_losses)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        ctx.loss_scale.weights = gradient
        return gradient, None
