from typing import Optional

from overrides import overrides
from torch import Tensor

from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.loss_scale import LossScale
from spigot_allennlp.structures import Structure


@StructuredGradientEstimator.register("modular")
class Modular(StructuredGradientEstimator):
    """
    Forward the argmax, backward nothing: only its own loss trains the intermediate parser.

    Registered as a `StructuredGradientEstimator` with name "modular".
    """

    @overrides
    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        return structure.argmax(scores, mask)
