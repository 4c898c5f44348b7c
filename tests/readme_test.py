"""What the README names is there, and what it shows is what the files have."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from allennlp.data import DatasetReader

from bilexical.drawing.picture import picture_of
from bilexical.drawing.svg_pictures import svg
from bilexical.formats.corpus_files import COLUMN_FORMATS, detect_format, read_sentences
from bilexical.formats.json_lines import read_json_lines
from bilexical.formats.sdp import read_sdp
from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.structures import Structure
from tests import PROJECT_ROOT
from tests.readme import PROSE, README, blocks, code, commands, table, words

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")


def test_links():
    headings = re.findall(r"^#+ (.*)$", PROSE, flags=re.MULTILINE)
    anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    targets = re.findall(r"\]\(([^)\s]+)\)", README)
    assert len(targets) > 3
    for target in targets:
        path, _, anchor = target.partition("#")
        if target.startswith("#"):
            assert anchor in anchors, target
        elif not target.startswith("https://"):
            assert (PROJECT_ROOT / path).is_file(), target


def test_files_that_it_names_exist():
    folders = "training_configs|data/toy|examples|benchmarks"
    paths = re.findall(
        rf"(?<![\w/])(?:{folders}|requirements|tests|spigot_allennlp)/[\w./]*\w", README
    )
    assert paths
    for path in paths:
        assert (PROJECT_ROOT / path).exists(), path


@pytest.mark.parametrize("number, name", enumerate(["best_vertex", "spigot_layer"]))
def test_examples_are_those_that_are_tested(number, name):
    path = PROJECT_ROOT / "tests" / "examples" / f"{name}.py"
    shown = blocks("python")
    assert len(shown) == 2 and shown[number] == path.read_text(encoding="utf-8")


def test_every_config_is_in_the_table():
    named = [name for row in table("config") for name in code(row[0])]
    there = [path.stem for path in (PROJECT_ROOT / "training_configs").glob("*.jsonnet")]
    assert sorted(named) == sorted(there)


def test_registered_names():
    for row in table("`estimator`"):
        StructuredGradientEstimator.by_name(code(row[0])[0])
    for row in table("`dataset_reader`"):
        DatasetReader.by_name(code(row[0])[0])
    (structures,) = re.findall(r"^Structures are (.*?), each", PROSE, flags=re.MULTILINE)
    for name in code(structures):
        Structure.by_name(name)


def test_output_formats():
    (formats,) = re.findall(r"asks for another one: (.*?)\.\n", PROSE, flags=re.DOTALL)
    assert set(code(formats)) - {"DEPS"} == {"json", *COLUMN_FORMATS}


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


def test_the_picture_is_of_the_prediction(tmp_path):
    """
    If not: `spigot draw prediction.jsonl -o examples/parse.svg`, with what the README shows, in one
    line.
    """
    path = tmp_path / "prediction.jsonl"
    path.write_text(json.dumps(json.loads(*blocks("json"))) + "\n", encoding="utf-8")
    (sentence,) = read_json_lines(str(path))
    picture = svg(picture_of(sentence, "Sentence 1"))
    shown = (PROJECT_ROOT / "examples" / "parse.svg").read_text(encoding="utf-8")
    (description,) = re.findall(r"<desc>.*?</desc>", picture)
    assert description in shown
    assert "prefers-color-scheme:dark" in shown
    assert "://" not in shown.replace("http://www.w3.org/2000/svg", "")


@needs_make
def test_targets_of_make():
    shown = {command for command in [*commands(), *code(PROSE)] if command.startswith("make ")}
    assert {"make train", "make test"} <= shown
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
            setup = (PROJECT_ROOT / path / "setup.py").read_text(encoding="utf-8")
            assert not extra or f'"{extra}": ' in setup
        else:
            assert f"--no-deps {what}\n" in makefile


def test_the_environment_is_that_of_make():
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    (source,) = (words(command) for command in commands() if command.startswith("source "))
    assert source == ["source", ".venv/bin/activate"] and "\nVENV ?= .venv\n" in makefile
