import pytest
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.commands import explain_gradient
from tests.commands.cli import GRAPHS, TREES, allennlp


def explain(archive, sentence, word, page, *more):
    options = ["--sentence", sentence, "--word", word, "-o", page]
    allennlp("explain-gradient", archive, GRAPHS, *options, *more)


@pytest.mark.parametrize("sentence", ["1", "invented-1"])
def test_writes_a_page(archive, tmp_path, sentence, capsys):
    page = tmp_path / "page.html"
    explain(archive, sentence, 2, page)
    content = page.read_text(encoding="utf-8")
    assert content.startswith("<!DOCTYPE html>") and "Straight-through" in content
    assert str(page) in capsys.readouterr().out


def test_another_estimator_than_the_model_s_own(archive, tmp_path):
    page = tmp_path / "page.html"
    pages = []
    for more in ([], ["--estimator", "straight_through"]):
        explain(archive, "1", 2, page, *more)
        pages.append(page.read_text(encoding="utf-8"))
    assert "step size" in pages[0] and "step size" not in pages[1]
    with pytest.raises(ConfigurationError, match="'spigott' is not an estimator"):
        explain(archive, "1", 2, page, "--estimator", "spigott")


def test_the_sentence_must_be_there(archive, tmp_path):
    with pytest.raises(ConfigurationError, match=r"no sentence '99': .* from 1 to 6"):
        explain(archive, "99", 1, tmp_path / "page.html")


def test_only_a_pipeline_has_a_structure_in_between(tree_archive, tmp_path):
    options = ["--sentence", "1", "--word", "1", "-o", tmp_path / "page.html"]
    message = r"model\.tar\.gz holds a SyntacticParser; only a structured_pipeline has a gradient"
    with pytest.raises(ConfigurationError, match=message):
        allennlp("explain-gradient", tree_archive, TREES, *options)
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    ("sentence", "word", "more", "message"),
    [
        ("1", 0, [], "numbered from 1 to 7; there is no 0"),
        ("1", 8, [], "numbered from 1 to 7; there is no 8"),
        ("99", 1, [], "no sentence '99'"),
        ("1", 1, ["--estimator", "spigott"], "'spigott' is not an estimator"),
    ],
)
def test_what_is_asked_for_is_checked_before_the_model_is_loaded(
    archive, tmp_path, monkeypatch, sentence, word, more, message
):
    monkeypatch.setattr(explain_gradient, "load_archive", None)
    with pytest.raises(ConfigurationError, match=message):
        explain(archive, sentence, word, tmp_path / "page.html", *more)


def test_the_folder_of_the_page_must_be_there(archive, tmp_path):
    with pytest.raises(ConfigurationError, match=r"there is no folder .*nowhere\. Make it"):
        explain(archive, "1", 1, tmp_path / "nowhere" / "page.html")
