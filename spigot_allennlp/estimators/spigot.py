from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.projected_step import ProjectedStep


@StructuredGradientEstimator.register("spigot")
class Spigot(ProjectedStep):
    """
    Forward the argmax `z`, backward `z - project(z - clip(step_size * g))`, with `g` the gradient
    of the sentence's loss with respect to `z`: a gradient step on the structure, projected onto the
    structure's polytope (Peng, Thomson and Smith 2018, Algorithm 1).

    It costs one projection. Registered as a `StructuredGradientEstimator` with name "spigot".

    # Parameters

    step_size : `Union[float, StepSize]`, optional (default = `1.0`)
        Relative to the loss of one sentence, whatever the batch averages. `{"type": "adaptive"}`
        follows the training: see `AdaptiveStepSize`.
    max_norm : `Optional[float]`, optional (default = `1.0`)
        The L2 norm, over all parts of a sentence, to which the step is clipped before it is
        projected; None for no clipping. The authors' programs use 1 for syntactic trees and 5/32
        for semantic graphs.
    """

    @overrides
    def start(self, decision: Decision) -> Tensor:
        return decision.parts
