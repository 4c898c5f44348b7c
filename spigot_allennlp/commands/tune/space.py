"""What is tuned: values with ranges and choices in them, for keys of a configuration."""

import json
from collections import Counter
from typing import Any, Dict, List, Mapping, Protocol, Sequence

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.params import with_overrides

from spigot_allennlp.commands.compare.estimator_choices import parse_estimators

#: For keys of a configuration, of which one may be several with spaces between them, a template: a
#: value of JSON in which `{"low": 1, "high": 10}` stands for a number between them, evenly on a
#: logarithmic scale with `"log": true`, whole with `"integer": true`, and `{"choices": [...]}` for
#: one of several templates.
Space = Mapping[str, Any]

_RANGE_KEYS = {"low", "high", "log", "integer"}


class Suggests(Protocol):
    """An `optuna.Trial`, or something that acts like it."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float: ...

    def suggest_int(self, name: str, low: int, high: int, *, log: bool) -> int: ...

    def suggest_categorical(self, name: str, choices: Sequence[str]) -> str: ...


class _Lowest:
    """The low ends and the first choices."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool) -> float:
        return low

    def suggest_int(self, name: str, low: int, high: int, *, log: bool) -> int:
        return low

    def suggest_categorical(self, name: str, choices: Sequence[str]) -> str:
        return choices[0]


def read_space(path: str, config: Mapping[str, Any]) -> Space:
    """
    The space in a file of Jsonnet for a configuration.

    # Raises

    `ConfigurationError`
        For a range or a list of choices that has no meaning, a key that has neither, a place that
        the configuration does not have, and an estimator that cannot be made.
    """
    space = Params.from_file(path).as_dict(quiet=True)
    try:
        check_space(space, config)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error.message}") from error
    return space


def check_space(space: Space, config: Mapping[str, Any]) -> None:
    """Raises what `read_space` does."""
    if not isinstance(space, dict) or not space:
        raise ConfigurationError("there is no key to tune.")
    for key, template in space.items():
        if not key.strip():
            raise ConfigurationError(
                f"a key of the space is {json.dumps(key)}. Write the path to what it tunes, such "
                "as trainer.optimizer.lr."
            )
        if not _check(key, template):
            raise ConfigurationError(
                f'{key} has nothing to tune. Give it {{"low": 0.1, "high": 10}} or '
                f'{{"choices": [...]}}, or set it by -o.'
            )
        if key.split()[-1].split(".")[-1] == "estimator":
            if isinstance(template, list):
                raise ConfigurationError(
                    f"{key} is {json.dumps(template)}, a list. For one of several estimators write "
                    '{"choices": [...]}.'
                )
            for choice in template.get("choices", [template]):
                estimator = _sample(_Lowest(), key, choice)
                is_name = isinstance(estimator, str)
                parse_estimators([estimator if is_name else json.dumps(estimator)])
    for place, number in Counter(place for key in space for place in key.split()).items():
        if number > 1:
            raise ConfigurationError(f"{place} is in {number} keys. Tune it in one.")
    configured(config, sample(_Lowest(), space))


def sample(trial: Suggests, space: Space) -> Dict[str, Any]:
    """The values by key. A parameter of the trial is called as the path to it."""
    return {key: _sample(trial, key, template) for key, template in space.items()}


def configured(config: Mapping[str, Any], values: Mapping[str, Any]) -> Dict[str, Any]:
    """
    The configuration with other values, by key of a space. Raises `ConfigurationError` where the
    configuration has no such place.
    """
    overrides = {place: value for key, value in values.items() for place in key.split()}
    try:
        return with_overrides(dict(config), overrides)
    except ValueError as error:
        raise ConfigurationError(
            f"the configuration has no place for a key of the space: {error}. All of a key but its "
            'last part must be there; "estimator": "spigot" is written {"type": "spigot"} for that.'
        ) from error


