import functools
import re
from typing import Any, Dict, List, Optional, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback
from overrides import overrides
from torch.nn import Parameter
from torch.nn.utils import clip_grad_norm_


@TrainerCallback.register("group_clipping")
class GroupClipping(TrainerCallback):
    """
    Clips the gradients of groups of parameters each by a norm of its own: the authors' program has
    an optimizer for each parser (Peng et al. 2018). AllenNLP's trainer clips all parameters
    together, so that a large gradient of one model shrinks that of the other.

    What is in no group is clipped by the trainer's `grad_norm`, if it has one, without the groups.
    Gradients are clipped right before the optimizer's step, once they are free of the scale of
    mixed precision, summed over accumulated batches and averaged over processes. Sharded parameters
    (FairScale) are not supported. Registered as a `TrainerCallback` with name "group_clipping".

    # Parameters

    groups : `List[Tuple[List[str], float]]`
        Like the optimizer's `parameter_groups`: regular expressions, and the norm of the gradient
        of all parameters whose names one of them is found in, such as `[[["^_intermediate\\."],
        0.5]]`. A parameter is in the first group that fits.
    """

    def __init__(self, serialization_dir: str, groups: List[Tuple[List[str], float]]) -> None:
        super().__init__(serialization_dir)
        for regexes, norm in groups:
            if not norm > 0:
                raise ConfigurationError(
                    f"The norm of the group {regexes} must be positive but is {norm}."
                )
        self._regexes_and_norms = groups
        self._of_trainer: Any = None

    @overrides
    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        if trainer._ddp_wrapped_model is not None and trainer._ddp_wrapped_model.is_sharded:
            raise ConfigurationError(
                "group_clipping cannot clip sharded parameters. Use the trainer's grad_norm, or "
                "another ddp_accelerator."
            )
        groups = self._groups(trainer)
        self._of_trainer = trainer._grad_norm
        # True says that the norm is to be reported, and nothing clipped.
        if not isinstance(trainer._grad_norm, bool):
            groups.append(_Group(self._rest(trainer, groups), trainer._grad_norm))
            trainer._grad_norm = False
        step = trainer.optimizer.step

        # A scheduler looks for the attributes of the step that it knows.
        @functools.wraps(step)
        def clip_and_step(*arguments: Any, **options: Any) -> Any:
            for group in groups:
                group.clip()
            return step(*arguments, **options)

        self._step = step
        trainer.optimizer.step = clip_and_step

    @overrides
    def on_end(
        self,
        trainer: GradientDescentTrainer,
        metrics: Optional[Dict[str, Any]] = None,
        epoch: Optional[int] = None,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        trainer._grad_norm = self._of_trainer
        trainer.optimizer.step = self._step

    def _groups(self, trainer: GradientDescentTrainer) -> List["_Group"]:
        groups = [_Group([], norm) for _, norm in self._regexes_and_norms]
        for name, parameter in trainer.model.named_parameters():
            for group, (regexes, _) in zip(groups, self._regexes_and_norms):
                if any(re.search(regex, name) for regex in regexes):
                    if parameter.requires_grad:
                        group.parameters.append(parameter)
                    break
        for group, (regexes, _) in zip(groups, self._regexes_and_norms):
            if not group.parameters:
                raise ConfigurationError(
                    f"group_clipping finds no trained parameter for {regexes}. The names of "
                    "parameters begin with that of their model, such as _intermediate. or "
                    "_downstream."
                )
        return groups

    @staticmethod
    def _rest(trainer: GradientDescentTrainer, groups: List["_Group"]) -> List[Parameter]:
        grouped = {id(parameter) for group in groups for parameter in group.parameters}
        return [p for p in trainer.model.parameters() if id(p) not in grouped]


class _Group:
    def __init__(self, parameters: List[Parameter], norm: float) -> None:
        self.parameters = parameters
        self.norm = norm

    def clip(self) -> None:
        parameters = [p for p in self.parameters if p.grad is not None]
        if parameters:
            clip_grad_norm_(parameters, self.norm)
