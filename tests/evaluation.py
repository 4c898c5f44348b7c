"""
What Jsonnet makes of the configurations that AllenNLP reads, without starting it more often than
that takes: each start is a tenth of a training here.
"""

import json
import os
from functools import lru_cache, partial
from pathlib import Path

from tests import PROJECT_ROOT

# In which no configuration changes once it has been read.
FOLDERS = [PROJECT_ROOT]


def evaluate_less(params):
    """Replaces what the module `allennlp.common.params` evaluates configurations by."""
    params.evaluate_file = _evaluating_once(params.evaluate_file)
    params.evaluate_snippet = _evaluating_programs(params.evaluate_snippet)


def _evaluating_once(evaluate_file):
    """Each configuration of `FOLDERS` once: the tests read some of them a hundred times."""

    @lru_cache(maxsize=None)
    def evaluate_once(path, variables):
        return evaluate_file(path, ext_vars=dict(variables))

    def evaluate(path, ext_vars):
        path = os.path.realpath(path)
        # Whose variables are those of the environment, of which pytest sets one for each test.
        variables = {**ext_vars, "PYTEST_CURRENT_TEST": ""}
        if path.endswith("sonnet") and set(FOLDERS) & set(Path(path).parents):
            return evaluate_once(path, tuple(sorted(variables.items())))
        if os.path.isfile(path):
            value = value_of_json(Path(path).read_bytes())
            if value is not None:
                return value
        return evaluate_file(path, ext_vars=ext_vars)

    return evaluate


def _evaluating_programs(evaluate_snippet):
    def evaluate(name, snippet, ext_vars):
        value = value_of_json(snippet)
        return evaluate_snippet(name, snippet, ext_vars=ext_vars) if value is None else value

    return evaluate


def value_of_json(text):
    """What Jsonnet writes for plain JSON; None for a program, and for what it may see otherwise."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_int=partial(_number, int),
            parse_float=partial(_number, float),
            parse_constant=_refuse,
        )
    except ValueError:
        return None
    return json.dumps(value, sort_keys=True)


def _without_duplicates(pairs):
    if len(dict(pairs)) < len(pairs):
        raise ValueError("Jsonnet refuses it")
    return dict(pairs)


def _number(kind, text):
    """All are float64 there, and those without a fraction are written as integers."""
    value = kind(text)
    if abs(value) > 2**53 or (value == 0 and text.startswith("-")):
        raise ValueError("Jsonnet has its own way to write it")
    return int(value) if value == int(value) else value


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")
