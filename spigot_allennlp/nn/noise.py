"""Noise for scores, from torch's generator of the device."""

import math
from typing import Callable

import numpy as np
import torch
from torch import Tensor


def normal(num_samples: int, scores: Tensor) -> Tensor:
    """`(num_samples, *scores.shape)`, standard normal, in `float32` or the dtype of `scores`."""
    return _empty(num_samples, scores).normal_()


def gumbel(num_samples: int, scores: Tensor) -> Tensor:
    """The same from the standard Gumbel distribution."""
    exponential = _empty(num_samples, scores).exponential_()
    return -exponential.clamp(min=torch.finfo(exponential.dtype).tiny).log()


def sum_of_gamma(num_samples: int, scores: Tensor, num_active: Tensor, num_terms: int) -> Tensor:
    """
    Noise of which the sum over `num_active` parts is about a Gumbel variable (Niepert, Minervini
    and Franceschi 2021, section 3.2): `sum_{i <= num_terms} Gamma(1 / num_active, 1) / i - log(
    num_terms) / num_active`.

    # Parameters

    num_samples : `int`
    scores : `FloatTensor`
        `(batch_size, *)`.
    num_active : `FloatTensor`
        `(batch_size,)`, positive: parts that a structure of the sentence has.
    num_terms : `int`

    # Returns

    `FloatTensor`
        `(num_samples, *scores.shape)`, in `float32` or the dtype of `scores`.
    """
    shares = (1 / num_active).reshape((-1,) + (1,) * (scores.dim() - 1))
    noise = _empty(num_samples, scores).zero_()
    shares = shares.to(noise.dtype)
    draw = _gamma_on_cpu(shares) if noise.device.type == "cpu" else torch._standard_gamma
    for term in range(1, num_terms + 1):
        noise += draw(shares.expand_as(noise)) / term
    return noise - shares * math.log(num_terms)


def _gamma_on_cpu(shares: Tensor) -> Callable[[Tensor], Tensor]:
    """
    numpy's gamma variables, with a seed from torch's generator: they take a tenth of the time of
    torch's, which would be a thirtieth of a training step.
    """
    seed = int(torch.randint(2**63 - 1, ()))
    generator = np.random.Generator(np.random.SFC64(seed))
    dtype = np.float64 if shares.dtype == torch.float64 else np.float32
    return lambda shapes: torch.from_numpy(generator.standard_gamma(shapes.numpy(), dtype=dtype))


def _empty(num_samples: int, scores: Tensor) -> Tensor:
    # Half precision has too few numbers for logarithms of small ones.
    dtype = torch.promote_types(scores.dtype, torch.float32)
    return torch.empty((num_samples, *scores.shape), dtype=dtype, device=scores.device)
