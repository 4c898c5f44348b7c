"""
SPIGOT and its rivals for AllenNLP: training an intermediate parser through its hard decision.

Importing the package registers every class, since a plugins file and `load_archive` import nothing
else.
"""

from spigot_allennlp import (
    dataset_readers,
    estimators,
    losses,
    metrics,
    models,
    modules,
    predictors,
    structures,
)
from spigot_allennlp.version import VERSION as __version__

__all__ = [
    "__version__",
    "dataset_readers",
    "estimators",
    "losses",
    "metrics",
    "models",
    "modules",
    "predictors",
    "structures",
]
