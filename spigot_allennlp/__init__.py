"""
SPIGOT and its rivals for AllenNLP: training an intermediate parser through its hard decision.

Importing the package registers every class, since a plugins file and `load_archive` import nothing
else.
"""

from bilexical.version import VERSION as __version__
from spigot_allennlp import (
    commands,
    dataset_readers,
    estimators,
    losses,
    metrics,
    models,
    modules,
    predictors,
    structures,
    training,
)

__all__ = [
    "__version__",
    "commands",
    "dataset_readers",
    "estimators",
    "losses",
    "metrics",
    "models",
    "modules",
    "predictors",
    "structures",
    "training",
]
