"""How the gradient comes back through a structured argmax."""

from spigot_allennlp.estimators.estimator import StructuredGradientEstimator, surrogate_gradient
from spigot_allennlp.estimators.loss_scale import LossScale
from spigot_allennlp.estimators.modular import Modular
from spigot_allennlp.estimators.spigot import Spigot
from spigot_allennlp.estimators.straight_through import StraightThrough
from spigot_allennlp.estimators.structured_attention import StructuredAttention

__all__ = [
    "LossScale",
    "Modular",
    "Spigot",
    "StraightThrough",
    "StructuredAttention",
    "StructuredGradientEstimator",
    "surrogate_gradient",
]
