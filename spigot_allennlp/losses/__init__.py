"""Losses between a parser's scores and gold structures."""

from spigot_allennlp.losses.hinge import Hinge
from spigot_allennlp.losses.log_likelihood import LogLikelihood
from spigot_allennlp.losses.structured_loss import StructuredLoss

__all__ = ["Hinge", "LogLikelihood", "StructuredLoss"]
