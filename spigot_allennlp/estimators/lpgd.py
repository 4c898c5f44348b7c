from typing import Union

from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.step_size import StepSize
from spigot_allennlp.estimators.stepping import SteppingEstimator, check_positive, per_step


@StructuredGradientEstimator.register("lpgd")
class LPGD(SteppingEstimator):
    """
    Forward the argmax `z` of the scores `s`, backward `(z_0 - z_tau) / tau` with `z_tau =
    project(z + (s - tau * g) / rho)`, `g` the gradient of the sentence's loss with respect to `z`
    and `tau` the step size: the gradient of a Lagrangian proximal map (Paulus, Martius and Musil
    2024, LPGD, the lower envelope of a linear program).

    `z_0` is `z` itself where `project` is the Euclidean projection onto the convex hull of the
    structures (`tree_polytope`). Where it is onto more, or something else, a zero gradient still
    sends none. Without the scores it would be SPIGOT with a step of `tau / rho`; with a small
    `rho` it is blackbox differentiation. It costs two projections. Registered as a
    `StructuredGradientEstimator` with name "lpgd".

    # Parameters

    step_size : `Union[float, StepSize]`, optional (default = `1.0`)
        As of `SteppingEstimator`.
    rho : `float`, optional (default = `1.0`)
        How strongly the structure is held to `z`.
    """

    def __init__(self, step_size: Union[float, StepSize] = 1.0, rho: float = 1.0) -> None:
        super().__init__(step_size)
        check_positive(rho, "rho")
        self.rho = rho

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        sizes = self.sizes(gradient, decision)
        start = decision.parts + decision.scores / self.rho
        moved = decision.project(start - sizes * gradient / self.rho)
        return self.observed(per_step(decision.project(start) - moved, sizes))
