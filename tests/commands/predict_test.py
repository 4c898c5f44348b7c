"""`allennlp predict` on each kind of input."""

import io
import json
import shutil
import sys

import pytest

from bilexical.formats.conll import read_conll
from bilexical.formats.errors import FormatError
from bilexical.formats.sdp import read_sdp
from tests import FIXTURES_ROOT
from tests.commands.cli import GRAPHS, allennlp, read_json_lines, write_json_lines

SENTENCE = ["The", "cook", "who", "she", "hired", "left", "."]
POS = ["DT", "NN", "WP", "PRP", "VBD", "VBD", "."]
KEYS = ["words", "heads", "deprels", "arcs", "tops"]


def predict(archive, inputs, output, *options):
    allennlp("predict", archive, inputs, "--silent", "--output-file", output, *options)


def predict_json(archive, folder, *inputs, options=()):
    path = write_json_lines(folder / "inputs.jsonl", *inputs)
    predict(archive, path, folder / "outputs.jsonl", *options)
    return read_json_lines(folder / "outputs.jsonl")


def check_structure(output):
    """What holds of every prediction of the pipeline."""
    num_words = len(output["words"])
    words = range(1, num_words + 1)
    assert len(output["heads"]) == len(output["deprels"]) == num_words
    assert output["heads"].count(0) == 1
    assert all(head in (0, *words) for head in output["heads"])
    assert all(top in words for top in output["tops"])
    for arc in output["arcs"]:
        assert set(arc) == {"head", "modifier", "label"}
        assert arc["head"] in words and arc["modifier"] in words
        assert arc["label"] not in ("__TOP__", "@@UNKNOWN@@", "@@PADDING@@")


