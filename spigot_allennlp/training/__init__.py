"""
A trainer, and what trainers are given: callbacks, optimizers, schedulers, initial values of
parameters, the order of batches; and the care that the files of a training need.
"""

from spigot_allennlp.training import replacements  # noqa: F401
from spigot_allennlp.training.bfloat16_trainer import Bfloat16Trainer
from spigot_allennlp.training.complete_checkpointer import CompleteCheckpointer
from spigot_allennlp.training.exact_recovery import ExactRecovery
from spigot_allennlp.training.fused_adam import FusedAdam, FusedAdamW
from spigot_allennlp.training.group_clipping import GroupClipping
from spigot_allennlp.training.half_precision import write_half_precision
from spigot_allennlp.training.latest_best import LatestBest
from spigot_allennlp.training.next_steps import NextSteps
from spigot_allennlp.training.proportional_scheduler import ProportionalScheduler
from spigot_allennlp.training.reduce_on_plateau import ReduceOnPlateau
from spigot_allennlp.training.trained_model import TrainedModelInitializer

__all__ = [
    "Bfloat16Trainer",
    "CompleteCheckpointer",
    "ExactRecovery",
    "FusedAdam",
    "FusedAdamW",
    "GroupClipping",
    "LatestBest",
    "NextSteps",
    "ProportionalScheduler",
    "ReduceOnPlateau",
    "TrainedModelInitializer",
    "write_half_precision",
]
