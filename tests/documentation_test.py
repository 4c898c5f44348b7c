"""The pages are whole, and what they show is what the files have."""

import doctest
import importlib
import importlib.util
import json
import re
import runpy
import subprocess
import sys

import pytest
from allennlp.data import DatasetReader

import spigot_allennlp
from bilexical.drawing.picture import picture_of
from bilexical.drawing.svg_pictures import svg
from bilexical.formats.corpus_files import detect_format, read_sentences
from bilexical.formats.json_lines import read_json_lines
from bilexical.formats.sdp import read_sdp
from tests import PROJECT_ROOT
from tests.bilexical.command_line.console import spigot
from tests.documentation import CHANGELOG, PAGES, blocks, code, table, tables

README = PAGES["README.md"]
EXAMPLES = PROJECT_ROOT / "tests" / "examples"
# The packages of which all public classes are in the reference.
REFERENCE = (
    *("bilexical.drawing", "spigot_allennlp.dataset_readers", "spigot_allennlp.estimators"),
    *(
        "spigot_allennlp.holding",
        "spigot_allennlp.losses",
        "spigot_allennlp.metrics",
        "spigot_allennlp.models",
    ),
    *("spigot_allennlp.modules", "spigot_allennlp.predictors", "spigot_allennlp.structures"),
    *("spigot_allennlp.structures.projections", "spigot_allennlp.training"),
)


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
    pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "reference").glob("*.html")]
    names = set(re.findall(r'id="([\w.]+)"', "".join(pages)))
    assert "spigot_allennlp.structures.structure.Structure.argmax" in names
    for package in REFERENCE:
        module = importlib.import_module(package)
        for name in (name for name in module.__all__ if name[0].isupper()):
            # `Structure` stands under the module that has the convention for tensors.
            own = f"{module.__name__}.{name.lower()}.{name}"
            assert {f"{module.__name__}.{name}", own} & names, (package, name)
    assert not any("# Parameters" in page for page in pages)


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
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)", README.text))
    assert linked == {name for name in PAGES if re.match(r"docs/[\w-]+\.md", name)} - {
        "docs/index.md"
    }


@pytest.mark.parametrize("page", [*PAGES.values(), CHANGELOG], ids=lambda page: page.name)
def test_files_that_it_names_exist(page):
    folders = (
        "training_configs|data/toy|examples|benchmarks|requirements|tests|docs|spigot_allennlp"
    )
    pattern = rf"(?<![\w/])(?:{folders}|bilexical|toy_corpus)/[\w./-]*\w"
    for path in re.findall(pattern, page.text):
        assert (PROJECT_ROOT / path).exists(), path


@pytest.mark.parametrize("page", [*PAGES.values(), CHANGELOG], ids=lambda page: page.name)
def test_spelling_is_american(page):
    british = "colour|labell|neighbour|behaviour|licence|modell|analys(?:e|ing)|learnt|misspelt|"
    british += "(?:general|initial|linear|normal|optim|projectiv|recogn|regular|summar|token)is"
    assert re.findall(rf"(?i)\b\w*(?:{british})\w*", page.prose) == []


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


def test_results_are_of_shipped_configs():
    there = {path.stem for path in (PROJECT_ROOT / "training_configs").glob("*.jsonnet")}
    shown = [*tables("configuration"), *tables("program")]
    names = [re.findall(r"\w+", row[0])[0] for rows in shown for row in rows]
    assert len(names) > 15
    assert set(names) - {"allennlp", "SuPar"} <= there


@pytest.mark.parametrize("header", ["estimator", "configuration", "program", "kernel"])
def test_the_rows_of_a_table_have_its_columns(header):
    for rows in tables(header):
        assert len({len(row) for row in rows}) == 1


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
    in_chart = {name: row for row in table("estimator") for name in code(row[0])}
    for name in ("modular", "straight_through", "structured_attention", "spigot"):
        for cell in in_chart[name][1:4]:
            assert f"{name} {float(cell.split(' ±')[0]):.4g}" in chart


@pytest.mark.slow
def test_the_picture_of_the_readme_is_what_the_shipped_model_finds():
    """If not: `spigot parse examples/english.txt -o english.jsonl`, and draw its sentence 1."""
    text = (PROJECT_ROOT / "examples" / "english.txt").read_text(encoding="utf-8")
    sentence, *_ = spigot_allennlp.load("en_dm")(text)
    shown = (PROJECT_ROOT / "docs" / "pictures" / "english.svg").read_text(encoding="utf-8")
    (description,) = re.findall(r"<desc>.*?</desc>", svg(picture_of(sentence, "Sentence 1")))
    assert description in shown
