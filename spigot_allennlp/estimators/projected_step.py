from typing import Optional, Union

from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.step_size import StepSize
from spigot_allennlp.estimators.stepping import SteppingEstimator
from spigot_allennlp.nn.projections import clip_norm


class ProjectedStep(SteppingEstimator):
    """
    An estimator whose backward is `x - project(x - clip(step_size * g))`, for a point `x` of the
    polytope that `start` names.

    # Parameters

    step_size : `Union[float, StepSize]`, optional (default = `1.0`)
        As of `SteppingEstimator`.
    max_norm : `Optional[float]`, optional (default = `1.0`)
        The L2 norm, over all parts of a sentence, to which the step is clipped before it is
        projected; None for no clipping. The authors' programs use 1 for syntactic trees and 5/32
        for semantic graphs.
    """

    def __init__(
        self, step_size: Union[float, StepSize] = 1.0, max_norm: Optional[float] = 1.0
    ) -> None:
        super().__init__(step_size)
        if max_norm is not None and not max_norm > 0:
            raise ConfigurationError(
                f"max_norm must be positive, or null for no clipping, but got {max_norm}."
            )
        self.max_norm = max_norm

    def start(self, decision: Decision) -> Tensor:
        """The point of the polytope that the step starts from, in the shape of scores."""
        raise NotImplementedError

    def step(self, gradient: Tensor, decision: Decision, start: Tensor) -> Tensor:
        """`clip(step_size * gradient)`, by which the point moves before it is projected."""
        return clip_norm(self.sizes(gradient, decision, start) * gradient, self.max_norm)

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        start = self.start(decision)
        step = self.step(gradient, decision, start)
        surrogate = start - decision.project(start - step)
        # Of a point inside the polytope the projection is that point but for rounding.
        stays = (step == 0).flatten(1).all(dim=1).reshape((-1,) + (1,) * (step.dim() - 1))
        return self.observed(surrogate.masked_fill(stays, 0.0))
