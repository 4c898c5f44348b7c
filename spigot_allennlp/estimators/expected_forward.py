from dataclasses import replace
from typing import Optional

from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.estimators.decision import Decision, argmax_of
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator, send_back
from spigot_allennlp.estimators.spigot import Spigot
from spigot_allennlp.nn.surrogate_gradient import LossScale
from spigot_allennlp.structures import Structure


@StructuredGradientEstimator.register("expected_forward")
class ExpectedForward(StructuredGradientEstimator):
    """
    Forward the marginals, in training and afterwards; backward what another estimator makes of the
    gradient at them. With `spigot_ce` and `spigot_eg` it is the variant of these that reads
    marginals (Mihaylova, Niculae and Martins 2020), with `straight_through_marginals` it is
    structured attention.

    So what the end task reads is told apart from what comes back to the parser. It costs a run of
    marginals more than the other estimator. Registered as a `StructuredGradientEstimator` with name
    "expected_forward".

    # Parameters

    estimator : `StructuredGradientEstimator`, optional (default = `Spigot()`)
        One that decides hard: what it sends back has to depend on nothing but the gradient and the
        decision.
    """

    is_hard = False

    def __init__(self, estimator: Optional[StructuredGradientEstimator] = None) -> None:
        super().__init__()
        estimator = estimator or Spigot()
        if not estimator.is_hard or not _has_pullback(estimator):
            raise ConfigurationError(
                "expected_forward takes an estimator that decides hard and sends a gradient back, "
                f"such as spigot, but got {type(estimator).__name__}."
            )
        self.estimator = estimator

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        return self.estimator.pullback(gradient, decision)

    @overrides
    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        parts = argmax_of(structure, scores, mask)
        decision = Decision(scores.detach(), parts, mask, structure)
        marginals = decision.marginals(decision.scores).to(scores.dtype)
        return send_back(
            scores,
            replace(decision, parts=marginals),
            lambda gradient: self.pullback(gradient, decision),
            loss_scale,
        )


def _has_pullback(estimator: StructuredGradientEstimator) -> bool:
    return type(estimator).pullback is not StructuredGradientEstimator.pullback
