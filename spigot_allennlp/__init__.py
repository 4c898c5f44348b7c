"""
SPIGOT and its rivals: training an intermediate parser through its hard decision.

The core, which needs torch and numpy alone, is `structures`, `estimators`, `losses` and `nn`. Where
AllenNLP is installed, importing the package registers every class, since a plugins file and
`load_archive` import nothing else.
"""

from bilexical.version import VERSION as __version__
from spigot_allennlp import estimators, losses, nn, structures
from spigot_allennlp.common import HAS_ALLENNLP
from spigot_allennlp.loading import load

__all__ = ["__version__", "estimators", "load", "losses", "nn", "structures"]

if HAS_ALLENNLP:
    from spigot_allennlp import (
        commands,
        dataset_readers,
        metrics,
        models,
        modules,
        predictors,
        training,
    )

    __all__ += ["commands", "dataset_readers", "metrics", "models", "modules", "predictors"]
    __all__ += ["training"]
