"""How batches of several corpora are put into order."""

from spigot_allennlp.data_loaders.proportional_scheduler import ProportionalScheduler

__all__ = ["ProportionalScheduler"]
