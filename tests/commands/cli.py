"""`allennlp ...` in this process, since starting another one takes seconds."""

import json
import sys

import pytest
from allennlp import commands
from allennlp.common import plugins
from allennlp.common.util import import_module_and_submodules

from tests import FIXTURES_ROOT, PROJECT_ROOT

GRAPHS = FIXTURES_ROOT / "graphs.sdpx"
TREES = FIXTURES_ROOT / "trees.conllu"


def allennlp(*arguments, folder=PROJECT_ROOT):
    """Runs `allennlp arguments --include-package spigot_allennlp` in `folder`."""
    bare_allennlp(*arguments, "--include-package", "spigot_allennlp", folder=folder)


def bare_allennlp(*arguments, folder=PROJECT_ROOT):
    """Runs `allennlp arguments` in `folder`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["allennlp", *map(str, arguments)])
        for module in (commands, plugins):
            patch.setattr(module, "import_module_and_submodules", import_once)
        commands.main()


_imported = set()


def import_once(package, *options, **named):
    """
    Each command looks for all modules of AllenNLP and of this package, which takes as long as a
    training here. After the first command they are known.
    """
    if package not in _imported:
        import_module_and_submodules(package, *options, **named)
    if package in ("allennlp", "spigot_allennlp"):
        _imported.add(package)


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def read_json_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_json_lines(path, *values):
    lines = [json.dumps(value, ensure_ascii=False) + "\n" for value in values]
    path.write_text("".join(lines), encoding="utf-8")
    return path
