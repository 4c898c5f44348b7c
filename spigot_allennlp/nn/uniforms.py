"""Where the random numbers of samples come from."""

from typing import Callable, Optional

import torch
from torch import Tensor

# From the last axes of a shape, `draw(*shape)`, to numbers from [0, 1) in `float64` and in the
# shape `(num_samples, batch_size, *shape)`.
Draw = Callable[..., Tensor]


def uniforms(num_samples: int, scores: Tensor, generator: Optional[torch.Generator]) -> Draw:
    """
    # Parameters

    num_samples : `int`
    scores : `FloatTensor`
        `(batch_size, *)`: the batch, and the device that the numbers are used on.
    generator : `torch.Generator`, optional
        Draws on its own device; None for torch's generator of the device of `scores`.

    # Raises

    `ValueError`
        When there is no sample to draw.
    """
    if num_samples < 1:
        raise ValueError(f"num_samples must be positive but got {num_samples}.")
    device = scores.device if generator is None else generator.device

    def draw(*shape: int) -> Tensor:
        size = (num_samples, len(scores), *shape)
        numbers = torch.rand(size, generator=generator, dtype=torch.float64, device=device)
        return numbers.to(scores.device)

    return draw
