"""What the README and the pages name is there, and what they show is what the files have."""

import argparse
import ast
import dataclasses
import doctest
import importlib.util
import json
import os
import re
import runpy
import shutil
import subprocess
import sys

import pytest
from allennlp.commands.subcommand import Subcommand
from allennlp.data import DatasetReader

from bilexical.command_line import score
from bilexical.drawing.picture import picture_of
from bilexical.drawing.svg_pictures import svg
from bilexical.formats.corpus_files import COLUMN_FORMATS, detect_format, read_sentences
from bilexical.formats.json_lines import read_json_lines
from bilexical.formats.sdp import read_sdp
from bilexical.version import VERSION
from spigot_allennlp.estimators import Decision, StructuredGradientEstimator
from spigot_allennlp.structures import Structure
from tests import PROJECT_ROOT
from tests.bilexical.command_line.console import spigot
from tests.documentation import MKDOCS, PAGES, PROSE, blocks, code, commands, table, tables, words

README = PAGES["README.md"]
EXAMPLES = PROJECT_ROOT / "tests" / "examples"

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
    "sdp not in acceptable choices for dataset_reader.type",
    "... is not a registered name for 'Model'",
    "predict",
}

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")


def test_the_readme_is_short():
    assert len(README.text.splitlines()) <= 150


