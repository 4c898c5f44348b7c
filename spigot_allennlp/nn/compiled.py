"""Whether kernels can be compiled."""

import logging
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Callable

from torch import Tensor

logger = logging.getLogger(__name__)


@lru_cache(maxsize=None)
def has_numba() -> bool:
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
    return True


@lru_cache(maxsize=None)
def has_triton() -> bool:
    """Whether Triton is there, which comes with torch's builds for CUDA on Linux."""
    return find_spec("triton") is not None


def has_kernels(tensor: Tensor) -> bool:
    """Whether compiled kernels can work on a tensor where it is: on the CPU, and with numba."""
    return tensor.device.type == "cpu" and has_numba()


def njit(**options: Any) -> Callable[[Callable], Callable]:
    """`numba.njit` for kernels that have no other form; without numba they are plain Python."""
    if not has_numba():
        return lambda function: function
    import numba

    return numba.njit(**options)
