from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.stepping import SteppingEstimator


@StructuredGradientEstimator.register("spigot_eg")
class SpigotEG(SteppingEstimator):
    """
    Forward the argmax `z`, backward `m(s) - m(s - step_size * g)`, with `m` the marginals, `s` the
    scores and `g` the gradient of the sentence's loss with respect to `z` (Mihaylova, Niculae and
    Martins 2020, SPIGOT-EG, with one step and the gradient at `z`): a step of exponentiated
    gradient from the marginals.

    It costs two runs of marginals. Registered as a `StructuredGradientEstimator` with name
    "spigot_eg".

    # Parameters

    step_size : `Union[float, StepSize]`, optional (default = `1.0`)
        As of `SteppingEstimator`.
    """

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        stepped = decision.scores - self.sizes(gradient, decision) * gradient
        return self.observed(decision.marginals(decision.scores) - decision.marginals(stepped))