def test_every_page_is_in_the_navigation():
    pages = {path.relative_to(PROJECT_ROOT) for path in (PROJECT_ROOT / "docs").rglob("*.md")}
    assert {path.as_posix() for path in pages} == {name for name in PAGES if name[:5] == "docs/"}


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None, reason="mkdocs is not here (the extra `docs`)"
)
def test_the_site_is_built_without_a_warning(tmp_path):
    arguments = ["mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    result = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=PROJECT_ROOT, capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 0, result.stderr
    reference = (tmp_path / "reference" / "core.html").read_text(encoding="utf-8")
    assert 'id="spigot_allennlp.structures.structure.Structure.argmax"' in reference
    assert "# Parameters" not in reference


@pytest.mark.parametrize("name", PAGES)
def test_links(name):
    page = PAGES[name]
    for target in re.findall(r"\]\(([^)\s]+)\)", page.text):
        path, _, anchor = target.partition("#")
        if target.startswith("https://"):
            continue
        linked = (page.path.parent / path).resolve() if path else page.path
        assert linked.is_file(), target
        if anchor:
            other = PAGES[linked.relative_to(PROJECT_ROOT).as_posix()]
            assert anchor in other.anchors(), target


def test_the_readme_leads_to_every_page():
    linked = set(re.findall(r"\]\((docs/\w+\.md)", README.text))
    assert linked == {name for name in PAGES if re.match(r"docs/\w+\.md", name)} - {"docs/index.md"}


@pytest.mark.parametrize("name", PAGES)
def test_files_that_it_names_exist(name):
    folders = (
        "training_configs|data/toy|examples|benchmarks|requirements|tests|docs|spigot_allennlp"
    )
    pattern = rf"(?<![\w/])(?:{folders}|bilexical|toy_corpus)/[\w./]*\w"
    for path in re.findall(pattern, PAGES[name].text):
        assert (PROJECT_ROOT / path).exists(), path


@pytest.mark.parametrize("name", PAGES)
def test_spelling_is_american(name):
    british = "colour|labell|neighbour|behaviour|licence|modell|analys(?:e|ing)|"
    british += "(?:general|initial|linear|normal|optim|projectiv|recogn|regular|summar|token)is"
    assert re.findall(rf"(?i)\b\w*(?:{british})\w*", PAGES[name].prose) == []


def test_examples_are_those_that_are_tested():
    names = {path.read_text(encoding="utf-8"): path.stem for path in EXAMPLES.glob("*.py")}
    shown = [names.get(block, block) for block in blocks("python")]
    assert set(shown) == set(names.values()) - {"__init__"}


@pytest.mark.parametrize("name", [name for name in PAGES if PAGES[name].blocks("pycon")])
def test_sessions_of_python_give_what_is_shown(name):
    session = "\n".join(PAGES[name].blocks("pycon"))
    test = doctest.DocTestParser().get_doctest(session, {}, name, name, 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_every_config_is_in_the_table():
    named = [name for row in table("config") for name in code(row[0])]
    there = [path.stem for path in (PROJECT_ROOT / "training_configs").glob("*.jsonnet")]
    assert sorted(named) == sorted(there)


def test_registered_names():
    for row in table("`estimator`"):
        StructuredGradientEstimator.by_name(code(row[0])[0])
    for row in table("`dataset_reader`"):
        DatasetReader.by_name(code(row[0])[0])
    (structures,) = re.findall(r"^Structures are (.*?), each", README.prose, flags=re.MULTILINE)
    for name in code(structures):
        Structure.by_name(name)


def test_a_decision_has_what_is_promised():
    named = {code(row[0])[0] for row in table("of `decision`")}
    fields = {field.name for field in dataclasses.fields(Decision)}
    assert named == {name for name in {*vars(Decision), *fields} if not name.startswith("_")}


def test_results_are_of_shipped_configs():
    there = {path.stem for path in (PROJECT_ROOT / "training_configs").glob("*.jsonnet")}
    shown = [*tables("configuration"), *tables("program")]
    names = [re.findall(r"\w+", row[0])[0] for rows in shown for row in rows]
    assert len(names) > 20
    assert set(names) - {"allennlp", "SuPar"} <= there


@pytest.mark.parametrize("header", ["estimator", "configuration", "program", "kernel"])
def test_the_rows_of_a_table_have_its_columns(header):
    for rows in tables(header):
        assert len({len(row) for row in rows}) == 1


def test_output_formats():
    formats = [name for row in table("output format") for name in code(row[0])]
    assert sorted(formats) == sorted(["json", *COLUMN_FORMATS])


def test_options_are_those_of_the_commands():
    scoring = argparse.ArgumentParser()
    score.add_arguments(scoring)
    comparing = Subcommand.by_name("compare-estimators")().add_subparser(
        argparse.ArgumentParser().add_subparsers()
    )
    for rows, parser in zip(tables("option"), (scoring, comparing)):
        for row in rows:
            assert code(row[0])[0].split()[0] in parser.format_help(), row


def setup_extras():
    """The names of the extras in setup.py."""
    source = (PROJECT_ROOT / "setup.py").read_text(encoding="utf-8")
    return re.findall(r'^ {8}"(\w+)": ', source, flags=re.MULTILINE)


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
            yield re.sub(r"%[sdr]", "...", node.value)


def test_errors_are_those_of_the_programs(messages):
    errors = [error for rows in tables("what you see") for row in rows for error in code(row[0])]
    assert len(errors) > 25 and set(errors) >= FOREIGN_ERRORS
    for error in set(errors) - FOREIGN_ERRORS:
        assert error in messages, error


@pytest.fixture
def sample(tmp_path):
    """Writes the sample of a file that starts like this, and returns its path."""

    def write(start):
        (text,) = (text for text in blocks("text") if text.startswith(start))
        path = tmp_path / "sample"
        path.write_text(text + "\n", encoding="utf-8")
        return str(path)

    return write


def test_the_sample_of_the_augmented_layout(sample):
    path = sample("#SDP")
    assert detect_format(path) == "sdp_augmented"
    (sentence,) = read_sdp(path)
    assert [word.head for word in sentence.words] == [2, 0] and len(sentence.arcs) == 1


def test_the_sample_of_conllu(sample):
    path = sample("# sent_id")
    assert detect_format(path) == "conllu"
    (sentence,) = read_sentences(path, "conllu")
    assert [word.head for word in sentence.words] == [2, 0]


def test_the_sample_of_the_sentiment_treebank(sample):
    (instance,) = DatasetReader.by_name("sst")(granularity="2-class").read(sample("("))
    assert instance["label"].label == "positive"
    words = instance["metadata"].metadata["sentence"].words
    assert [word.form for word in words] == ["Dogs", "rock", "."]


@pytest.fixture
def prediction(tmp_path):
    """The sentence that docs/predict.md shows."""
    path = tmp_path / "prediction.jsonl"
    path.write_text(json.dumps(json.loads(*blocks("json"))) + "\n", encoding="utf-8")
    (sentence,) = read_json_lines(str(path))
    return sentence


def test_the_picture_is_of_the_prediction(prediction):
    """
    If not: `spigot draw prediction.jsonl -o docs/pictures/parse.svg`, with what docs/predict.md
    shows, in one line.
    """
    picture = svg(picture_of(prediction, "Sentence 1"))
    shown = (PROJECT_ROOT / "docs" / "pictures" / "parse.svg").read_text(encoding="utf-8")
    (description,) = re.findall(r"<desc>.*?</desc>", picture)
    assert description in shown
    assert "prefers-color-scheme:dark" in shown
    assert "://" not in shown.replace("http://www.w3.org/2000/svg", "")


def test_the_drawing_is_of_the_prediction(tmp_path, prediction, capsys):
    """If not: `spigot draw prediction.jsonl`, as above."""
    assert spigot("draw", tmp_path / "prediction.jsonl") == 0
    drawing = capsys.readouterr().out.rstrip()
    assert drawing in [block.rstrip() for block in README.blocks("text")]


def test_the_chart_is_of_the_table():
    """If not: `python docs/draw_comparison.py docs/pictures/comparison.svg`."""
    draw = runpy.run_path(str(PROJECT_ROOT / "docs" / "draw_comparison.py"))["comparison_chart"]
    chart = draw(PAGES["docs/results.md"].text)
    shown = (PROJECT_ROOT / "docs" / "pictures" / "comparison.svg").read_text(encoding="utf-8")
    assert shown == chart + "\n"
    for row in table("estimator"):
        for cell in row[1:4]:
            assert f"{row[0]} {float(cell.split(' ±')[0]):.4g}" in chart


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
