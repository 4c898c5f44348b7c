from typing import Optional

from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.nn.projections import clip_norm


@StructuredGradientEstimator.register("spigot")
class Spigot(StructuredGradientEstimator):
    """
    Forward the argmax `z`, backward `z - project(z - clip(step_size * g))`, with `g` the gradient
    of the sentence's loss with respect to `z`: a gradient step on the structure, projected onto the
    structure's polytope (Peng, Thomson and Smith 2018, Algorithm 1).

    Registered as a `StructuredGradientEstimator` with name "spigot".

    # Parameters

    step_size : `float`, optional (default = `1.0`)
        Relative to the loss of one sentence, whatever the batch averages.
    max_norm : `Optional[float]`, optional (default = `1.0`)
        The L2 norm, over all parts of a sentence, to which the step is clipped before it is
        projected; None for no clipping. The authors' programs use 1 for syntactic trees and 5/32
        for semantic graphs.
    """

    def __init__(self, step_size: float = 1.0, max_norm: Optional[float] = 1.0) -> None:
        if not step_size > 0:
            raise ConfigurationError(f"step_size must be positive but got {step_size}.")
        if max_norm is not None and not max_norm > 0:
            raise ConfigurationError(
                f"max_norm must be positive, or null for no clipping, but got {max_norm}."
            )
        self.step_size = step_size
        self.max_norm = max_norm

    def step(self, gradient: Tensor) -> Tensor:
        """`clip(step_size * gradient)`, by which the structure moves before it is projected."""
        return clip_norm(self.step_size * gradient, self.max_norm)

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        return decision.parts - decision.project(decision.parts - self.step(gradient))
