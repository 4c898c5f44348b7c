"""How much of a training step is spent in structures, estimators and losses."""

import time
from contextlib import contextmanager
from functools import wraps
from typing import Any, Callable, Iterator, List, Tuple

import torch

from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.losses import StructuredLoss
from spigot_allennlp.structures import Structure

METHODS = (
    "__call__",
    "argmax",
    "best_graphs",
    "contains",
    "counted_parts",
    "log_partition",
    "marginals",
    "project",
    "support",
)


class Clock:
    """CPU seconds inside the methods of `METHODS`, and on the way back through their results."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0

    def wrapped(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def timed(*arguments: Any) -> Any:
            if self._depth:
                return method(*arguments)
            inputs = [_alias(argument) for argument in arguments]
            with self._running():
                result = method(*inputs)
            if isinstance(result, torch.Tensor) and result.requires_grad:
                self._watch_backward(result, [x for x in inputs if _has_gradient(x)])
            return result

        return timed

    @contextmanager
    def _running(self) -> Iterator[None]:
        self._depth += 1
        start = time.process_time()
        try:
            yield
        finally:
            self.seconds += time.process_time() - start
            self._depth -= 1

    def _watch_backward(self, result: torch.Tensor, inputs: List[torch.Tensor]) -> None:
        # On one thread autograd runs what was called last first, so that nothing else comes
        # between the gradient of the result and that of its argument.
        running: List[Any] = []

        def start(gradient: torch.Tensor) -> None:
            running.append(self._running())
            running[0].__enter__()

        def stop(gradient: torch.Tensor) -> None:
            running.pop().__exit__(None, None, None)

        result.register_hook(start)
        inputs[0].register_hook(stop)


@contextmanager
def structure_clock() -> Iterator[Clock]:
    """A clock that runs in every class that is registered, until the end of the block."""
    clock = Clock()
    replaced: List[Tuple[type, str, Any]] = []
    for base in (Structure, StructuredGradientEstimator, StructuredLoss):
        registered = [base.by_name(name) for name in base.list_available()]
        for owner in {owner for kind in registered for owner in kind.__mro__}:
            if issubclass(owner, base):
                for name in METHODS:
                    if name in vars(owner):
                        replaced.append((owner, name, vars(owner)[name]))
    try:
        for owner, name, method in replaced:
            setattr(owner, name, clock.wrapped(method))
        yield clock
    finally:
        for owner, name, method in replaced:
            setattr(owner, name, method)


def _has_gradient(argument: Any) -> bool:
    return isinstance(argument, torch.Tensor) and argument.requires_grad


def _alias(argument: Any) -> Any:
    """A tensor of its own, whose gradient comes from the method alone."""
    return argument.view_as(argument) if _has_gradient(argument) else argument
