"""The models that come along are those that the configurations and the cards describe."""

import runpy

import pytest
from allennlp.common import Params

from spigot_allennlp.loading import ARCHIVE, SHIPPED, load, shipped_models
from spigot_allennlp.training.archives import archive_config
from tests import PROJECT_ROOT

#: Bytes, so that the package stays quick to install.
MOST = 12e6


@pytest.mark.parametrize("name", shipped_models())
def test_is_small_and_made_by_its_configuration(name):
    archive = SHIPPED / name / ARCHIVE
    assert archive.stat().st_size <= MOST
    config = Params.from_file(PROJECT_ROOT / "training_configs" / f"{name}.jsonnet")
    assert archive_config(archive) == config.as_dict()
    card = (SHIPPED / name / "README.md").read_text(encoding="utf-8")
    assert "CC BY-SA" in card and "make model" in card


@pytest.mark.slow
def test_english_text_is_parsed():
    parser = load("en_dm")
    assert parser("") == []
    first, second = parser("The dog chased a cat. She was too tired to answer his long letter.")
    assert [word.form for word in first.words] == ["The", "dog", "chased", "a", "cat", "."]
    assert first.heads == [2, 3, 0, 5, 3, 3]
    assert first.deprels == ["det", "nsubj", "root", "det", "obj", "punct"]
    arcs = {tuple(arc) for arc in first.arcs}
    assert arcs == {(2, 1, "BV"), (2, 3, "ARG1"), (5, 3, "ARG2"), (5, 4, "BV")}
    assert first.tops == [3] and second.tops == [4]


@pytest.mark.slow
@pytest.mark.parametrize("name, last", [("parse_text", "[1, 2]"), ("parse_sentence", "[4]")])
def test_the_examples_run(name, last, capsys):
    runpy.run_path(str(PROJECT_ROOT / "tests" / "examples" / f"{name}.py"))
    assert capsys.readouterr().out.rstrip().endswith(last)
