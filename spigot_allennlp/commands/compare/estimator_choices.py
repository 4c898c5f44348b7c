"""The estimators of a comparison, as a user names them on the command line."""

import copy
import json
import re
from typing import Any, Dict, Sequence

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.estimators import StructuredGradientEstimator

# The paper's and its rivals. The others are compared by name, each being a training for each seed.
DEFAULT_ESTIMATORS = ["modular", "spigot", "straight_through", "structured_attention"]


def parse_estimators(texts: Sequence[str]) -> Dict[str, Dict[str, Any]]:
    """
    # Parameters

    texts : `Sequence[str]`
        Names, or JSON such as `{"type": "spigot", "step_size": 0.5}`.

    # Returns

    `Dict[str, Dict[str, Any]]`
        Configurations by name; the one of the example is `spigot-step_size=0.5`.
        `ConfigurationError` is raised, with the choices, for a name that is not registered, for
        options that an estimator does not have, and for two estimators that are the same.
    """
    estimators: Dict[str, Dict[str, Any]] = {}
    for text in texts:
        config = _parse_estimator(text)
        name = _name(config)
        if name in estimators:
            raise ConfigurationError(
                f"the estimator {text} is given twice. Give each of them once."
            )
        estimators[name] = config
    return estimators


def _parse_estimator(text: str) -> Dict[str, Any]:
    config: Any = {"type": text}
    if text.lstrip().startswith("{"):
        try:
            config = json.loads(text)
        except ValueError as error:
            raise ConfigurationError(
                f"the estimator {text} is not JSON ({error}). Write a name, or "
                '\'{"type": "spigot", "step_size": 0.5}\' with quotes around it for the shell.'
            ) from error
    choices = StructuredGradientEstimator.list_available()
    if config.get("type") not in choices:
        raise ConfigurationError(
            f"{config.get('type')!r} is not an estimator. Choose among {', '.join(choices)}; your "
            "own is known when the package that registers it is named by --include-package."
        )
    try:
        StructuredGradientEstimator.from_params(Params(copy.deepcopy(config)))
    except (ConfigurationError, TypeError) as error:
        message = getattr(error, "message", None) or str(error)
        # AllenNLP says why, for an option of several types, in the error of the last type.
        message = ": ".join([message, *filter(None, [getattr(error.__cause__, "message", None)])])
        raise ConfigurationError(f"the estimator {text} cannot be made: {message}") from error
    return config


def _name(config: Dict[str, Any]) -> str:
    options = [
        f"{key}={value if isinstance(value, (str, int, float)) else json.dumps(value)}"
        for key, value in config.items()
        if key != "type"
    ]
    return re.sub(r"[^\w.=,+-]", "_", "-".join([config["type"], *options]))
