import torch
from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator


@StructuredGradientEstimator.register("straight_through_marginals")
class StraightThroughMarginals(StructuredGradientEstimator):
    """
    Forward the argmax `z`, backward `J g`, with `J` the Jacobian of the marginals at the scores,
    which is the covariance of the parts, and `g` the gradient of the sentence's loss with respect
    to `z` (Mihaylova, Niculae and Martins 2020, STE-S; for one choice the straight-through softmax
    of Jang, Gu and Poole 2017, without noise).

    It costs one run of marginals and their derivative. Registered as a
    `StructuredGradientEstimator` with name "straight_through_marginals".
    """

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        return marginals_product(decision, decision.scores, gradient)


def marginals_product(decision: Decision, scores: Tensor, gradient: Tensor) -> Tensor:
    """The Jacobian of the marginals at `scores` times `gradient`."""
    with torch.enable_grad():
        variables = scores.detach().requires_grad_()
        marginals = decision.marginals(variables)
    (product,) = torch.autograd.grad(marginals, variables, gradient.to(marginals.dtype))
    return product.to(gradient.dtype)
