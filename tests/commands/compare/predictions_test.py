import os
import tarfile

import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance
from allennlp.data.fields import LabelField
from overrides import overrides

from bilexical.formats.sdp import read_sdp
from spigot_allennlp.commands.compare import predictions
from spigot_allennlp.commands.compare.predictions import check_words, predictions_of_run, read_gold
from tests import FIXTURES_ROOT
from tests.bilexical.comparison.examples import tree_gold, tree_output

GRAPHS = str(FIXTURES_ROOT / "graphs.sdpx")


class WithoutSentence(DatasetReader):
    @overrides(check_signature=False)
    def _read(self, file_path):
        yield Instance({"label": LabelField("good")})


class TestGold:
    def test_sentences_of_the_file(self):
        gold = read_gold({"dataset_reader": {"type": "sdp"}}, GRAPHS)
        assert [annotated.sentence for annotated in gold] == list(read_sdp(GRAPHS))
        assert gold[0].label is None

    def test_as_the_data_for_evaluation_is_read(self):
        """Of 5 sentences one has no class; how many are read is for training."""
        reader = {"type": "sst", "granularity": "2-class", "max_instances": 2}
        config = {"dataset_reader": {"type": "sdp"}, "validation_dataset_reader": reader}
        assert len(read_gold(config, str(FIXTURES_ROOT / "sentiment_trees.txt"))) == 4
        assert reader == {"type": "sst", "granularity": "2-class", "max_instances": 2}

    def test_classes(self, tmp_path):
        path = tmp_path / "sentiment.txt"
        path.write_text("(4 (2 Splendid) (2 rain))\n(0 (2 Dull) (1 (2 old) (2 hat)))\n", "utf-8")
        gold = read_gold({"dataset_reader": {"type": "sst", "granularity": "2-class"}}, str(path))
        assert [annotated.label for annotated in gold] == ["positive", "negative"]
        assert [word.form for word in gold[1].sentence.words] == ["Dull", "old", "hat"]

    def test_instances_without_sentence(self, monkeypatch):
        monkeypatch.setattr(DatasetReader, "from_params", lambda params: WithoutSentence())
        with pytest.raises(ConfigurationError, match="`sentence` in their `metadata`"):
            read_gold({"dataset_reader": {}}, GRAPHS)

    def test_no_sentences(self, tmp_path):
        (tmp_path / "neutral.txt").write_text("(2 (2 It) (2 is))\n", "utf-8")
        config = {"dataset_reader": {"type": "sst", "granularity": "2-class"}}
        with pytest.raises(
            ConfigurationError, match=r"no sentences\. Name another file to compare on"
        ):
            read_gold(config, str(tmp_path / "neutral.txt"))


class TestOnce:
    @pytest.fixture
    def asked(self, monkeypatch):
        asked = []

        def predict(archive, path, purpose):
            asked.append(path)
            return [tree_output(0, 1)] * 2

        monkeypatch.setattr(predictions, "predict", predict)
        return asked

    def test_as_long_as_the_sentences_are_the_same(self, tmp_path, asked):
        gold = [tree_gold("one", 0, 1), tree_gold("two", 2, 0)]
        first = predictions_of_run(tmp_path, "a.conllu", gold)
        assert predictions_of_run(tmp_path, "copy of a.conllu", gold) == first
        assert asked == ["a.conllu"] and len(first) == 2
        other_tags = [tree_gold("one", 0, 1), tree_gold("two", 2, 0)]
        other_tags[1].sentence.words[0].pos = "NN"
        predictions_of_run(tmp_path, "b.conllu", other_tags)
        assert asked == ["a.conllu", "b.conllu"]

    def test_killed_while_it_wrote_those_for_other_sentences(self, tmp_path, asked, monkeypatch):
        gold = [tree_gold("one", 0, 1), tree_gold("two", 2, 0)]
        first = predictions_of_run(tmp_path, "a.conllu", gold)

        def write_half(path, values):
            path.write_text('{"words": ["w1"', encoding="utf-8")
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(predictions, "write_json_lines", write_half)
            with pytest.raises(KeyboardInterrupt):
                predictions_of_run(tmp_path, "b.conllu", gold[:1])
        assert predictions_of_run(tmp_path, "a.conllu", gold) == first
        assert asked == ["a.conllu", "b.conllu", "a.conllu"]

    def test_killed_in_the_middle(self, tmp_path, asked):
        (tmp_path / "predictions.jsonl").write_text('{"words": ["w1"', encoding="utf-8")
        gold = [tree_gold("one", 0, 1), tree_gold("two", 2, 0)]
        assert predictions_of_run(tmp_path, "a.conllu", gold) == [tree_output(0, 1)] * 2


class TestArchive:
    @pytest.fixture
    def made(self, tmp_path, monkeypatch):
        """What AllenNLP leaves after training, and the folders of which an archive is asked for."""
        made = []
        monkeypatch.setattr(
            predictions, "archive_model", lambda folder, include_in_archive: made.append(folder)
        )
        (tmp_path / "config.json").write_text("{}", encoding="utf-8")
        for name in ("metrics.json", "best.th"):
            (tmp_path / name).write_bytes(os.urandom(5000))
            os.utime(tmp_path / name, (1000, 1000))
        with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
            archive.add(tmp_path / "best.th", "weights.th")
        return made

    def test_good(self, tmp_path, made):
        assert predictions._archive(tmp_path) == tmp_path / "model.tar.gz"
        assert made == []

    @pytest.mark.parametrize("damage", ["missing", "half", "none of it", "old"])
    def test_bad(self, tmp_path, made, damage):
        archive = tmp_path / "model.tar.gz"
        if damage == "missing":
            archive.unlink()
        elif damage == "old":
            os.utime(archive, (900, 900))
        else:
            archive.write_bytes(archive.read_bytes()[: 3000 if damage == "half" else 0])
        predictions._archive(tmp_path)
        assert made == [tmp_path]

    def test_all_there_is(self, tmp_path, made):
        """Somebody copied the folder and left the weights out."""
        (tmp_path / "best.th").unlink()
        os.utime(tmp_path / "model.tar.gz", (900, 900))
        predictions._archive(tmp_path)
        assert made == []


@pytest.mark.parametrize(
    "outputs, message",
    [
        ([tree_output(0, 1)], r"the file ends before sentence 2 \('two'\) of the test data"),
        ([tree_output(0, 1), tree_output(0)], r"word 2 of sentence 2 \('two'\) is missing, but"),
    ],
)
def test_predictions_for_something_else(outputs, message):
    gold = [tree_gold("one", 0, 1), tree_gold("two", 0, 1)]
    with pytest.raises(ValueError, match=f"^mine: {message}"):
        check_words("mine", gold, outputs)
