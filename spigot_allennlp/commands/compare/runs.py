"""The runs of a comparison: one training for each estimator and seed."""

import copy
import json
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence

from allennlp.common.checks import ConfigurationError

from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.training.whole_json import read_json_if_whole

#: What an estimator is whose configuration does not say it.
_DEFAULT = StructuredGradientEstimator.default_implementation
SEED_KEYS = ("random_seed", "numpy_seed", "pytorch_seed")


class Run(NamedTuple):
    """
    # Parameters

    estimator : `str`
        The name that tables give it.
    seed : `int`
    folder : `Path`
        The serialization directory.
    config : `Dict[str, Any]`
        The whole configuration, with estimator and seed.
    """

    estimator: str
    seed: int
    folder: Path
    config: Dict[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def log(self) -> Path:
        """What the training says; beside the folder, since AllenNLP wants that to be empty."""
        return self.folder.with_name(self.name + ".log")

    @property
    def config_file(self) -> Path:
        return self.folder.with_name(self.name + ".json")


def plan_runs(
    config: Dict[str, Any],
    estimators: Dict[str, Dict[str, Any]],
    seeds: Sequence[int],
    folder: Path,
    estimator_keys: Sequence[str] = ("model.estimator",),
) -> List[Run]:
    """
    All runs, the seeds one after another, so that a comparison that is not finished yet has all
    estimators.

    # Parameters

    config : `Dict[str, Any]`
    estimators : `Dict[str, Dict[str, Any]]`
        By name, see `parse_estimators`.
    seeds : `Sequence[int]`
        `ConfigurationError` is raised if two are the same.
    folder : `Path`
        Of the comparison.
    estimator_keys : `Sequence[str]`, optional (default = `("model.estimator",)`)
        Where in the configuration the estimator is, with dots; several get the same one.
        `ConfigurationError` is raised if the configuration has no such key, or no estimator there.
    """
    if len(set(seeds)) < len(seeds):
        raise ConfigurationError(f"a seed is given twice: {seeds}. Give each of them once.")
    for estimator_key in estimator_keys:
        _check_key(config, estimator_key)
    runs = []
    for seed in seeds:
        for name, estimator in estimators.items():
            own: Dict[str, Any] = copy.deepcopy(config)
            own.update(dict.fromkeys(SEED_KEYS, seed))
            for estimator_key in estimator_keys:
                *path, last = estimator_key.split(".")
                parent = own
                for key in path:
                    parent = parent[key]
                parent[last] = copy.deepcopy(estimator)
            runs.append(Run(name, seed, folder / f"{name}-seed-{seed}", own))
    return runs


def _check_key(config: Dict[str, Any], estimator_key: str) -> None:
    found = list(_paths_to("estimator", config))
    remedy = f"It has {' and '.join(found)}: name one by --estimator-key."
    if not found:
        remedy = (
            "It has no estimator at all: take a configuration of a structured_pipeline, such as "
            "training_configs/sdp_spigot.jsonnet."
        )
    value: Any = config
    for key in estimator_key.split("."):
        if not isinstance(value, dict) or key not in value:
            raise ConfigurationError(
                f"the configuration has no {estimator_key}, so there are no estimators to compare. "
                f"{remedy}"
            )
        value = value[key]
    kind = value.get("type", _DEFAULT) if isinstance(value, dict) else value
    if kind not in StructuredGradientEstimator.list_available():
        raise ConfigurationError(
            f"{estimator_key} of the configuration is no estimator but {kind!r}. {remedy}"
        )


def _paths_to(name: str, value: Any, path: str = "") -> List[str]:
    if not isinstance(value, dict):
        return []
    paths: List[str] = []
    for key, child in value.items():
        paths += [path + key] if key == name else _paths_to(name, child, f"{path}{key}.")
    return paths


def check_folders(runs: Sequence[Run]) -> None:
    """
    Raises `ConfigurationError` when the folder of a run holds something else: a run with another
    configuration, whose keys are named, or no run at all; and when it cannot be made, since a file
    is in its way.
    """
    for run in runs:
        if run.folder.parent.is_file():
            raise ConfigurationError(f"{run.folder.parent} is a file. Name a folder by -s.")
        if not run.folder.exists() or not any(run.folder.iterdir()):
            continue
        config_file = run.folder / "config.json"
        found = read_json_if_whole(config_file)
        if found is None and config_file.exists():
            # Its writer was killed; whoever goes on with the training compares what is left of it.
            continue
        if found is None:
            raise ConfigurationError(
                f"{run.folder} is not empty and has no config.json, so it is no training run. "
                "Remove it, or name another folder by -s."
            )
        differences = config_differences(run.config, found)
        if differences:
            raise ConfigurationError(
                f"{run.folder} was trained with another configuration: {differences}. "
                "Remove the folder to train it again, or name another one by -s."
            )


def config_differences(config: Dict[str, Any], before: Dict[str, Any]) -> str:
    """The keys of a configuration that were otherwise before; empty if there is none."""
    wanted, there = _flat(config), _flat(before)
    keys = sorted(
        key
        for key in wanted.keys() | there.keys()
        if wanted.get(key, _MISSING) != there.get(key, _MISSING)
    )
    return "; ".join(
        f"{key} was {_shown(there, key)} and is now {_shown(wanted, key)}" for key in keys
    )


def _flat(config: Dict[str, Any], path: str = "") -> Dict[str, Any]:
    """Values by their paths. AllenNLP's loses `{}`, which may be an object with its defaults."""
    flat = {}
    for key, value in config.items():
        if isinstance(value, dict) and value:
            flat.update(_flat(value, f"{path}{key}."))
        else:
            flat[path + key] = value
    return flat


_MISSING = object()


def _shown(config: Dict[str, Any], key: str) -> str:
    return json.dumps(config[key], ensure_ascii=False) if key in config else "not there"
