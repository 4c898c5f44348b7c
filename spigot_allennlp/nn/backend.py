"""
Which way is taken: a compiled kernel or tensor operations, on the CPU or where the tensors are.

It is decided here and nowhere else, as in thinc's `ops`; whoever computes asks `kernels_for` and
knows neither numba nor devices.
"""

import logging
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any, Callable, Optional

from torch import Tensor

logger = logging.getLogger(__name__)

_KERNELS = "spigot_allennlp.nn.kernels"

# Kernels in which a sentence takes so many dependent steps that copying its arcs to the CPU and
# back is the lesser evil. The others have little to do for each value, which stays where it is.
WORTH_A_COPY = {"eisner", "inside_outside", "matrix_tree"}


def kernels_for(name: str, tensor: Tensor) -> Optional[ModuleType]:
    """
    The module `name` of `spigot_allennlp.nn.kernels`, or None where tensor operations do the work
    for tensors like this one. Its functions take the arrays of `host.to_numpy`.
    """
    if not (name in WORTH_A_COPY or has_values_at_hand(tensor)) or not _has_numba():
        return None
    return import_module(f"{_KERNELS}.{name}")


def has_values_at_hand(tensor: Tensor) -> bool:
    """Whether looking at a tensor's values waits for no device."""
    return tensor.device.type == "cpu"


def njit(**options: Any) -> Callable[[Callable], Callable]:
    """`numba.njit` for kernels that have no other form; without numba they are plain Python."""
    if not _has_numba():
        return lambda function: function
    import numba

    return numba.njit(**options)


@lru_cache(maxsize=None)
def _has_numba() -> bool:
    """
    Whether numba can be imported. That takes half a second, so that only what is about to use
    a kernel asks.

    Where it cannot (a Python or a numpy that it does not know yet), trees and graphs are computed
    in tensor operations, with the same results but slower; said once.
    """
    try:
        import numba  # noqa: F401
    except ImportError as error:
        logger.warning(
            "Trees and graphs are computed without compiled kernels, which is slower, because "
            "numba cannot be imported: %s. `spigot doctor` says which version fits.",
            error,
        )
        return False
    _tell_of_compiling()
    return True


@lru_cache(maxsize=None)
def _tell_of_compiling() -> None:
    """Lets numba say, once, that it compiles kernels: until it has, a program seems to hang."""
    from numba.core.event import Listener, register

    # Without marks of what is overridden, for which the base would have to be a global name.
    class Teller(Listener):
        has_told = False

        def on_start(self, event: Any) -> None:
            function = event.data["dispatcher"].py_func
            if function.__module__.startswith(_KERNELS) and not self.has_told:
                self.has_told = True
                logger.info(
                    "Kernels are compiled for this machine, which takes a minute or two for all "
                    "of them, once. `python -m spigot_allennlp.nn.compile_kernels` does it ahead."
                )

        def on_end(self, event: Any) -> None:
            pass

    register("numba:compile", Teller())
