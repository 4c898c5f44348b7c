from typing import Any, List, Tuple, Type

import torch
from allennlp.training.optimizers import AdamOptimizer, AdamWOptimizer, Optimizer
from torch.nn import Parameter


@Optimizer.register("fused_adam")
class FusedAdam(AdamOptimizer):
    """
    AllenNLP's `adam`, several times as fast on the CPU where torch has one kernel for the whole
    update (from 2.4 on). The last place of a number may be rounded differently.

    Registered as an `Optimizer` with name "fused_adam", with the parameters of AllenNLP's.
    """

    def __init__(self, model_parameters: List[Tuple[str, Parameter]], **kwargs: Any) -> None:
        super().__init__(model_parameters, **kwargs)
        _fuse(self, torch.optim.Adam)


@Optimizer.register("fused_adamw")
class FusedAdamW(AdamWOptimizer):
    """
    AllenNLP's `adamw` in the same way: see `FusedAdam`.

    Registered as an `Optimizer` with name "fused_adamw", with the parameters of AllenNLP's.
    """

    def __init__(self, model_parameters: List[Tuple[str, Parameter]], **kwargs: Any) -> None:
        super().__init__(model_parameters, **kwargs)
        _fuse(self, torch.optim.AdamW)


def _fuse(optimizer: torch.optim.Optimizer, kind: Type[torch.optim.Optimizer]) -> None:
    """Lets the groups of parameters that are on the CPU be updated by the kernel, if there is."""
    if not _has_kernel(kind):
        return
    for group in optimizer.param_groups:
        if all(parameter.device.type == "cpu" for parameter in group["params"]):
            group["fused"] = True


def _has_kernel(kind: Type[torch.optim.Optimizer]) -> bool:
    options: Any = {"fused": True}
    try:
        kind([Parameter(torch.zeros(1))], **options)
    except (RuntimeError, TypeError):
        return False
    return True
