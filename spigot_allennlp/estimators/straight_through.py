from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator


@StructuredGradientEstimator.register("straight_through")
class StraightThrough(StructuredGradientEstimator):
    """
    Forward the argmax, backward the identity (Hinton 2012; Bengio, Leonard and Courville 2013).

    Registered as a `StructuredGradientEstimator` with name "straight_through".
    """

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        return gradient