def alternatives(space: Space, key: str) -> Dict[str, Space]:
    """
    For each of the choices of `key`, by its name, the space in which it is chosen.

    Raises `ConfigurationError` if the space has no choices there.
    """
    if not _is(space.get(key), "choices"):
        raise ConfigurationError(f"the space has no choices for {key}, to tune each of them.")
    choices = space[key]["choices"]
    return {name: {**space, key: choice} for name, choice in zip(_names(choices), choices)}


def is_tunable(space: Space) -> bool:
    """Whether there is anything left to tune, as not for an estimator without options alone."""
    return _check("", dict(space))


def _is(template: Any, *kinds: str) -> bool:
    return isinstance(template, dict) and any(kind in template for kind in kinds)


def _sample(trial: Suggests, name: str, template: Any) -> Any:
    if _is(template, "choices"):
        choices = dict(zip(_names(template["choices"]), template["choices"]))
        chosen = trial.suggest_categorical(name, list(choices))
        return _sample(trial, f"{name}.{chosen}", choices[chosen])
    if _is(template, "low", "high"):
        low, high, log = template["low"], template["high"], template.get("log", False)
        if template.get("integer", False):
            return trial.suggest_int(name, low, high, log=log)
        return trial.suggest_float(name, low, high, log=log)
    if isinstance(template, dict):
        return {key: _sample(trial, f"{name}.{key}", value) for key, value in template.items()}
    if isinstance(template, list):
        return [_sample(trial, f"{name}.{n}", value) for n, value in enumerate(template)]
    return template


def _check(name: str, template: Any) -> bool:
    """Whether there is something to tune in a template, all of which has a meaning."""
    if _is(template, "choices"):
        choices = template["choices"]
        if set(template) != {"choices"} or not isinstance(choices, list) or not choices:
            raise ConfigurationError(
                f'{name} is {json.dumps(template)}: "choices" is a list with at least one value, '
                "and stands alone."
            )
        names = _names(choices)
        for choice_name, number in Counter(names).items():
            if number > 1:
                raise ConfigurationError(f"{name} has the choice {choice_name} twice.")
        for choice_name, choice in zip(names, choices):
            _check(f"{name}.{choice_name}", choice)
        return True
    if _is(template, "low", "high"):
        _check_range(name, template)
        return True
    values: Dict[Any, Any] = {}
    if isinstance(template, dict):
        values = template
    elif isinstance(template, list):
        values = dict(enumerate(template))
    # All are checked.
    return True in {_check(f"{name}.{key}", value) for key, value in values.items()}


def _check_range(name: str, template: Mapping[str, Any]) -> None:
    low, high = template.get("low"), template.get("high")
    what = f"{name} is {json.dumps(template)}"
    unknown = sorted(set(template) - _RANGE_KEYS)
    if unknown:
        raise ConfigurationError(f"{what}: a range has no {', '.join(unknown)}.")
    if not all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (low, high)):
        raise ConfigurationError(f'{what}: a range has the numbers "low" and "high".')
    if not all(isinstance(template.get(key, False), bool) for key in ("log", "integer")):
        raise ConfigurationError(f'{what}: "log" and "integer" are true or false.')
    if low >= high:  # type: ignore[operator]
        raise ConfigurationError(f'{what}: "low" must be less than "high".')
    if template.get("log") and low <= 0:  # type: ignore[operator]
        raise ConfigurationError(f'{what}: on a logarithmic scale "low" must be more than 0.')
    if template.get("integer") and not all(isinstance(x, int) for x in (low, high)):
        raise ConfigurationError(f'{what}: with "integer" both ends must be whole.')


def _names(choices: Sequence[Any]) -> List[str]:
    """Those of registered classes are their types, unless two have the same one."""
    types = [choice.get("type") if isinstance(choice, dict) else choice for choice in choices]
    counts = Counter(name for name in types if isinstance(name, str))
    return [
        name if isinstance(name, str) and counts[name] == 1 else json.dumps(choice)
        for name, choice in zip(types, choices)
    ]
