"""How much of some work is matrix products, LSTMs and kernels."""

import importlib
import pkgutil
import time
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


def products_seconds(work: Callable[[], None]) -> float:
    """
    The CPU seconds of products and kernels in `work`: their share of what torch's profiler sees, in
    the CPU time of that run. The profiler watches every operator, which makes the rest look larger
    than it is, so that the share itself would be too small.
    """
    with _marked_kernels(), profile(activities=[ProfilerActivity.CPU]) as profiler:
        start = time.process_time()
        with record_function(WORK):
            work()
        seconds = time.process_time() - start
    events = profiler.key_averages()
    counted = sum(x.self_cpu_time_total for x in events if x.key in PRODUCTS or x.key == KERNEL)
    (total,) = [x.cpu_time_total for x in events if x.key == WORK]
    return seconds * counted / total


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
