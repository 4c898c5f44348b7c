"""What the README and the pages name is there: in the programs, in setup.py and in the Makefile."""

import argparse
import ast
import dataclasses
import importlib.util
import os
import re
import shutil
import subprocess
import sys

import pytest
from allennlp.commands.subcommand import Subcommand
from allennlp.data import DatasetReader

from bilexical.command_line import score
from bilexical.formats.corpus_files import COLUMN_FORMATS
from bilexical.version import VERSION
from spigot_allennlp.estimators import Decision, StructuredGradientEstimator
from spigot_allennlp.structures import Structure
from tests import PROJECT_ROOT
from tests.documentation import MKDOCS, PAGES, PROSE, code, commands, table, tables, words

# Errors of compiled programs, and of libraries that need not be installed.
FOREIGN_ERRORS = {
    "ERROR: Could not find a version that satisfies the requirement torch<1.13",
    "RuntimeError: operator torchvision::nms does not exist",
    "ImportError: cannot import name 'HfFolder'",
    "'AdamW'",
    "No module named 'matplotlib'",
    "Expected to have finished reduction in the prior iteration",
    "allennlp: error: ... invalid choice: 'compare-estimators'",
    "allennlp print-results",
    "Can't find factory for 'spigot_parser'",
    "sdp not in acceptable choices for dataset_reader.type",
    "... is not a registered name for 'Model'",
    "predict",
}

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")


def test_every_config_is_in_the_table():
    named = [name for row in table("config") for name in code(row[0])]
    there = [path.stem for path in (PROJECT_ROOT / "training_configs").glob("*.jsonnet")]
    assert sorted(named) == sorted(there)


def test_registered_names():
    for row in table("`estimator`"):
        StructuredGradientEstimator.by_name(code(row[0])[0])
    described = [code(row[0])[0] for row in table("`model.estimator`")]
    ours = [
        name
        for name in StructuredGradientEstimator.list_available()
        if StructuredGradientEstimator.by_name(name).__module__.startswith("spigot_allennlp.")
    ]
    assert sorted(described) == sorted(ours)
    for row in table("`dataset_reader`"):
        DatasetReader.by_name(code(row[0])[0])
    (structures,) = re.findall(
        r"^Structures are (.*?), each", PAGES["README.md"].prose, flags=re.MULTILINE
    )
    for name in code(structures):
        Structure.by_name(name)


def test_a_decision_has_what_is_promised():
    named = {code(row[0])[0] for row in table("of `decision`")}
    fields = {field.name for field in dataclasses.fields(Decision)}
    assert named == {name for name in {*vars(Decision), *fields} if not name.startswith("_")}


def test_output_formats():
    formats = [name for row in table("output format") for name in code(row[0])]
    assert sorted(formats) == sorted(["json", *COLUMN_FORMATS])


def test_options_are_those_of_the_commands():
    scoring = argparse.ArgumentParser()
    score.add_arguments(scoring)
    comparing, tuning = (
        Subcommand.by_name(name)().add_subparser(argparse.ArgumentParser().add_subparsers())
        for name in ("compare-estimators", "tune-estimators")
    )
    found = tables("option")
    assert len(found) == 3
    for rows, parser in zip(found, (scoring, comparing, tuning)):
        options = {action.dest: action.option_strings for action in parser._actions}
        named = [code(row[0])[0].split()[0] for row in rows]
        explained = [dest for name in named for dest in options if name in options[dest]]
        assert len(explained) == len(named), named
        assert sorted([*explained, "help"]) == sorted(dest for dest in options if options[dest])


def setup_extras():
    """The names of the extras in setup.py."""
    source = (PROJECT_ROOT / "setup.py").read_text(encoding="utf-8")
    extras = source.split("    extras_require={")[1].split("    },")[0]
    return re.findall(r'^ {8}"(\w+)": ', extras, flags=re.MULTILINE)


def test_extras():
    assert sorted(code(row[0])[0] for row in table("extra")) == sorted(setup_extras())


@pytest.fixture(scope="module")
def messages():
    """Every text in our programs and AllenNLP's, with `...` for what is filled in."""
    found = set()
    allennlp = importlib.util.find_spec("allennlp").submodule_search_locations[0]
    for folder in (PROJECT_ROOT / "bilexical", PROJECT_ROOT / "spigot_allennlp", allennlp):
        for root, _, names in os.walk(folder):
            for name in names:
                if name.endswith(".py"):
                    with open(os.path.join(root, name), encoding="utf-8") as file:
                        found.update(_texts(ast.parse(file.read())))
    return "\n".join(found).replace("`", "'")


def _texts(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            values = [getattr(part, "value", None) for part in node.values]
            yield "".join(value if isinstance(value, str) else "..." for value in values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"%[sdr]|\{\w+\}", "...", node.value)


def test_errors_are_those_of_the_programs(messages):
    errors = [error for rows in tables("what you see") for row in rows for error in code(row[0])]
    assert len(errors) > 25 and set(errors) >= FOREIGN_ERRORS
    assert [error for error in set(errors) - FOREIGN_ERRORS if error not in messages] == []


@needs_make
def test_targets_of_make():
    named = [*commands(), *code(PROSE)]
    shown = {command for command in named if command.startswith("make ")}
    assert {"make train", "make test", "make docs", "make quick", "make check"} <= shown
    for command in shown:
        arguments = words(command)[1:]
        result = subprocess.run(
            # Looking for a Python takes seconds.
            ["make", "-n", f"PYTHON={sys.executable}", "PYTHON_PINNED=", *arguments],
            cwd=PROJECT_ROOT,
            capture_output=True,
            encoding="utf-8",
        )
        assert result.returncode == 0, (command, result.stderr)


def test_what_is_installed():
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    installations = [words(command) for command in commands() if command.startswith("pip ")]
    assert installations
    for pip, install, *options, what in installations:
        assert (pip, install) == ("pip", "install") and options in ([], ["--no-deps"])
        if what.startswith("."):
            path, _, extra = what.rstrip("]").partition("[")
            assert (PROJECT_ROOT / path / "setup.py").is_file()
            assert not extra or extra in setup_extras()
        elif what != "pre-commit":
            assert f"--no-deps {what}\n" in makefile


def test_the_environment_is_that_of_make():
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    (source,) = (words(command) for command in commands() if command.startswith("source "))
    assert source == ["source", ".venv/bin/activate"] and "\nVENV ?= .venv\n" in makefile


def test_the_citation_is_of_this_version():
    citation = (PROJECT_ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {VERSION}\n" in citation
    assert "https://aclanthology.org/P18-1173/" in citation


def test_every_python_is_tested():
    source = (PROJECT_ROOT / "setup.py").read_text(encoding="utf-8")
    versions = re.findall(r"Python :: (3\.\d+)", source)
    workflow = (PROJECT_ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert {version for version in versions if int(version[2:]) >= 10} == set(
        re.findall(r'"(3\.\d+)"', workflow)
    )
    assert "make docs" in workflow and "strict: true" in MKDOCS
