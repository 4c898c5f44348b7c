from functools import partial
from typing import Optional

from overrides import overrides
from torch import Tensor

from spigot_allennlp.estimators.estimator import StructuredGradientEstimator, surrogate_gradient
from spigot_allennlp.estimators.loss_scale import LossScale
from spigot_allennlp.structures import Structure


@StructuredGradientEstimator.register("straight_through")
class StraightThrough(StructuredGradientEstimator):
    """
    Forward the argmax, backward the identity (Hinton 2012; Bengio, Leonard and Courville 2013).

    Registered as a `StructuredGradientEstimator` with name "straight_through".
    """

    @overrides
    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        parts = structure.argmax(scores, mask)
        restrict = partial(structure.restrict, mask=mask)
        return surrogate_gradient(scores, parts, restrict, lambda gradient: gradient, loss_scale)
