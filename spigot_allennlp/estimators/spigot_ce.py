from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.projected_step import ProjectedStep


@StructuredGradientEstimator.register("spigot_ce")
class SpigotCE(ProjectedStep):
    """
    Forward the argmax `z`, backward `m - project(m - clip(step_size * g))`, with `m` the marginals
    and `g` the gradient of the sentence's loss with respect to `z` (Mihaylova, Niculae and Martins
    2020, SPIGOT-CE, with one step and the gradient at `z`): the gradient of the cross entropy with
    the projected point as its target.

    It costs one run of marginals and one projection. Registered as a `StructuredGradientEstimator`
    with name "spigot_ce".

    # Parameters

    step_size : `Union[float, StepSize]`, optional (default = `1.0`)
    max_norm : `Optional[float]`, optional (default = `1.0`)
        As of `Spigot`.
    """

    @overrides
    def start(self, decision: Decision) -> Tensor:
        return decision.marginals(decision.scores)
