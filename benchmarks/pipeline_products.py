"""How much of some work is matrix products, LSTMs and kernels, and how much goes around them."""

import importlib
import pkgutil
from contextlib import contextmanager
from functools import wraps
from typing import Any, Callable, Iterator, List, Tuple

from torch.profiler import ProfilerActivity, profile, record_function

from spigot_allennlp.nn import backend

PRODUCTS = {
    "aten::addmm",
    "aten::baddbmm",
    "aten::bmm",
    "aten::mkldnn_rnn_layer",
    "aten::mkldnn_rnn_layer_backward",
    "aten::mm",
}
"""Operators whose own time is that of products; an LSTM is one of them on the CPU."""

KERNEL, WORK = "a kernel", "all of the work"


def products_share(work: Callable[[], None]) -> float:
    """
    The share of products and kernels in the time of `work`. Torch's profiler, which watches every
    operator, makes the rest look larger than it is.
    """
    work()
    with _marked_kernels(), profile(activities=[ProfilerActivity.CPU]) as profiler:
        with record_function(WORK):
            work()
    events = profiler.key_averages()
    counted = sum(x.self_cpu_time_total for x in events if x.key in PRODUCTS or x.key == KERNEL)
    (total,) = [x.cpu_time_total for x in events if x.key == WORK]
    return counted / total


@contextmanager
def _marked_kernels() -> Iterator[None]:
    """In which compiled kernels show up in a profile. They have to be compiled already."""
    replaced: List[Tuple[Any, str, Any]] = []
    if backend._has_numba():
        package: Any = importlib.import_module("spigot_allennlp.nn.kernels")
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            for name, value in list(vars(module).items()):
                if hasattr(value, "py_func") and not name.startswith("_"):
                    replaced.append((module, name, value))
    try:
        for module, name, kernel in replaced:
            setattr(module, name, _marked(kernel))
        yield
    finally:
        for module, name, kernel in replaced:
            setattr(module, name, kernel)


def _marked(kernel: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(kernel)
    def marked(*arguments: Any) -> Any:
        with record_function(KERNEL):
            return kernel(*arguments)

    return marked
