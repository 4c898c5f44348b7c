"""
bfloat16 on the CPU. Encoders and scorers compute in it; structures, estimators, losses and metrics
get single precision, as what `lower_precision` marks takes and returns that.
"""

import logging
from functools import lru_cache, wraps
from typing import Any, Callable, Optional, TypeVar

import torch
from torch import Tensor
from torch.nn import Module

from spigot_allennlp.common import ConfigurationError, overrides

logger = logging.getLogger(__name__)

Method = TypeVar("Method", bound=Callable[..., Any])

_FLAG = "_computes_in_bfloat16"
_MARK = "_may_compute_in_bfloat16"


@lru_cache(maxsize=None)
def has_bfloat16() -> bool:
    """
    Whether the processor computes in bfloat16, by AVX512-BF16 or AMX, as far as this torch can
    tell. Any other takes longer for it than for single precision: oneDNN or torch then convert
    numbers before and after each product.
    """
    if not torch.backends.mkldnn.is_available():
        return False
    # Older versions of torch do not know, nor what to do with it.
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, bool)() for name in names)


def compute_in_bfloat16(model: Module, convert: bool = False) -> bool:
    """
    Lets the encoders and scorers of a model compute in bfloat16, if the processor does so. Their
    parameters stay in single precision, for training. The log says what comes of it.

    # Parameters

    model : `Module`
        On the CPU.
    convert : `bool`, optional (default = `False`)
        Whether the parameters of encoders and scorers become bfloat16, once and for all, in place
        of copies at each batch: for a model that is not trained any more.

    # Returns

    `bool`
        Whether the model computes in bfloat16 from now on.

    # Raises

    `ConfigurationError`
        For a model on a GPU.
    """
    devices = {str(parameter.device) for parameter in model.parameters()} - {"cpu"}
    if devices:
        raise ConfigurationError(
            f"bfloat16 is for models on the CPU, and this one is on {', '.join(sorted(devices))}. "
            'Leave it out; in training, mixed precision on a GPU is {"trainer.use_amp": true}.'
        )
    if not has_bfloat16():
        logger.warning(
            "This processor has no bfloat16 (AVX512-BF16 or AMX) that torch %s knows of: single "
            "precision is used.",
            torch.__version__,
        )
        return False
    parts = [part for part in model.modules() if hasattr(type(part).forward, _MARK)]
    if not parts:
        logger.warning(
            "%s has no encoder or scorer that can compute in bfloat16: single precision is used.",
            type(model).__name__,
        )
        return False
    for part in parts:
        setattr(part, _FLAG, True)
        if convert:
            part.to(torch.bfloat16)
    logger.info("The encoders and scorers compute in bfloat16.")
    return True


def lower_precision(method: Method) -> Method:
    """
    Marks a method of an encoder or a scorer. After `compute_in_bfloat16`, if `forward` is marked,
    the module's marked methods get tensors in bfloat16 and compute in it, and what they return is
    in single precision. It goes before `overrides`, which looks at where a function is from.
    """

    @wraps(method)
    def marked(module: Module, *inputs: Any, **named: Any) -> Any:
        if _FLAG not in vars(module):
            return method(module, *inputs, **named)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            inputs, named = _cast(torch.bfloat16, inputs), _cast(torch.bfloat16, named)
            return _cast(torch.float32, method(module, *inputs, **named))

    setattr(marked, _MARK, True)
    return marked  # type: ignore[return-value]


class ScorerLayers(torch.nn.Sequential):
    """`torch.nn.Sequential` for layers that make scores of encoded nodes."""

    @lower_precision
    @overrides
    def forward(self, input: Tensor) -> Tensor:
        """From `(*, input_dim)` to `(*, output_dim)`."""
        return super().forward(input)


def mixed_precision() -> Optional[torch.dtype]:
    """What `torch.autocast` lets this thread compute in on the CPU, and None where it does not."""
    try:
        enabled, dtype = torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")
    except (AttributeError, TypeError):  # before torch 2.4
        enabled, dtype = torch.is_autocast_cpu_enabled(), torch.get_autocast_cpu_dtype()
    return dtype if enabled else None


def _cast(dtype: torch.dtype, values: Any) -> Any:
    """Tensors of floating-point numbers, alone or in tuples and dictionaries, as `dtype`."""
    if isinstance(values, tuple):
        return tuple(_cast(dtype, value) for value in values)
    if isinstance(values, dict):
        return {name: _cast(dtype, value) for name, value in values.items()}
    if isinstance(values, Tensor) and values.is_floating_point():
        return values.to(dtype)
    return values
