from typing import Optional, Tuple

import torch
from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator, send_back
from spigot_allennlp.estimators.sampling import sampled_decision
from spigot_allennlp.estimators.straight_through_marginals import marginals_product
from spigot_allennlp.nn.surrogate_gradient import LossScale
from spigot_allennlp.structures import Structure


@StructuredGradientEstimator.register("muprop")
class MuProp(StructuredGradientEstimator):
    """
    Forward in training a sample `z` from the structure's Gibbs distribution, afterwards the argmax;
    backward `J g + sum_k (r_k - r) z_k / (num_samples - 1)`, with `g` the gradient of the
    sentence's loss with respect to `z`, `J` the Jacobian of the marginals, `z_k` further samples,
    `r_k = L(z_k) - g . z_k` what a linear view of the loss gets wrong about them, and `r` the mean
    of the `r_k` (Gu, Levine, Sutskever and Mnih 2016, MuProp, with the expansion at a sample; the
    mean of the others as a baseline: Kool, van Hoof and Welling 2019).

    It is an unbiased estimate of the gradient of the expected loss, as REINFORCE is, and tells
    apart the parts of a structure, as `straight_through_marginals` does. It costs a run of
    marginals and their derivative, and for each further sample the end task runs once more, without
    a gradient. Registered as a `StructuredGradientEstimator` with name "muprop".

    # Parameters

    num_samples : `int`, optional (default = `4`)
        Further ones, at least 2.
    """

    is_hard = False

    def __init__(self, num_samples: int = 4) -> None:
        super().__init__()
        if num_samples < 2:
            raise ConfigurationError(f"num_samples must be at least 2 but got {num_samples}.")
        self.num_samples = num_samples

    @overrides
    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        decision = sampled_decision(scores, mask, structure, self.training)
        tried = None
        if scores.requires_grad and torch.is_grad_enabled():
            tried = self._try_others(decision, loss_scale)
        return send_back(
            scores, decision, lambda gradient: self._estimate(gradient, decision, tried), loss_scale
        )

    def _try_others(
        self, decision: Decision, loss_scale: Optional[LossScale]
    ) -> Optional[Tuple[Tensor, Tensor]]:
        """
        Further samples, indexed `[sample, batch, modifier, head]`, and the losses with them,
        `(num_samples, batch_size)`. They do not depend on what is shown, so that a linear view from
        there adds no bias.
        """
        losses_with = None if loss_scale is None else loss_scale.losses_with
        if losses_with is None:
            return None
        others = decision.structure.sample(decision.scores, decision.mask, self.num_samples)
        return others, torch.stack([losses_with(parts) for parts in others])

    def _estimate(
        self, gradient: Tensor, decision: Decision, tried: Optional[Tuple[Tensor, Tensor]]
    ) -> Tensor:
        if tried is None:
            raise ValueError(
                "MuProp needs the losses of other structures: give it a LossScale with "
                "`losses_with`, and compute what is differentiated from "
                "`loss_scale.watch(sentence_losses)`."
            )
        others, losses = tried
        # Losses may be much larger than what half precision has to tell of their differences.
        precise = torch.promote_types(gradient.dtype, torch.float32)
        # Shape of all three: (num_samples, batch_size)
        linear = (others * gradient.to(precise)).flatten(2).sum(dim=2)
        residuals = losses.to(precise) - linear
        advantages = (residuals - residuals.mean(dim=0)) / (self.num_samples - 1)
        advantages = advantages.reshape(advantages.shape + (1,) * (gradient.dim() - 1))
        correction = (advantages * others).sum(dim=0).to(gradient.dtype)
        return marginals_product(decision, decision.scores, gradient) + correction
