from typing import Optional

from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.estimators.decision import Decision, argmax_of
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator, send_back
from spigot_allennlp.nn.surrogate_gradient import LossScale
from spigot_allennlp.structures import Structure


class SamplingEstimator(StructuredGradientEstimator):
    """
    An estimator that decides under noise in training and without noise afterwards.

    What it sends back takes noise also then: whoever asks for a gradient of a model in evaluation,
    as `explain-gradient` does, gets one for noise drawn in the backward pass.
    """

    is_hard = False

    def draw(self, decision: Decision) -> Tensor:
        """
        The noise of the scores, `(num_samples, batch_size, num_nodes, num_nodes, *part)`, indexed
        `[sample, batch, modifier, head]`.
        """
        raise NotImplementedError

    def shown(self, samples: Tensor) -> Tensor:
        """Of the structures under noise, in the shape of the noise, what the end task sees."""
        raise NotImplementedError

    def estimate(
        self, gradient: Tensor, decision: Decision, noise: Tensor, samples: Tensor
    ) -> Tensor:
        """
        The gradient of the scores, given the structures under noise. `decision` is that without
        noise, and `gradient` that of what the end task saw: see `pullback`.
        """
        raise NotImplementedError

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        noise = self.draw(decision)
        samples = best_structures(decision, decision.scores + noise)
        return self.estimate(gradient, decision, noise, samples)

    @overrides
    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        if not self.training:
            return super().__call__(scores, mask, structure, loss_scale)
        decision = Decision(scores.detach(), argmax_of(structure, scores, mask), mask, structure)
        noise = self.draw(decision)
        samples = best_structures(decision, decision.scores + noise)
        return send_back(
            scores,
            Decision(decision.scores, self.shown(samples), mask, structure),
            lambda gradient: self.estimate(gradient, decision, noise, samples),
            loss_scale,
        )


def sampled_decision(
    scores: Tensor, mask: Tensor, structure: Structure, training: bool
) -> Decision:
    """Of a structure from the Gibbs distribution of the scores in training, else of the argmax."""
    parts = structure.sample(scores, mask)[0] if training else argmax_of(structure, scores, mask)
    return Decision(scores.detach(), parts, mask, structure)


def best_structures(decision: Decision, scores: Tensor) -> Tensor:
    """
    The argmax of scores `(num_samples, batch_size, num_nodes, num_nodes, *part)`, in this shape, in
    one call for all samples and in the dtype of the decision's scores.
    """
    mask = decision.mask.repeat(scores.size(0), 1)
    parts = decision.structure.argmax(scores.flatten(0, 1), mask)
    return parts.reshape(scores.shape).to(decision.scores.dtype)


def check_at_least_one(value: int, name: str) -> None:
    """Raises `ConfigurationError` for an option that must be a positive number."""
    if value < 1:
        raise ConfigurationError(f"{name} must be at least 1 but got {value}.")
