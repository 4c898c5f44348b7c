"""How far an estimator steps against a gradient: a number, or one that follows the training."""

import torch
from torch import Tensor

from spigot_allennlp.common import ConfigurationError, Registrable, overrides

# So that the quotient is a number in single precision, too.
SMALLEST_NORM = 1e-30


class StepSize(torch.nn.Module, Registrable):
    """A step size for each sentence. A number in its place is the same one for all."""

    default_implementation = "adaptive"

    def __init__(self) -> None:
        super().__init__()

    def sizes(self, gradient: Tensor, start: Tensor) -> Tensor:
        """
        # Parameters

        gradient : `FloatTensor`
            `(batch_size, *)`, of each sentence's own loss: what is stepped against.
        start : `FloatTensor`
            The same shape, 0 for whatever is no part of a sentence: where the step starts.

        # Returns

        `FloatTensor`
            `(batch_size,)`, finite and not negative.
        """
        raise NotImplementedError

    def observe(self, surrogate: Tensor) -> None:
        """Learns what the steps of a batch came to: the gradient that its scores get."""


@StepSize.register("adaptive")
class AdaptiveStepSize(StepSize):
    """
    `beta * ||start|| / ||gradient||`: a step that is `beta` times as long as what it starts from,
    where `beta` follows the training. It rises by `increment` while the scores that get a gradient
    are fewer than `target` for a sentence, in the running mean, and falls by `increment` otherwise
    (Minervini, Franceschi and Niepert 2023, Adaptive IMLE, section 4; there the norms are those of
    a batch).

    `beta` and the running mean are buffers of the model. They change in the backward passes of
    training alone. Registered as a `StepSize` with name "adaptive".

    # Parameters

    initial : `float`, optional (default = `0.0`)
        `beta` in the beginning; with 0 the first batch sends no gradient.
    increment : `float`, optional (default = `1e-3`)
    target : `float`, optional (default = `1.0`)
        Scores of a sentence that get a gradient, on average.
    decay : `float`, optional (default = `0.9`)
        Of the running mean, for each batch.
    """

    beta: Tensor
    mean_count: Tensor

    def __init__(
        self,
        initial: float = 0.0,
        increment: float = 1e-3,
        target: float = 1.0,
        decay: float = 0.9,
    ) -> None:
        super().__init__()
        if not initial >= 0:
            raise ConfigurationError(f"initial must not be negative but got {initial}.")
        for name, value in (("increment", increment), ("target", target)):
            if not value > 0:
                raise ConfigurationError(f"{name} must be positive but got {value}.")
        if not 0 <= decay < 1:
            raise ConfigurationError(f"decay must be in [0, 1) but got {decay}.")
        self.increment = increment
        self.target = target
        self.decay = decay
        self.register_buffer("beta", torch.tensor(initial, dtype=torch.float64))
        # As if it had been on target, so that the first batches weigh no more than later ones.
        self.register_buffer("mean_count", torch.tensor(target, dtype=torch.float64))

    @overrides
    def sizes(self, gradient: Tensor, start: Tensor) -> Tensor:
        length, norm = (
            torch.linalg.vector_norm(values.double().flatten(1), dim=1)
            for values in (start, gradient)
        )
        # A gradient of zero is no direction.
        has_direction = norm > SMALLEST_NORM
        sizes = self.beta * length / norm.masked_fill(~has_direction, 1.0)
        return sizes.masked_fill(~has_direction, 0.0).to(gradient.dtype)

    @overrides
    def observe(self, surrogate: Tensor) -> None:
        if not self.training or surrogate.size(0) == 0:
            return
        count = (surrogate != 0).double().flatten(1).sum(dim=1).mean()
        with torch.no_grad():
            self.mean_count.mul_(self.decay).add_(count, alpha=1 - self.decay)
            rises = (self.mean_count < self.target).double()
            self.beta.add_(self.increment * (2 * rises - 1)).clamp_(min=0.0)
