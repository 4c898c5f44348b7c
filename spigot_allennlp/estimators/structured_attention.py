from typing import Optional

from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.stepping import check_positive
from spigot_allennlp.nn.surrogate_gradient import LossScale
from spigot_allennlp.structures import Structure


@StructuredGradientEstimator.register("structured_attention")
class StructuredAttention(StructuredGradientEstimator):
    """
    Forward the marginals of `s / temperature`, for scores `s`, backward their exact gradient (Kim
    et al. 2017; Liu and Lapata 2018).

    The downstream model sees an expected structure, in training and afterwards.
    Registered as a `StructuredGradientEstimator` with name "structured_attention".

    # Parameters

    temperature : `float`, optional (default = `1.0`)
        Above 1 a parser that is sure of its structures gets a gradient still.
    """

    is_hard = False

    def __init__(self, temperature: float = 1.0) -> None:
        super().__init__()
        check_positive(temperature, "temperature")
        self.temperature = temperature

    @overrides
    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        return structure.marginals(scores / self.temperature, mask)
