"""Commands of `allennlp` beside its own."""

from spigot_allennlp.commands.compare_archives import CompareArchives
from spigot_allennlp.commands.compare_estimators import CompareEstimators
from spigot_allennlp.commands.explain_gradient import ExplainGradient
from spigot_allennlp.commands.jackknife import Jackknife
from spigot_allennlp.commands.quiet import tidy_logging

__all__ = ["CompareArchives", "CompareEstimators", "ExplainGradient", "Jackknife"]

tidy_logging()
