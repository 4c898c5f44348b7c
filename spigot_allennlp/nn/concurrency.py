"""
Functions of tensors that are computed at the same time, each by a thread of Python.

Torch gives each operation to several threads, which wait for the next one without rest. That is
fast while they have a core each. Beside other programs they mostly wait for the one of them that is
not running, and a training step takes many times as long as with one thread. Threads of Python
sleep while they wait. What a function returns is the same to the last bit; the gradient of a tensor
that several of them get is a sum, whose rounding depends on how work was divided.
"""

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext
from functools import lru_cache, partial
from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

import torch
from torch import Tensor

from spigot_allennlp.nn.bfloat16 import mixed_precision

logger = logging.getLogger(__name__)

#: With which threads of torch wait briefly and then sleep: fast on an idle machine, and beside
#: other programs nearly as fast as one thread. It is read when torch is loaded.
BRIEF_WAITS = {"GOMP_SPINCOUNT": "1000"}

# Whoever sets one of these has chosen.
_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", *BRIEF_WAITS)

_num_threads = 1
_threads_to_replace: Optional[int] = None


def use_threads(number: int) -> None:
    """Lets torch compute in one thread, and `at_once` in as many threads of Python as `number`."""
    global _num_threads
    torch.set_num_threads(1)
    _num_threads = number


def num_threads() -> int:
    """
    How many threads of Python may compute at once: 1 before `use_threads`, and where torch has been
    given threads since.
    """
    return _num_threads if torch.get_num_threads() == 1 else 1


def let_threads_be_replaced() -> None:
    """
    Lets `replace_threads` do what its name says, unless the user has chosen threads, or how they
    wait, by a variable of the environment. For a program that has the process for itself.
    """
    global _threads_to_replace
    if not any(os.environ.get(name) for name in _VARIABLES):
        _threads_to_replace = torch.get_num_threads()


def replace_threads() -> None:
    """
    Replaces the threads of torch by as many of Python, for a model in which these do as well. Does
    nothing before `let_threads_be_replaced`, and if torch has been given another number since.
    """
    number = _threads_to_replace
    if number is not None and number > 1 and number == torch.get_num_threads():
        use_threads(number)
        (name, value), *_ = BRIEF_WAITS.items()
        logger.info(
            f"The two directions of an LSTM are computed at once, instead of {number} threads for "
            "one operation, which slow each other down beside other programs. With "
            f"{name}={value} in the environment torch keeps its threads, which are faster where "
            "nothing else runs."
        )


def at_once(
    functions: Sequence[Callable[..., Tensor]], arguments: Sequence[Sequence[Tensor]]
) -> Tuple[Tensor, ...]:
    """
    The results of several functions, on the CPU at the same time if there are threads for them, and
    so are their gradients. Only the main thread has others compute: further ones are those of a
    program that does several things at once already.

    # Parameters

    functions : `Sequence[Callable[..., Tensor]]`
        Of tensors, with one tensor as their result. They draw no random numbers, as their order is
        not known, and take no gradients through other tensors than their arguments.
    arguments : `Sequence[Sequence[Tensor]]`
        Those of each function, none of them an integer.

    # Returns

    `Tuple[Tensor, ...]`
        One for each function.
    """
    tensors = [tensor for each in arguments for tensor in each]
    if num_at_once(*tensors) == 1:
        return tuple(function(*each) for function, each in zip(functions, arguments))
    mode = _mode()
    if mode.has_gradients and any(tensor.requires_grad for tensor in tensors):
        sizes = [len(each) for each in arguments]
        return _AtOnce.apply(functions, sizes, mode, *tensors)
    return tuple(
        _in_threads([partial(_in_mode, mode, *task) for task in zip(functions, arguments)])
    )


def num_at_once(*tensors: Tensor) -> int:
    """How many functions of such tensors `at_once` computes at the same time."""
    if threading.current_thread() is not threading.main_thread() or any(
        tensor.device.type != "cpu" for tensor in tensors
    ):
        return 1
    return num_threads()


def linears_at_once(inputs: Tensor, layers: Sequence[torch.nn.Linear]) -> Tuple[Tensor, ...]:
    """The results of several layers for the same inputs, `at_once`."""
    weights = [[layer.weight, layer.bias] for layer in layers]
    arguments = [[inputs, *(each for each in pair if each is not None)] for pair in weights]
    return at_once([torch.nn.functional.linear] * len(layers), arguments)


