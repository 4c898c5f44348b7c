from typing import Optional

from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.stepping import check_positive
from spigot_allennlp.estimators.straight_through_marginals import StraightThroughMarginals
from spigot_allennlp.nn.noise import gumbel
from spigot_allennlp.nn.surrogate_gradient import LossScale
from spigot_allennlp.structures import Structure


@StructuredGradientEstimator.register("perturb_and_map")
class PerturbAndMap(StructuredGradientEstimator):
    """
    Another estimator that in training decides for the best structure under `s + scale * e`, for
    scores `s` and Gumbel noise `e` on each of them (perturb-and-MAP, Papandreou and Yuille 2011; of
    trees the perturb-and-parse of Corro and Titov 2019), and gives the scores its gradient there.
    Afterwards there is no noise, and it does what the other estimator does.

    So the end task learns from structures around the best one, each a hard decision. With
    `straight_through_marginals` it is for one choice the straight-through Gumbel-softmax (Jang, Gu
    and Poole 2017). It costs what the other estimator costs. Registered as a
    `StructuredGradientEstimator` with name "perturb_and_map".

    # Parameters

    estimator : `StructuredGradientEstimator`, optional (default = `StraightThroughMarginals()`)
    scale : `float`, optional (default = `1.0`)
        Of the noise.
    """

    is_hard = False

    def __init__(
        self, estimator: Optional[StructuredGradientEstimator] = None, scale: float = 1.0
    ) -> None:
        super().__init__()
        check_positive(scale, "scale")
        self.estimator = estimator or StraightThroughMarginals()
        self.scale = scale

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
        if self.training:
            noise = self.scale * gumbel(1, scores)[0]
            return self.estimator(scores + noise, mask, structure, loss_scale).to(scores.dtype)
        return self.estimator(scores, mask, structure, loss_scale)
