import pytest
from allennlp.common.checks import ConfigurationError

from tests.commands.cli import GRAPHS, allennlp


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


def test_the_folder_of_the_page_must_be_there(archive, tmp_path):
    with pytest.raises(ConfigurationError, match=r"there is no folder .*nowhere\. Make it"):
        explain(archive, "1", 1, tmp_path / "nowhere" / "page.html")
