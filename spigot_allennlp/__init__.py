"""
SPIGOT and its rivals for AllenNLP: training an intermediate parser through its hard decision.

Importing the package registers every class, since a plugins file and `load_archive` import nothing
else.
"""

from spigot_allennlp import (
    callbacks,
    commands,
    data_loaders,
    dataset_readers,
    estimators,
    initializers,
    losses,
    metrics,
    models,
    modules,
    predictors,
    projections,
    structures,
)
from spigot_allennlp.version import VERSION as __version__

__all__ = [
    "__version__",
    "callbacks",
    "commands",
    "data_loaders",
    "dataset_readers",
    "estimators",
    "initializers",
    "losses",
    "metrics",
    "models",
    "modules",
    "predictors",
    "projections",
    "structures",
]
