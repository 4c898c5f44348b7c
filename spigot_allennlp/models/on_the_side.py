"""Running a model once more without a trace."""

import copy
from contextlib import contextmanager
from typing import Iterator

import torch
from allennlp.models import Model


@contextmanager
def on_the_side(model: Model) -> Iterator[Model]:
    """
    A copy of `model` to run within the context, without a gradient: it has the same parameters, and
    metrics, buffers and whatever else of its own, so that those of `model` do not change. Where a
    model keeps in a parameter which labels there are, the same sentences say the same twice.

    Random numbers are drawn as they will be drawn after the context: if `model` runs then, it does
    so with the same dropout.
    """
    shared = {id(parameter): parameter for parameter in model.parameters()}
    twin = copy.deepcopy(model, {id(model.vocab): model.vocab, **shared})
    devices = {parameter.device for parameter in shared.values() if parameter.is_cuda}
    with torch.random.fork_rng(sorted(device.index for device in devices)), torch.no_grad():
        yield twin
    # Older versions of torch would take its parameters in half precision, without their gradients.
    torch.clear_autocast_cache()
