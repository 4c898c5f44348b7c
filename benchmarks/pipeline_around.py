"""
How much of some work goes on around the network.

A step of the network is its forward pass, the gradient's way back, clipping and the update: all
that is computed from scores and for them, elementwise operations, dropout, structures, estimators
and losses among it. Around it are reading, indexing, batching, metrics and diagnostics (also those
that are called in the middle of a step), plain values for people (`sanitize`), copies and writing.
"""

import time
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, Callable, Iterator, List, Tuple
from unittest.mock import patch

import torch
from allennlp.models import Model
from allennlp.training.metrics import Metric

from spigot_allennlp.holding.batch_hold import BatchHold
from spigot_allennlp.holding.diagnostics import Diagnostics
from spigot_allennlp.metrics import GoldOutside
from spigot_allennlp.models import SyntacticParser

OF_THE_STEP = [
    (torch.Tensor, "backward"),
    (torch.nn.utils, "clip_grad_norm_"),
    (torch.optim.Optimizer, "zero_grad"),
]
AROUND_IN_THE_STEP = [
    (BatchHold, "observe"),
    (Diagnostics, "_observe_gradient"),
    (GoldOutside, "__call__"),
    (SyntacticParser, "_punctuation"),
]


class AroundClock:
    """CPU seconds of a block, and how many of them are not of the network's steps."""

    def __init__(self) -> None:
        self.total = self.around = 0.0
        self._last = time.process_time()
        self._is_around = True

    def count(self) -> None:
        """What passed since the last time."""
        now = time.process_time()
        self.total += now - self._last
        self.around += (now - self._last) * self._is_around
        self._last = now

    def wrapped(self, function: Callable[..., Any], is_around: bool) -> Callable[..., Any]:
        @wraps(function)
        def timed(*arguments: Any, **options: Any) -> Any:
            before = self._is_around
            self.count()
            self._is_around = is_around
            try:
                return function(*arguments, **options)
            finally:
                self.count()
                self._is_around = before

        return timed


@contextmanager
def around_clock() -> Iterator[AroundClock]:
    """A clock that runs until the end of the block."""
    clock = AroundClock()
    with ExitStack() as stack:
        for places, is_around in ((_steps(), False), (_around(), True)):
            for owner, name in places:
                method = vars(owner)[name]
                is_static = isinstance(method, staticmethod)
                timed: Any = clock.wrapped(method.__func__ if is_static else method, is_around)
                timed = staticmethod(timed) if is_static else timed
                stack.enter_context(patch.object(owner, name, timed))
        clock.count()
        clock.total = clock.around = 0.0
        yield clock
        clock.count()


def _steps() -> List[Tuple[Any, str]]:
    models = [(owner, "forward") for owner in _subclasses(Model) if "forward" in vars(owner)]
    optimizers = _subclasses(torch.optim.Optimizer)
    return OF_THE_STEP + models + [(x, "step") for x in optimizers if "step" in vars(x)]


def _around() -> List[Tuple[Any, str]]:
    metrics = [(owner, "__call__") for owner in _subclasses(Metric) if "__call__" in vars(owner)]
    readable = [
        (owner, "make_output_human_readable")
        for owner in _subclasses(Model)
        if "make_output_human_readable" in vars(owner)
    ]
    return AROUND_IN_THE_STEP + metrics + readable


def _subclasses(base: type) -> List[type]:
    """All of them, however far down, once each."""
    found = {}
    waiting = [base]
    while waiting:
        for owner in waiting.pop().__subclasses__():
            found[owner] = None
            waiting.append(owner)
    return list(found)
