from typing import Optional

from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.stepping import check_positive
from spigot_allennlp.nn.surrogate_gradient import LossScale
from spigot_allennlp.structures import Structure


@StructuredGradientEstimator.register("sparsemap")
class SparseMAP(StructuredGradientEstimator):
    """
    Forward the average of a few structures that maximizes `<s / temperature, x> - ||x||^2 / 2`, for
    scores `s`, in training and afterwards; backward its exact gradient, through the structures that
    have weight (Niculae, Martins, Blondel and Cardie 2018).

    It is the Euclidean projection of `s / temperature` onto the convex hull of the trees, whatever
    the `projection` of the structure is; for labeled graphs onto their relaxation, as the
    projection "euclidean" is, an average of arcs with their labels. It costs one such projection,
    which takes as many argmaxes as trees are looked at. Registered as a
    `StructuredGradientEstimator` with name "sparsemap".

    # Parameters

    temperature : `float`, optional (default = `1.0`)
        The lower, the fewer structures: in the end the argmax alone, which sends no gradient.
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
        return structure.sparse_marginals(scores / self.temperature, mask)
