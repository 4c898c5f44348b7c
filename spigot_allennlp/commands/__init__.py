"""Commands of `allennlp` beside its own."""

from spigot_allennlp.commands.compare_archives import CompareArchives
from spigot_allennlp.commands.compare_estimators import CompareEstimators
from spigot_allennlp.commands.explain_gradient import ExplainGradient
from spigot_allennlp.commands.halve_archive import HalveArchive
from spigot_allennlp.commands.hints import give_hints
from spigot_allennlp.commands.jackknife import Jackknife
from spigot_allennlp.commands.quiet import tidy_logging
from spigot_allennlp.commands.threads import choose_threads
from spigot_allennlp.commands.tune_estimators import TuneEstimators

__all__ = ["CompareArchives", "CompareEstimators", "ExplainGradient", "HalveArchive", "Jackknife"]
__all__ += ["TuneEstimators"]

tidy_logging()
give_hints()
choose_threads()