class TestJson:
    def test_raw_text(self, archive, tmp_path):
        (output,) = predict_json(archive, tmp_path, {"sentence": "The cook who she hired left."})
        assert list(output) == KEYS
        assert output["words"] == SENTENCE
        check_structure(output)

    def test_tokens(self, archive, tmp_path):
        inputs = [{"tokens": SENTENCE, "id": "s1"}, {"tokens": ["naïve", "x y", "#", "…"]}]
        first, second = predict_json(archive, tmp_path, *inputs)
        assert list(first) == ["id", *KEYS] and first["id"] == "s1"
        assert second["words"] == ["naïve", "x y", "#", "…"]
        check_structure(first)
        check_structure(second)
        assert "naïve" in (tmp_path / "outputs.jsonl").read_text(encoding="utf-8")

    def test_tokens_and_tags(self, archive, tmp_path):
        """A sentence learned by heart, with the tags that it was learned with."""
        (output,) = predict_json(archive, tmp_path, {"tokens": SENTENCE, "pos": POS})
        check_structure(output)
        arcs = {(arc["modifier"], arc["head"], arc["label"]) for arc in output["arcs"]}
        gold = next(read_sdp(str(GRAPHS)))
        assert arcs & {tuple(arc) for arc in gold.arcs}
        predict(archive, GRAPHS, tmp_path / "out.jsonl", "--use-dataset-reader", *AS_JSON)
        from_file = read_json_lines(tmp_path / "out.jsonl")[0]
        assert {key: output[key] for key in KEYS} == {key: from_file[key] for key in KEYS}

    def test_missing_tags_are_mentioned_once(self, archive, tmp_path, caplog):
        predict_json(archive, tmp_path, {"sentence": "One."}, {"sentence": "Two."})
        messages = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
        assert len(messages) == 1, messages
        assert "trained with pos but the input has none" in messages[0]

    @pytest.mark.parametrize("batch_size", [2, 32])
    def test_batches_do_not_matter(self, archive, tmp_path, batch_size):
        inputs = [{"tokens": SENTENCE[:n], "pos": POS[:n]} for n in (7, 1, 3, 5, 2)]
        expected = predict_json(archive, tmp_path, *inputs)
        options = ["--batch-size", str(batch_size)]
        assert predict_json(archive, tmp_path, *inputs, options=options) == expected

    @pytest.mark.parametrize("text, words", [("", []), ('\n{"tokens": ["Hush"]}\n\n', ["Hush"])])
    def test_empty_lines_and_files(self, archive, tmp_path, text, words):
        (tmp_path / "in.jsonl").write_text(text, encoding="utf-8")
        predict(archive, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
        outputs = read_json_lines(tmp_path / "out.jsonl")
        assert [(output["words"], output["heads"]) for output in outputs] == [
            ([word], [0]) for word in words
        ]

    def test_standard_input(self, archive, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.StringIO('{"sentence": "She sings."}\n'))
        predict(archive, "-", tmp_path / "out.jsonl")
        (output,) = read_json_lines(tmp_path / "out.jsonl")
        assert output["words"] == ["She", "sings", "."]

    def test_without_output_file_it_is_printed(self, archive, tmp_path, capsys):
        path = write_json_lines(tmp_path / "in.jsonl", {"tokens": ["Dogs", "bark"]})
        allennlp("predict", archive, path)
        lines = capsys.readouterr().out.splitlines()
        (line,) = [line for line in lines if line.startswith("prediction: ")]
        check_structure(json.loads(line[len("prediction: ") :]))

    def test_to_a_corpus_file(self, archive, tmp_path):
        path = write_json_lines(tmp_path / "in.jsonl", {"tokens": SENTENCE, "pos": POS})
        options = ["--predictor-args", '{"output_format": "sdp"}']
        predict(archive, path, tmp_path / "out.sdp", *options)
        (sentence,) = read_sdp(str(tmp_path / "out.sdp"))
        assert [word.form for word in sentence.words] == SENTENCE


AS_JSON = ["--predictor-args", '{"output_format": "json"}']


class TestFiles:
    @pytest.mark.parametrize("name", ["graphs.sdpx", "graphs.sdp", "graphs_2014.sdp"])
    def test_graphs(self, archive, tmp_path, name):
        corpus = FIXTURES_ROOT / name
        predict(archive, corpus, tmp_path / "out.sdp", "--use-dataset-reader")
        predict(archive, corpus, tmp_path / "out.jsonl", "--use-dataset-reader", *AS_JSON)
        outputs = read_json_lines(tmp_path / "out.jsonl")
        before, after = (list(read_sdp(str(path))) for path in (corpus, tmp_path / "out.sdp"))
        assert len(before) == len(after) == len(outputs) == 6
        for old, new, output in zip(before, after, outputs):
            check_structure(output)
            assert (new.id, new.comments) == (old.id, old.comments)
            for word, old_word in zip(new.words, old.words):
                kept = ("form", "lemma", "pos")
                assert all(getattr(word, x) == getattr(old_word, x) for x in kept)
            arcs = {(arc["modifier"], arc["head"], arc["label"]) for arc in output["arcs"]}
            assert {tuple(arc) for arc in new.arcs} == arcs
            assert [n for n, word in enumerate(new.words, 1) if word.is_top] == output["tops"]
            if name == "graphs.sdpx":
                assert [word.head for word in new.words] == output["heads"]
        assert any(sentence.arcs for sentence in after)

    def test_gold_annotation_is_not_used(self, archive, tmp_path):
        predict(archive, GRAPHS, tmp_path / "out.jsonl", "--use-dataset-reader", *AS_JSON)
        predict(
            *(archive, FIXTURES_ROOT / "graphs.sdp", tmp_path / "other.jsonl"),
            *("--use-dataset-reader", *AS_JSON),
        )
        assert read_json_lines(tmp_path / "out.jsonl") == read_json_lines(tmp_path / "other.jsonl")

    @pytest.mark.parametrize("name", ["trees.conllu", "trees.conllx"])
    def test_trees(self, tree_archive, tmp_path, name):
        corpus = FIXTURES_ROOT / name
        predict(tree_archive, corpus, tmp_path / "out", "--use-dataset-reader")
        before = list(read_conll(str(corpus)))
        after = list(read_conll(str(tmp_path / "out")))
        assert len(before) == len(after) > 0
        for old, new in zip(before, after):
            ranges = [extra for extra in old.extra_lines if "-" in extra.text.split("\t")[0]]
            assert (new.comments, new.extra_lines) == (old.comments, ranges)
            assert [w.form for w in new.words] == [w.form for w in old.words]
            assert sum(word.head == 0 for word in new.words) == 1

    def test_trees_from_raw_text(self, tree_archive, tmp_path):
        (output,) = predict_json(tree_archive, tmp_path, {"sentence": "Rain fell."})
        assert list(output) == ["words", "heads", "deprels"]
        path = tmp_path / "inputs.jsonl"
        options = ["--predictor-args", '{"output_format": "conllu"}']
        predict(tree_archive, path, tmp_path / "out.conllu", *options)
        (sentence,) = read_conll(str(tmp_path / "out.conllu"))
        assert [word.head for word in sentence.words] == output["heads"]

    def test_a_batch_at_a_time(self, archive, tmp_path):
        predict(archive, GRAPHS, tmp_path / "one.sdpx", "--use-dataset-reader")
        predict(archive, GRAPHS, tmp_path / "all.sdpx", "--use-dataset-reader", "--batch-size", "9")
        one, together = tmp_path / "one.sdpx", tmp_path / "all.sdpx"
        assert one.read_text(encoding="utf-8") == together.read_text(encoding="utf-8")


def test_the_archive_is_all_that_is_needed(archive, tmp_path):
    """Moved away from the run, and used from another directory."""
    expected = predict_json(archive, tmp_path, {"tokens": SENTENCE, "pos": POS})
    moved, work = tmp_path / "elsewhere" / "parser.tar.gz", tmp_path / "work"
    moved.parent.mkdir()
    work.mkdir()
    shutil.copy(archive, moved)
    allennlp(
        *("predict", moved, tmp_path / "inputs.jsonl", "--silent", "--output-file", "out.jsonl"),
        folder=work,
    )
    assert read_json_lines(work / "out.jsonl") == expected


def test_loading_to_predict_warns_of_nothing(archive, tmp_path, caplog):
    predict_json(archive, tmp_path, {"tokens": SENTENCE, "pos": POS})
    assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING"] == []


class TestErrors:
    @pytest.mark.parametrize(
        "line, message",
        [
            ("Dogs bark.", r"the input line: 'Dogs bark\.' is not JSON"),
            ('{"text": "Dogs bark."}', "there are no 'words', and no 'sentence' of raw text"),
            ('{"tokens": ["Dogs"], "pos": ["NNS", "VBP"]}', "'pos' has 2 values for 1 words"),
        ],
    )
    def test_a_bad_line(self, archive, tmp_path, line, message):
        path = tmp_path / "in.jsonl"
        path.write_text(line + "\n", encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            predict(archive, path, tmp_path / "out.jsonl")

    def test_a_bad_file(self, archive, tmp_path):
        path = tmp_path / "bad.sdp"
        text = (FIXTURES_ROOT / "graphs.sdp").read_text(encoding="utf-8")
        path.write_text(text.replace("\n2\t", "\n3\t"), encoding="utf-8")
        with pytest.raises(FormatError, match=r"bad\.sdp, line 4: "):
            predict(archive, path, tmp_path / "out.sdp", "--use-dataset-reader")

    def test_an_empty_file(self, archive, tmp_path):
        (tmp_path / "empty.sdp").touch()
        with pytest.raises(FormatError, match=r"empty\.sdp: the file holds no sentence"):
            predict(archive, tmp_path / "empty.sdp", tmp_path / "out.sdp", "--use-dataset-reader")


class TestEverySentenceHasItsOutput:
    """The model is a pipeline, of which the tree is the intermediate structure."""

    @pytest.mark.parametrize("batch_size", [1, 3])
    def test_without_words_and_over_max_tokens(self, archive, tmp_path, batch_size):
        inputs = [{"sentence": "Dogs bark."}, {"sentence": ""}, {"tokens": ["dog"] * 301}]
        options = ["--batch-size", str(batch_size)]
        first, second, third = predict_json(archive, tmp_path, *inputs, options=options)
        check_structure(first)
        assert second == {key: [] for key in KEYS}
        check_structure(third)
        assert len(third["words"]) == 301
        assert [first] == predict_json(archive, tmp_path, inputs[0])

    def test_a_file_without_annotation_over_max_tokens(self, archive, tmp_path):
        rows = "".join(f"{n}\tdog\tdog\tNN\t_\t_\t-\t-\t_\n" for n in range(1, 302))
        (tmp_path / "in").write_text(f"#1\n{rows}\n#2\n1\tYes\tyes\tUH\t_\t_\t-\t-\t_\n\n")
        filters = {"drop_without_arcs": True, "nonprojective": "drop", "max_instances": 1}
        overrides = {f"dataset_reader.{name}": value for name, value in filters.items()}
        options = [*FROM_FILE, "-o", json.dumps(overrides)]
        predict(archive, tmp_path / "in", tmp_path / "out", *options)
        first, second = read_sdp(tmp_path / "out")
        assert (first.id, len(first.words), second.id, len(second.words)) == ("1", 301, "2", 1)

    def test_faulty_annotation(self, archive, tmp_path):
        """Its neighbors, and the sentence itself, are parsed as if it were not there."""
        text = GRAPHS.read_text(encoding="utf-8")
        damaged = text.replace("\t2\tdet\t", "\t1\tdet\t").replace("\tloc\n", "\t__TOP__\n")
        (tmp_path / "in").write_text(damaged.replace("\tv_1\t", "\t\t"), encoding="utf-8")
        assert damaged != text
        predict(archive, GRAPHS, tmp_path / "sound", *FROM_FILE, *AS_JSON)
        predict(archive, tmp_path / "in", tmp_path / "out", *FROM_FILE, *AS_JSON)
        assert read_json_lines(tmp_path / "out") == read_json_lines(tmp_path / "sound")

    def test_gold_senses_are_not_in_the_output(self, archive, tmp_path, caplog):
        num_senses = sum(word.frame is not None for x in read_sdp(GRAPHS) for word in x.words)
        predict(archive, GRAPHS, tmp_path / "out", *FROM_FILE)
        assert {word.frame for x in read_sdp(tmp_path / "out") for word in x.words} == {None}
        assert f"{GRAPHS}: {num_senses} words have a sense, which no model" in caplog.text
        assert num_senses > 0

    def test_trees_for_some_words_and_sentences_only(self, tree_archive, tmp_path):
        rows = ["1\tCats\tcats\tNOUN\tNNS\t_\t{}\t_\t_", "2\tsleep\t_\tVERB\tVBP\t_\t{}\t_\t_"]
        block = "\n".join(rows) + "\n\n"
        heads = [("2\tnsubj", "0\troot"), ("_\t_", "_\t_"), ("2\tnsubj", "_\t_"), ("2\tx", "1\ty")]
        (tmp_path / "in.conllu").write_text("".join(block.format(*pair) for pair in heads))
        predict(tree_archive, tmp_path / "in.conllu", tmp_path / "out", *FROM_FILE)
        sentences = list(read_conll(tmp_path / "out"))
        assert len({tuple(word.head for word in x.words) for x in sentences}) == 1
        assert len(sentences) == 4


FROM_FILE = ["--use-dataset-reader", "--batch-size", "4"]
