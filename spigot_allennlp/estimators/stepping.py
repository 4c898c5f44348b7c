from typing import Optional, Union

from torch import Tensor

from spigot_allennlp.common import ConfigurationError
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.step_size import StepSize

Sizes = Union[float, Tensor]
"""Of the steps of a batch: one for all, or a tensor that broadcasts over the parts."""


class SteppingEstimator(StructuredGradientEstimator):
    """
    An estimator that takes a step against the gradient, of the structure or of its scores, to see
    what becomes of it.

    # Parameters

    step_size : `Union[float, StepSize]`, optional (default = `1.0`)
        Relative to the loss of one sentence, whatever the batch averages. `{"type": "adaptive"}`
        follows the training: see `AdaptiveStepSize`.
    """

    def __init__(self, step_size: Union[float, StepSize] = 1.0) -> None:
        super().__init__()
        if not isinstance(step_size, StepSize):
            check_positive(step_size, "step_size")
        self.step_size = step_size

    def sizes(self, gradient: Tensor, decision: Decision, start: Optional[Tensor] = None) -> Sizes:
        """The step sizes for a step from `start`, by default from the scores."""
        if not isinstance(self.step_size, StepSize):
            return self.step_size
        if start is None:
            start = decision.restrict(decision.scores)
        sizes = self.step_size.sizes(gradient, start)
        return sizes.reshape((-1,) + (1,) * (gradient.dim() - 1))

    def observed(self, surrogate: Tensor) -> Tensor:
        """`surrogate`, the gradient that the scores get, once the step size has seen it."""
        if isinstance(self.step_size, StepSize):
            self.step_size.observe(surrogate)
        return surrogate


def per_step(difference: Tensor, sizes: Sizes) -> Tensor:
    """`difference / sizes`; 0 for a step without length."""
    if not isinstance(sizes, Tensor):
        return difference / sizes
    has_length = sizes > 0
    return (difference / sizes.masked_fill(~has_length, 1.0)).masked_fill(~has_length, 0.0)


def check_positive(value: float, name: str) -> None:
    """Raises `ConfigurationError` for an option that must be positive."""
    if not value > 0:
        raise ConfigurationError(f"{name} must be positive but got {value}.")
