"""What the trainer does beside training."""

from spigot_allennlp.callbacks.exact_recovery import ExactRecovery

__all__ = ["ExactRecovery"]
