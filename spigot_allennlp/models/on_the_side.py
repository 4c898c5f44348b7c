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
    devices = {parameter.device for parameter in model.parameters() if parameter.is_cuda}
    with torch.random.fork_rng(sorted(device.index for device in devices)), torch.no_grad():
        yield twin_of(model)
    # Older versions of torch would take its parameters in half precision, without their gradients.
    torch.clear_autocast_cache()


def twin_of(model: Model) -> Model:
    """A copy of `model` that has the same parameters, and everything else of its own."""
    shared = {id(parameter): parameter for parameter in model.parameters()}
    return copy.deepcopy(model, {id(model.vocab): model.vocab, **shared})
