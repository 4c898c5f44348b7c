from typing import Optional, Union

from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.sampling import (
    SamplingEstimator,
    best_structures,
    check_at_least_one,
)
from spigot_allennlp.estimators.step_size import StepSize
from spigot_allennlp.estimators.stepping import SteppingEstimator, check_positive, per_step
from spigot_allennlp.nn.noise import sum_of_gamma


@StructuredGradientEstimator.register("implicit_mle")
class ImplicitMLE(SamplingEstimator, SteppingEstimator):
    """
    Forward in training the argmax of the scores `s` and noise `e_1`, afterwards the plain argmax;
    backward the mean over samples of `(argmax(s + e_i) - argmax(s + e_i - step_size * g)) /
    step_size`, with `g` the gradient of the sentence's loss with respect to the structure (Niepert,
    Minervini and Franceschi 2021, Implicit MLE, with perturb-and-MAP).

    The quotient by the step size, lambda, is that of Minervini, Franceschi and Niepert (2023); the
    first paper leaves it out. The noise is a sum of gamma variables, so that the noise of a whole
    structure is about a Gumbel variable. All samples take `g` at the structure that the end task
    saw. It costs two argmaxes for a sample, and one without noise. `is_hard` is false because of
    the noise. Registered as a `StructuredGradientEstimator` with name "implicit_mle".

    # Parameters

    step_size : `Union[float, StepSize]`, optional (default = `10.0`)
        As of `SteppingEstimator`. `{"type": "adaptive"}` makes it the adaptive Implicit MLE of
        Minervini et al.
    num_samples : `int`, optional (default = `1`)
    temperature : `float`, optional (default = `1.0`)
        What the noise is multiplied by.
    num_terms : `int`, optional (default = `10`)
        Gamma variables of a sum.
    num_active : `Optional[float]`, optional (default = `None`)
        Parts that a structure has, the paper's kappa. None takes those of each sentence's argmax.
    """

    def __init__(
        self,
        step_size: Union[float, StepSize] = 10.0,
        num_samples: int = 1,
        temperature: float = 1.0,
        num_terms: int = 10,
        num_active: Optional[float] = None,
    ) -> None:
        super().__init__(step_size)
        check_at_least_one(num_samples, "num_samples")
        check_at_least_one(num_terms, "num_terms")
        check_positive(temperature, "temperature")
        if num_active is not None:
            check_positive(num_active, "num_active")
        self.num_samples = num_samples
        self.temperature = temperature
        self.num_terms = num_terms
        self.num_active = num_active

    @overrides
    def draw(self, decision: Decision) -> Tensor:
        num_active = decision.parts.flatten(1).sum(dim=1).clamp(min=1.0)
        if self.num_active is not None:
            num_active.fill_(self.num_active)
        noise = sum_of_gamma(self.num_samples, decision.scores, num_active, self.num_terms)
        return self.temperature * noise

    @overrides
    def shown(self, samples: Tensor) -> Tensor:
        return samples[0]

    @overrides
    def estimate(
        self, gradient: Tensor, decision: Decision, noise: Tensor, samples: Tensor
    ) -> Tensor:
        sizes = self.sizes(gradient, decision)
        targets = best_structures(decision, decision.scores + noise - sizes * gradient)
        return self.observed(per_step((samples - targets).mean(dim=0), sizes))
