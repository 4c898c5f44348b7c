from typing import Union

from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.step_size import StepSize
from spigot_allennlp.estimators.stepping import SteppingEstimator, per_step


@StructuredGradientEstimator.register("blackbox")
class Blackbox(SteppingEstimator):
    """
    Forward the argmax `z` of the scores `s`, backward `(z - argmax(s - step_size * g)) /
    step_size`, with `g` the gradient of the sentence's loss with respect to `z`: the gradient of a
    piecewise linear interpolation of the loss (Vlastelica, Paulus, Musil, Martius and Rolinek 2020,
    Algorithm 1, where `s` are costs and the step size is lambda).

    It costs one more argmax, or two. Registered as a `StructuredGradientEstimator` with name
    "blackbox".

    # Parameters

    step_size : `Union[float, StepSize]`, optional (default = `10.0`)
        As of `SteppingEstimator`. A step too short to change the argmax sends no gradient.
    symmetric : `bool`, optional (default = `False`)
        Whether the difference is taken between `argmax(s + step_size * g)` and `argmax(s -
        step_size * g)`, over twice the step size (Domke 2010): also away from what is worse.
    """

    def __init__(self, step_size: Union[float, StepSize] = 10.0, symmetric: bool = False) -> None:
        super().__init__(step_size)
        self.symmetric = symmetric

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        sizes = self.sizes(gradient, decision)
        step = sizes * gradient
        better = decision.argmax(decision.scores - step)
        if self.symmetric:
            difference = (decision.argmax(decision.scores + step) - better) / 2
        else:
            difference = decision.parts - better
        return self.observed(per_step(difference, sizes))
