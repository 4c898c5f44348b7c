"""What the trainer does beside training."""

from spigot_allennlp.callbacks.complete_checkpointer import CompleteCheckpointer
from spigot_allennlp.callbacks.exact_recovery import ExactRecovery
from spigot_allennlp.callbacks.next_steps import NextSteps

__all__ = ["CompleteCheckpointer", "ExactRecovery", "NextSteps"]
