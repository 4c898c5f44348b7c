from typing import Optional

from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import argmax_of
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.nn.surrogate_gradient import LossScale
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
        # Without a graph, so that nobody computes the parser's gradient from zeros.
        return argmax_of(structure, scores, mask)
