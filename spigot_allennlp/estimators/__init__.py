"""How the gradient comes back through a structured argmax."""

from spigot_allennlp.estimators.blackbox import Blackbox
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.identity_projection import IdentityProjection
from spigot_allennlp.estimators.lpgd import LPGD
from spigot_allennlp.estimators.modular import Modular
from spigot_allennlp.estimators.projected_step import ProjectedStep
from spigot_allennlp.estimators.spigot import Spigot
from spigot_allennlp.estimators.spigot_ce import SpigotCE
from spigot_allennlp.estimators.spigot_eg import SpigotEG
from spigot_allennlp.estimators.step_size import AdaptiveStepSize, StepSize
from spigot_allennlp.estimators.stepping import SteppingEstimator
from spigot_allennlp.estimators.straight_through import StraightThrough
from spigot_allennlp.estimators.straight_through_marginals import StraightThroughMarginals
from spigot_allennlp.estimators.structured_attention import StructuredAttention
from spigot_allennlp.nn.surrogate_gradient import LossScale

__all__ = [
    "AdaptiveStepSize",
    "Blackbox",
    "Decision",
    "IdentityProjection",
    "LPGD",
    "LossScale",
    "Modular",
    "ProjectedStep",
    "Spigot",
    "SpigotCE",
    "SpigotEG",
    "StepSize",
    "SteppingEstimator",
    "StraightThrough",
    "StraightThroughMarginals",
    "StructuredAttention",
    "StructuredGradientEstimator",
]
