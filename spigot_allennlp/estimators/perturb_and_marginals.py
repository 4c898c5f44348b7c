from typing import Optional

from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.stepping import check_positive
from spigot_allennlp.estimators.straight_through_marginals import marginals_product
from spigot_allennlp.nn.noise import gumbel
from spigot_allennlp.nn.surrogate_gradient import LossScale
from spigot_allennlp.structures import Structure


@StructuredGradientEstimator.register("perturb_and_marginals")
class PerturbAndMarginals(StructuredGradientEstimator):
    """
    Forward in training the marginals of `(s + e) / temperature`, for scores `s` and Gumbel noise
    `e` on each of them, afterwards the plain argmax; backward the exact gradient of the marginals
    (Paulus, Choi, Tarlow, Krause and Maddison 2020, stochastic softmax tricks with the entropy of
    the distribution over structures; for one choice the Gumbel-softmax).

    In evaluation a gradient is that of the marginals, too, under noise drawn in the backward pass.
    It costs one run of marginals and their derivative. Registered as a
    `StructuredGradientEstimator` with name "perturb_and_marginals".

    # Parameters

    temperature : `float`, optional (default = `1.0`)
    """

    is_hard = False

    def __init__(self, temperature: float = 1.0) -> None:
        super().__init__()
        check_positive(temperature, "temperature")
        self.temperature = temperature

    def perturbed(self, scores: Tensor) -> Tensor:
        """The scores with noise, over the temperature."""
        return (scores + gumbel(1, scores)[0]) / self.temperature

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        product = marginals_product(decision, self.perturbed(decision.scores), gradient)
        return product / self.temperature

    @overrides
    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        if not self.training:
            return super().__call__(scores, mask, structure, loss_scale)
        return structure.marginals(self.perturbed(scores), mask).to(scores.dtype)
