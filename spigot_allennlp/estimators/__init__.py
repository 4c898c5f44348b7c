"""How the gradient comes back through a structured argmax."""

from spigot_allennlp.estimators.annealed_attention import AnnealedAttention
from spigot_allennlp.estimators.blackbox import Blackbox
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.expected_forward import ExpectedForward
from spigot_allennlp.estimators.identity_projection import IdentityProjection
from spigot_allennlp.estimators.implicit_mle import ImplicitMLE
from spigot_allennlp.estimators.lpgd import LPGD
from spigot_allennlp.estimators.modular import Modular
from spigot_allennlp.estimators.muprop import MuProp
from spigot_allennlp.estimators.perturb_and_map import PerturbAndMap
from spigot_allennlp.estimators.perturb_and_marginals import PerturbAndMarginals
from spigot_allennlp.estimators.perturbed import Perturbed
from spigot_allennlp.estimators.projected_step import ProjectedStep
from spigot_allennlp.estimators.reinforce import Reinforce
from spigot_allennlp.estimators.sampling import SamplingEstimator
from spigot_allennlp.estimators.sparsemap import SparseMAP
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
    "LPGD",
    "AdaptiveStepSize",
    "AnnealedAttention",
    "Blackbox",
    "Decision",
    "ExpectedForward",
    "IdentityProjection",
    "ImplicitMLE",
    "LossScale",
    "Modular",
    "MuProp",
    "PerturbAndMap",
    "PerturbAndMarginals",
    "Perturbed",
    "ProjectedStep",
    "Reinforce",
    "SamplingEstimator",
    "SparseMAP",
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
