"""Running a module without dropout in the middle of training."""

from contextlib import contextmanager
from typing import Iterator

import torch


@contextmanager
def prediction_mode(module: torch.nn.Module) -> Iterator[None]:
    """
    Within it `module` behaves as in evaluation and is differentiable as in training; afterwards it
    is as it was.

    cuDNN differentiates a recurrent layer in training mode alone, so such a layer stays in it,
    without its dropout.
    """
    modes = [(part, part.training) for part in module.modules()]
    dropouts = [(part, part.dropout) for part, _ in modes if isinstance(part, torch.nn.RNNBase)]
    try:
        for part, mode in modes:
            part.training = mode and isinstance(part, torch.nn.RNNBase)
        for layer, _ in dropouts:
            layer.dropout = 0.0
        yield
    finally:
        for part, mode in modes:
            part.training = mode
        for layer, dropout in dropouts:
            layer.dropout = dropout
