from typing import Optional

import torch
from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator, send_back
from spigot_allennlp.estimators.sampling import sampled_decision
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
        batch; "words", their loss per word times the words of the sentence, for losses that grow
        with the sentence; or "self_critical", the loss of the sentence with the argmax (Rennie et
        al. 2017), for which the end task runs twice. None compares with 0, which is also what a
        sentence without others is compared with. It does not depend on the sample, so that it
        changes the variance alone.
    """

    is_hard = False

    def __init__(self, baseline: Optional[str] = "sentences") -> None:
        super().__init__()
        if baseline not in ("sentences", "words", "self_critical", None):
            raise ConfigurationError(
                "baseline must be 'sentences', 'words', 'self_critical' or null but got "
                f"{baseline!r}."
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
        decision = sampled_decision(scores, mask, structure, self.training)
        critical = None
        if self.baseline == "self_critical" and scores.requires_grad and torch.is_grad_enabled():
            losses_with = None if loss_scale is None else loss_scale.losses_with
            if losses_with is not None:
                critical = losses_with(structure.argmax(scores, mask))
        return send_back(
            scores,
            decision,
            lambda gradient: self._estimate(decision, gradient, loss_scale, critical),
            loss_scale,
        )

    def _estimate(
        self,
        decision: Decision,
        gradient: Tensor,
        loss_scale: Optional[LossScale],
        critical: Optional[Tensor],
    ) -> Tensor:
        if loss_scale is None:
            raise ValueError(
                "REINFORCE needs the loss of each sentence: give it a LossScale, and compute what "
                "is differentiated from `loss_scale.watch(sentence_losses)`."
            )
        losses = loss_scale.losses_of(gradient)
        advantages = losses - self._baseline_of(losses, decision, critical)
        return advantages * (decision.parts - decision.marginals(decision.scores))

    def _baseline_of(
        self, losses: Tensor, decision: Decision, critical: Optional[Tensor]
    ) -> Tensor:
        """In the shape of `losses`, which has axes of size 1."""
        if self.baseline is None:
            return torch.zeros_like(losses)
        if self.baseline == "self_critical":
            if critical is None:
                raise ValueError(
                    "The baseline self_critical needs the losses of the argmax: give the LossScale "
                    "`losses_with`, or take another baseline."
                )
            return critical.reshape(losses.shape).to(losses.dtype)
        sizes = torch.ones_like(losses)
        if self.baseline == "words":
            sizes = num_words(decision.mask).reshape(losses.shape).to(losses.dtype)
        return sizes * _means_of_others(losses, sizes)


def _means_of_others(losses: Tensor, sizes: Tensor) -> Tensor:
    """For each sentence, the sum of the losses of the others over that of their sizes."""
    # A loss that has overflowed is its own sentence's business.
    is_finite = torch.isfinite(losses)
    losses, sizes = losses.masked_fill(~is_finite, 0.0), sizes.masked_fill(~is_finite, 0.0)
    others = sizes.sum() - sizes
    means = (losses.sum() - losses) / others.masked_fill(others == 0, 1.0)
    return means.masked_fill(others == 0, 0.0)
