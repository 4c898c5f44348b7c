"""`allennlp jackknife`, with trainings in other processes."""

import json
import shutil
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.models import load_archive
from allennlp.predictors import Predictor

from bilexical.formats.conll import read_conll
from bilexical.formats.enhanced import without_deps
from bilexical.formats.errors import FormatError
from bilexical.formats.sdp import read_sdp
from spigot_allennlp.commands.compare import predictions, training
from tests import FIXTURES_ROOT
from tests.commands.cli import GRAPHS, TREES, allennlp, read_json
from tests.commands.forked import forked_trainings

CONFIG = FIXTURES_ROOT / "conll_parser.jsonnet"
OVERRIDES = {"trainer.num_epochs": 1}


@pytest.fixture(scope="module", autouse=True)
def _forked_trainings():
    with forked_trainings():
        yield


def jackknife(folder, *options, config=CONFIG, overrides=OVERRIDES):
    allennlp(
        *("jackknife", config, "-s", folder, "--folds", "2", "--jobs", "2"),
        *("-o", json.dumps(overrides), *options),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a file of trees that was jack-knifed."""
    folder = tmp_path_factory.mktemp("jackknife") / "folds"
    jackknife(folder)
    return folder


@pytest.fixture
def finished(made, tmp_path):
    """A copy, whose configurations name its folder."""
    # With the times: an archive must not be older than the metrics.
    folder = shutil.copytree(made, tmp_path / "folds", copy_function=shutil.copy2)
    for number in (1, 2):
        config = folder / f"fold-{number}" / "config.json"
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace(str(made), str(folder)), encoding="utf-8")
    return folder


def columns(path):
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def test_all_but_the_trees_stays(made):
    before, after = columns(TREES), columns(made / "jackknifed.conllu")
    assert len(before) == len(after)
    for old, new in zip(before, after):
        assert len(old) == len(new)
        if len(old) > 1 and old[0].isdigit():
            assert old[:6] + old[8:] == new[:6] + new[8:]
        else:
            assert old == new, "a comment, or a line that is no word"
    assert [row[6:8] for row in before] != [row[6:8] for row in after]


def test_no_parser_has_seen_what_it_parses(made):
    sentences = list(read_conll(TREES))
    half = len(sentences) // 2
    for number, (rest, train) in enumerate(
        [(sentences[:half], sentences[half:]), (sentences[half:], sentences[:half])], 1
    ):
        without = [without_deps(sentence) for sentence in rest]
        assert list(read_conll(made / f"fold-{number}.rest.conllu")) == without != rest
        assert list(read_conll(made / f"fold-{number}.train.conllu")) == train
        config = read_json(made / f"fold-{number}" / "config.json")
        assert config["train_data_path"] == str(made / f"fold-{number}.train.conllu")


def test_the_trees_are_those_of_the_parsers(made):
    expected = []
    for number in (1, 2):
        archive = load_archive(made / f"fold-{number}" / "model.tar.gz")
        predictor = Predictor.from_archive(archive, extra_args={"output_format": "json"})
        reader = predictor._dataset_reader
        rest = list(reader.read(str(made / f"fold-{number}.rest.conllu")))
        expected += predictor.predict_batch_instance(rest)
    found = list(read_conll(made / "jackknifed.conllu"))
    assert [[word.head for word in s.words] for s in found] == [x["heads"] for x in expected]
    assert [[word.deprel for word in s.words] for s in found] == [x["deprels"] for x in expected]


def test_what_is_finished_is_not_made_again(finished, monkeypatch, capsys):
    trained = []
    start = training.subprocess.Popen
    predict = predictions.predict

    def spy(command, **options):
        trained.append(Path(command[command.index("-s") + 1]).name)
        return start(command, **options)

    monkeypatch.setattr(training.subprocess, "Popen", spy)
    monkeypatch.setattr(predictions, "predict", None)
    before = (finished / "jackknifed.conllu").read_text(encoding="utf-8")
    (finished / "jackknifed.conllu").unlink()
    jackknife(finished)
    assert trained == []
    assert (finished / "jackknifed.conllu").read_text(encoding="utf-8") == before
    output = capsys.readouterr().out
    assert all(f"{name}: " in output for name in ("fold-1", "fold-2", "all"))
    # What is not finished is trained, and nothing else.
    shutil.rmtree(finished / "fold-2")
    monkeypatch.setattr(predictions, "predict", predict)
    jackknife(finished)
    assert trained == ["fold-2"]
    assert (finished / "jackknifed.conllu").read_text(encoding="utf-8") == before


def test_other_trainings_are_refused(finished):
    with pytest.raises(ConfigurationError, match=r"fold-1 was trained on other sentences"):
        jackknife(finished, "--folds", "3")
    with pytest.raises(ConfigurationError, match=r"trained with another config.*num_epochs was 1"):
        jackknife(finished, overrides={"trainer.num_epochs": 3})


def test_the_trees_of_a_file_of_graphs(tmp_path):
    """With a word that a file of trees cannot have as it is, and a sentence without a tree."""
    own, output = tmp_path / "own.sdpx", tmp_path / "out.sdpx"
    *sentences, last = GRAPHS.read_text(encoding="utf-8").strip().split("\n\n")
    rows = [line.split("\t") for line in last.split("\n")]
    last = "\n".join("\t".join([*row[:4], *("_", "_"), *row[6:]][: len(row)]) for row in rows)
    text = "\n\n".join([*sentences, last, ""]).replace("\tletter\t", "\told letter\t", 1)
    own.write_text(text, encoding="utf-8")
    jackknife(tmp_path / "folds", "--train-data", own, "--output", output)
    before, after = columns(own), columns(output)
    assert ["old letter" in row for row in before].count(True) == 1
    assert len(before) == len(after)
    for old, new in zip(before, after):
        assert old[:4] + old[6:] == new[:4] + new[6:]
    found = list(read_sdp(output))
    assert all(word.head is not None for sentence in found for word in sentence.words)
    assert [s.arcs for s in found] == [s.arcs for s in read_sdp(GRAPHS)]
    assert [s.words for s in found] != [s.words for s in read_sdp(GRAPHS)]


class TestErrors:
    def test_folds(self, tmp_path):
        for number in ("1", "1000"):
            with pytest.raises(
                ConfigurationError, match=rf"from 2 to the .*, \d+, but is {number}"
            ):
                jackknife(tmp_path, "--folds", number)

    def test_jobs(self, tmp_path):
        with pytest.raises(ConfigurationError, match="--jobs must be at least 1 but is 0"):
            jackknife(tmp_path, "--jobs", "0")

    def test_several_corpora(self, tmp_path):
        with pytest.raises(ConfigurationError, match=r"not one file.*--train-data"):
            jackknife(tmp_path, config=FIXTURES_ROOT / "sdp_two_corpora.jsonnet")

    def test_the_data_are_not_overwritten(self, tmp_path):
        data = shutil.copy(TREES, tmp_path / "trees.conllu")
        with pytest.raises(ConfigurationError, match="is the training data itself"):
            jackknife(tmp_path / "folds", "--train-data", data, "--output", data)

    def test_the_output_has_the_format_of_the_data(self, tmp_path):
        with pytest.raises(ConfigurationError, match=r"out\.conllx would .*, conllu\. Name an"):
            jackknife(tmp_path / "folds", "--output", tmp_path / "out.conllx")

    def test_data_without_trees(self, tmp_path):
        with pytest.raises(ConfigurationError, match=r"graphs\.sdp has no trees for a parser"):
            jackknife(tmp_path, "--train-data", FIXTURES_ROOT / "graphs.sdp")

    def test_the_folder_of_the_output_is_made_before_training(self, tmp_path, monkeypatch):
        output = tmp_path / "made" / "out.conllu"

        def train(runs, args):
            assert output.parent.is_dir()
            return {"fold-1": "it is enough"}

        monkeypatch.setattr("spigot_allennlp.commands.jackknife.train", train)
        with pytest.raises(SystemExit, match="it is enough"):
            jackknife(tmp_path / "folds", "--output", output)

    def test_data_that_are_not_there(self, tmp_path):
        (tmp_path / "out.conllu").touch()
        options = ["--train-data", "no.conllu", "--output", tmp_path / "out.conllu"]
        with pytest.raises(FormatError, match=r"no\.conllu: there is no such file"):
            jackknife(tmp_path / "folds", *options)

    def test_a_parser_that_fails(self, tmp_path):
        overrides = {**OVERRIDES, "model.deprel_hidden_dim": "many"}
        with pytest.raises(SystemExit, match=r"(?s)fold-1: .*fold-1\.log.*was not written"):
            jackknife(tmp_path, overrides=overrides)
        assert not list(tmp_path.glob("jackknifed*"))

    def test_a_model_without_trees(self, tmp_path):
        config = FIXTURES_ROOT / "sdp_parser.jsonnet"
        with pytest.raises(ConfigurationError, match=r"fold-1 predicts no trees\. Take"):
            jackknife(tmp_path, config=config)