class _Mode(NamedTuple):
    """What each thread has of its own, and on which more than the graph may depend."""

    has_gradients: bool
    precision: Optional[torch.dtype]
    """Of `torch.autocast`; None without it."""


def _mode() -> _Mode:
    return _Mode(torch.is_grad_enabled(), mixed_precision())


class _AtOnce(torch.autograd.Function):
    """
    Each function has an autograd graph of its own, as the engine computes one graph of the CPU in
    one thread. It is gone after the backward pass. A further one makes it anew.
    """

    @staticmethod
    def forward(
        ctx: Any,
        functions: Sequence[Callable[..., Tensor]],
        sizes: List[int],
        mode: _Mode,
        *tensors: Tensor,
    ) -> Tuple[Tensor, ...]:
        ctx.functions, ctx.sizes, ctx.mode = functions, sizes, mode
        ctx.save_for_backward(*tensors)
        ctx.graphs = _graphs(ctx, tensors)
        return tuple(result.detach() for result, _ in ctx.graphs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tuple[Optional[Tensor], ...]:
        tensors = ctx.saved_tensors
        if torch.is_grad_enabled():
            found = _differentiable_gradients(ctx, tensors, gradients)
        else:
            graphs, ctx.graphs = ctx.graphs or _graphs(ctx, tensors), None
            groups = _in_threads(
                [
                    partial(_gradients, result, leaves, gradient)
                    for (result, leaves), gradient in zip(graphs, gradients)
                ]
            )
            found = [gradient for group in groups for gradient in group]
        return (None, None, None, *found)


def _graphs(ctx: Any, tensors: Sequence[Tensor]) -> List[Tuple[Tensor, List[Tensor]]]:
    """The results of the functions, and the leaves that they are computed from."""
    leaves = [
        tensor.detach().requires_grad_(needs_gradient)
        for tensor, needs_gradient in zip(tensors, ctx.needs_input_grad[3:])
    ]
    groups = _split(leaves, ctx.sizes)
    results = _in_threads(
        [partial(_in_mode, ctx.mode, *task) for task in zip(ctx.functions, groups)]
    )
    return list(zip(results, groups))


def _differentiable_gradients(
    ctx: Any, tensors: Sequence[Tensor], gradients: Sequence[Tensor]
) -> List[Optional[Tensor]]:
    """One after the other, by the graph that goes on before the tensors."""
    # A tensor may be the argument of several functions.
    groups = _split([tensor.view_as(tensor) for tensor in tensors], ctx.sizes)
    found: List[Optional[Tensor]] = []
    for function, group, gradient in zip(ctx.functions, groups, gradients):
        result = _in_mode(ctx.mode, function, group)
        found += _gradients(result, group, gradient, create_graph=True)
    return found


def _gradients(
    result: Tensor, arguments: Sequence[Tensor], gradient: Tensor, create_graph: bool = False
) -> List[Optional[Tensor]]:
    wanted = [tensor for tensor in arguments if tensor.requires_grad]
    if not wanted:
        return [None] * len(arguments)
    found = iter(
        torch.autograd.grad(result, wanted, gradient, create_graph=create_graph, allow_unused=True)
    )
    return [next(found) if tensor.requires_grad else None for tensor in arguments]


def _in_mode(mode: _Mode, function: Callable[..., Tensor], arguments: Sequence[Tensor]) -> Tensor:
    precision: Any = nullcontext()
    if mode.precision is not None:
        precision = torch.autocast("cpu", dtype=mode.precision)
    with torch.set_grad_enabled(mode.has_gradients), precision:
        return function(*arguments)


def _split(tensors: Sequence[Tensor], sizes: Sequence[int]) -> List[List[Tensor]]:
    iterator = iter(tensors)
    return [[next(iterator) for _ in range(size)] for size in sizes]


def _in_threads(functions: Sequence[Callable[[], Any]]) -> List[Any]:
    """What the functions return. The first is called here, the others by other threads."""
    first, *others = functions
    threads = _threads(os.getpid(), _num_threads - 1)
    running = [threads.submit(function) for function in others]
    try:
        result = first()
    finally:
        # None is left behind for a fork to cut off.
        wait(running)
    return [result, *(each.result() for each in running)]


@lru_cache(maxsize=None)
def _threads(process: int, number: int) -> ThreadPoolExecutor:
    """Of this process: a fork has none of the threads of the process that it is from."""
    # A kernel may ask OpenMP before torch has told it, which is for each thread apart.
    return ThreadPoolExecutor(number, initializer=torch.set_num_threads, initargs=(1,))
