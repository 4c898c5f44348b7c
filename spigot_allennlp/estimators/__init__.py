"""How the gradient comes back through a structured argmax."""

from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.modular import Modular
from spigot_allennlp.estimators.reinforce import Reinforce
from spigot_allennlp.estimators.spigot import Spigot
from spigot_allennlp.estimators.straight_through import StraightThrough
from spigot_allennlp.estimators.structured_attention import StructuredAttention
from spigot_allennlp.nn.surrogate_gradient import LossScale

__all__ = [
    "Decision",
    "LossScale",
    "Modular",
    "Reinforce",
    "Spigot",
    "StraightThrough",
    "StructuredAttention",
    "StructuredGradientEstimator",
]
