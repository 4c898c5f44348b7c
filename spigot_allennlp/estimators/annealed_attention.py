from typing import Any, Optional

import torch
from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.estimators.decision import argmax_of
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.sampling import check_at_least_one
from spigot_allennlp.estimators.stepping import check_positive
from spigot_allennlp.nn.surrogate_gradient import LossScale
from spigot_allennlp.structures import Structure


@StructuredGradientEstimator.register("annealed_attention")
class AnnealedAttention(StructuredGradientEstimator):
    """
    Forward the marginals of `s / temperature`, for scores `s`, and backward their exact gradient,
    while the temperature falls from `start` to `end` by a constant factor for each batch of
    training; after `num_steps` batches the argmax, and no gradient, as with `modular` (structured
    attention, Kim et al. 2017, cooled down as the softmax is by Jang, Gu and Poole 2017).

    What validation sees is what training has come to: the marginals at the temperature of the next
    batch, and once `num_steps` are over the argmax; so does whoever loads a checkpoint. Scores of
    epochs before and after that are not of the same model, and the best epoch by such scores may be
    one with marginals. The batches that have been are counted, in the model's checkpoints: those in
    which the end task is trained. It costs one run of marginals and their derivative, and then one
    argmax. Registered as a `StructuredGradientEstimator` with name "annealed_attention".

    # Parameters

    num_steps : `int`, optional (default = `1000`)
        Batches until the decision is hard: less than there are in all epochs, so that the end task
        gets used to it.
    start, end : `float`, optional (default = `1.0` and `0.1`)
        Temperatures of the first batch, and after `num_steps` batches.
    """

    is_hard = False

    def __init__(self, num_steps: int = 1000, start: float = 1.0, end: float = 0.1) -> None:
        super().__init__()
        check_at_least_one(num_steps, "num_steps")
        check_positive(start, "start")
        check_positive(end, "end")
        if end > start:
            raise ConfigurationError(f"end must not exceed start, {start}, but got {end}.")
        self.num_steps = num_steps
        self.start = start
        self.end = end
        self.steps_done = 0

    @property
    def temperature(self) -> float:
        """Of the next batch; 0 for the argmax."""
        if self.steps_done >= self.num_steps:
            return 0.0
        return self.start * (self.end / self.start) ** (self.steps_done / self.num_steps)

    @overrides
    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        temperature = self.temperature
        if self.training:
            self.steps_done += 1
        if temperature == 0:
            return argmax_of(structure, scores, mask)
        return structure.marginals(scores / temperature, mask)

    # The count is needed as a number, which a buffer on a GPU would have to be waited for.

    @overrides
    def get_extra_state(self) -> Tensor:
        """The number of batches, for a checkpoint."""
        return torch.tensor(self.steps_done)

    @overrides
    def set_extra_state(self, state: Any) -> None:
        """From a checkpoint."""
        self.steps_done = int(state)
