from typing import Optional

import torch
from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator, send_back
from spigot_allennlp.nn.parts import num_words
from spigot_allennlp.nn.surrogate_gradient import LossScale
from spigot_allennlp.structures import Structure


@StructuredGradientEstimator.register("reinforce")
class Reinforce(StructuredGradientEstimator):
    """
    Forward in training a sample `z` from the structure's Gibbs distribution, afterwards the argmax;
    backward `(L(z) - b) * (z - m)`, with `L(z)` the loss of the sentence, `b` a baseline and `m`
    the marginals (Williams 1992): `z - m` is the gradient of the logarithm of the probability of
    `z`.

    In training it is an unbiased estimate of the gradient of the expected loss. Of the loss it
    takes the value alone, so that the sentence losses have to be watched by a `LossScale`.
    Registered as a `StructuredGradientEstimator` with name "reinforce".

    # Parameters

    baseline : `Optional[str]`, optional (default = `"sentences"`)
        What a loss is compared with: "sentences", the mean loss of the other sentences of the
        batch, or "words", their loss per word times the words of the sentence, for losses that grow
        with the sentence. None compares with 0, which is also what a sentence without others is
        compared with. It does not depend on the sample, so that it changes the variance alone.
    """

    is_hard = False

    def __init__(self, baseline: Optional[str] = "sentences") -> None:
        super().__init__()
        if baseline not in ("sentences", "words", None):
            raise ConfigurationError(
                f"baseline must be 'sentences', 'words' or null but got {baseline!r}."
            )
        self.baseline = baseline

    @overrides
    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        if self.training:
            parts = structure.sample(scores, mask)[0]
        else:
            parts = structure.argmax(scores, mask)
        decision = Decision(scores.detach(), parts, mask, structure)
        return send_back(
            scores,
            decision,
            lambda gradient: self._estimate(decision, gradient, loss_scale),
            loss_scale,
        )

    def _estimate(
        self, decision: Decision, gradient: Tensor, loss_scale: Optional[LossScale]
    ) -> Tensor:
        if loss_scale is None:
            raise ValueError(
                "REINFORCE needs the loss of each sentence: give it a LossScale, and compute what "
                "is differentiated from `loss_scale.watch(sentence_losses)`."
            )
        losses = loss_scale.losses_of(gradient)
        sizes = torch.ones_like(losses)
        if self.baseline == "words":
            sizes = num_words(decision.mask).reshape(losses.shape).to(losses.dtype)
        advantages = losses
        if self.baseline is not None:
            advantages = losses - sizes * _means_of_others(losses, sizes)
        return advantages * (decision.parts - decision.marginals(decision.scores))


def _means_of_others(losses: Tensor, sizes: Tensor) -> Tensor:
    """For each sentence, the sum of the losses of the others over that of their sizes."""
    # A loss that has overflowed is its own sentence's business.
    is_finite = torch.isfinite(losses)
    losses, sizes = losses.masked_fill(~is_finite, 0.0), sizes.masked_fill(~is_finite, 0.0)
    others = sizes.sum() - sizes
    means = (losses.sum() - losses) / others.masked_fill(others == 0, 1.0)
    return means.masked_fill(others == 0, 0.0)
