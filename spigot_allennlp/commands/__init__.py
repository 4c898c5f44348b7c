"""Commands of `allennlp` beside its own."""

from spigot_allennlp.commands.compare_archives import CompareArchives
from spigot_allennlp.commands.compare_estimators import CompareEstimators
from spigot_allennlp.commands.explain_gradient import ExplainGradient

__all__ = ["CompareArchives", "CompareEstimators", "ExplainGradient"]
