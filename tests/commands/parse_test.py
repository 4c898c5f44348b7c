"""`spigot parse` and `spigot_allennlp.load` with a trained model."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError
from allennlp.models import Model

import spigot_allennlp
from bilexical.command_line.parse_shard import Work, checksum, parse_shard
from bilexical.formats.corpus_files import read_sentences
from bilexical.formats.piece import Piece
from spigot_allennlp import loading
from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.models import IntermediateParser
from spigot_allennlp.nn.bfloat16 import mixed_precision
from spigot_allennlp.predictors import structured_parser
from tests import FIXTURES_ROOT
from tests.bilexical.command_line.console import environment, spigot
from tests.commands.cli import GRAPHS, allennlp, read_json_lines, write_json_lines

TEXT = "The cook who she hired left. Anna wants to fix\nthe old clock."


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def parser(archive):
    return spigot_allennlp.load(str(archive))


def test_an_archive_a_folder_and_a_name_are_the_same_model(
    archive, learner, parser, tmp_path, monkeypatch
):
    (tmp_path / "shipped" / "mine").mkdir(parents=True)
    shutil.copy(archive, tmp_path / "shipped" / "mine")
    monkeypatch.setattr(loading, "SHIPPED", tmp_path / "shipped")
    assert loading.shipped_models() == ["mine"]
    expected = parser(TEXT)
    assert [len(sentence.words) for sentence in expected] == [7, 8]
    assert spigot_allennlp.load("mine")(TEXT) == expected
    assert spigot_allennlp.load(str(learner))(TEXT) == expected


def test_the_command_writes_what_the_parser_gives(parser, archive, text, tmp_path):
    output = tmp_path / "out.jsonl"
    assert spigot("parse", text, "--model", archive, "-o", output) == 0
    for sentence, found in zip(parser(TEXT), read_json_lines(output)):
        assert found["words"] == [word.form for word in sentence.words]
        assert (found["heads"], found["deprels"]) == (sentence.heads, sentence.deprels)
        assert found["tops"] == sentence.tops
        assert [(a["modifier"], a["head"], a["label"]) for a in found["arcs"]] == sentence.arcs


class TestBfloat16:
    def test_is_rounded(self, say_has_bfloat16, archive, parser, text, tmp_path):
        """The parser knows these sentences by heart, so that rounding changes no decision."""
        say_has_bfloat16(True)
        rounded = spigot_allennlp.load(str(archive), bfloat16=True)
        weights, single = (
            dict(each.predictor._model.named_parameters()) for each in (rounded, parser)
        )
        kinds = {name: value.dtype for name, value in weights.items()}
        converted = {name for name, kind in kinds.items() if kind == torch.bfloat16}
        assert {kinds[name] for name in kinds.keys() - converted} == {torch.float32}
        # What is no encoder and no scorer.
        assert {name.split(".")[-1] for name in kinds.keys() - converted} == {"most_per_predicate"}
        for name in converted:
            assert torch.equal(weights[name], single[name].bfloat16())
        sentences = list(read_sentences(GRAPHS, "sdp_augmented"))
        found, expected = ([y for _, y in p.predict(sentences)] for p in (rounded, parser))
        assert len(found) == len(sentences) and found == expected
        output = tmp_path / "out.jsonl"
        assert spigot("parse", text, "--model", archive, "-o", output, "--bfloat16") == 0
        assert [each["heads"] for each in read_json_lines(output)] == [
            each.heads for each in rounded(TEXT)
        ]

    def test_scores_are_in_single_precision(self, say_has_bfloat16, archive, monkeypatch):
        say_has_bfloat16(True)
        rounded = spigot_allennlp.load(str(archive), bfloat16=True)
        found = []
        for parser in (IntermediateParser, *IntermediateParser.__subclasses__()):
            score_parts = parser.score_parts

            def watched(*arguments, score_parts=score_parts, **named):
                result = score_parts(*arguments, **named)
                found.append((result.scores.dtype, result.encoded.dtype, mixed_precision()))
                return result

            monkeypatch.setattr(parser, "score_parts", watched)
        rounded(TEXT)
        assert len(found) >= 2 and set(found) == {(torch.float32, torch.float32, None)}

    def test_without_it_nothing_changes(
        self, say_has_bfloat16, archive, parser, text, tmp_path, caplog
    ):
        say_has_bfloat16(False)
        same = spigot_allennlp.load(str(archive), bfloat16=True)
        assert caplog.text.count("single precision is used") == 1
        assert {p.dtype for p in same.predictor._model.parameters()} == {torch.float32}
        assert same(TEXT) == parser(TEXT)
        plain, asked = tmp_path / "plain.jsonl", tmp_path / "asked.jsonl"
        assert spigot("parse", text, "--model", archive, "-o", plain) == 0
        assert spigot("parse", text, "--model", archive, "-o", asked, "--bfloat16") == 0
        assert plain.read_bytes() == asked.read_bytes()

    def test_is_refused_on_a_gpu(self, archive, monkeypatch):
        def refuse(model, convert):
            raise ConfigurationError("bfloat16 is for models on the CPU")

        monkeypatch.setattr(structured_parser, "compute_in_bfloat16", refuse)
        with pytest.raises(ValueError, match="cannot be loaded as a parser: bfloat16 is for"):
            spigot_allennlp.load(str(archive), bfloat16=True)


@pytest.mark.parametrize("name", ["graphs.sdpx", "graphs.sdp", "graphs_2014.sdp", "trees.conllu"])
def test_corpora_are_those_of_allennlp_predict(archive, tree_archive, tmp_path, name):
    corpus, model = FIXTURES_ROOT / name, tree_archive if name == "trees.conllu" else archive
    ours, allennlp_s = (tmp_path / f"{end}-{name}" for end in ("ours", "theirs"))
    assert spigot("parse", corpus, "--model", model, "-o", ours) == 0
    options = ["--use-dataset-reader", "--silent", "--output-file", allennlp_s]
    options += ["--predictor-args", '{"output_format": "sdp_2014"}'] if "2014" in name else []
    allennlp("predict", model, corpus, *options)
    if "2014" in name:
        ours_2014 = ours.with_suffix(".txt")
        spigot("parse", corpus, "--model", model, "-o", ours_2014, "--to", "sdp_2014")
        ours = ours_2014
    assert ours.read_text(encoding="utf-8") == allennlp_s.read_text(encoding="utf-8")


def test_json_lines_are_those_of_allennlp_predict(archive, tmp_path):
    inputs = [{"sentence": "Dogs bark.", "id": 3}, {"tokens": ["Cats"], "pos": ["NNS"], "key": [1]}]
    path = write_json_lines(tmp_path / "in.jsonl", *inputs)
    allennlp("predict", archive, path, "--silent", "--output-file", tmp_path / "theirs.jsonl")
    assert spigot("parse", path, "--model", archive, "-o", tmp_path / "ours.jsonl") == 0
    assert read_json_lines(tmp_path / "ours.jsonl") == read_json_lines(tmp_path / "theirs.jsonl")


def test_in_a_process_of_its_own(archive, text):
    """The console script, into a pipe."""
    command = [sys.executable, "-m", "bilexical", "parse", "-"]
    command += ["--model", str(archive), "--to", "conllu"]
    result = subprocess.run(
        command, input=TEXT, env=environment(), capture_output=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("# sent_id = 1\n1\tThe\t") and result.stdout.count("\n\n") == 2
    assert result.stderr.splitlines()[-1].startswith("2 sentences parsed, 0 left out")


def test_the_model_remembers_its_language(tmp_path):
    overrides = {"dataset_reader.spacy_model": "blank:sv", "trainer.num_epochs": 1}
    config = FIXTURES_ROOT / "sdp_parser.jsonnet"
    allennlp("train", config, "-s", tmp_path / "run", "-o", json.dumps(overrides))
    swedish = tmp_path / "elsewhere.tar.gz"
    shutil.copy(tmp_path / "run" / "model.tar.gz", swedish)
    (sentence,) = spigot_allennlp.load(str(swedish))("Hon bor bl.a. här")
    assert [word.form for word in sentence.words] == ["Hon", "bor", "bl.a.", "här"]
    english = spigot_allennlp.load(str(swedish), spacy_model="blank:en")
    assert [len(words) for _, words in english.positions("Hon bor bl.a. här")] != [4]
    inputs = write_json_lines(tmp_path / "in.jsonl", {"sentence": "Hon bor bl.a. här"})
    allennlp("predict", swedish, inputs, "--silent", "--output-file", tmp_path / "out.jsonl")
    assert read_json_lines(tmp_path / "out.jsonl")[0]["words"] == ["Hon", "bor", "bl.a.", "här"]


@pytest.fixture
def with_own_estimator(learner, tmp_path, monkeypatch):
    """A function that makes a folder with a model that has an estimator of a module beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = dict(Registrable._registry[StructuredGradientEstimator])

    def make(name):
        code = (
            "from spigot_allennlp.estimators import Spigot, StructuredGradientEstimator\n\n"
            f"StructuredGradientEstimator.register({name!r})(type({name!r}, (Spigot,), {{}}))\n"
        )
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
        shutil.copytree(learner, tmp_path / "run")
        config = json.loads((learner / "config.json").read_text(encoding="utf-8"))
        config["model"]["estimator"] = {"type": name}
        (tmp_path / "run" / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return "run"

    yield make
    registry = Registrable._registry[StructuredGradientEstimator]
    registry.clear()
    registry.update(before)


class TestClassesOfTheUser:
    def test_in_a_package_that_is_named(self, with_own_estimator, parser, text, capsys):
        command = ["parse", text, "--model", with_own_estimator("first_of_users")]
        assert spigot(*command) == 2
        assert "first_of_users not in acceptable choices" in capsys.readouterr().err
        assert spigot(*command, "--include-package", "first_of_users") == 0
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [each["heads"] for each in found] == [each.heads for each in parser(TEXT)]

    def test_in_a_plugin(self, with_own_estimator, text, tmp_path):
        folder = with_own_estimator("second_of_users")
        (tmp_path / ".allennlp_plugins").write_text("second_of_users\n", encoding="utf-8")
        assert spigot("parse", text, "--model", folder, "-o", "out.jsonl") == 0

    def test_by_workers(self, with_own_estimator):
        folder = with_own_estimator("third_of_users")
        piece = Piece("a.txt", TEXT.encode(), 1, "text", None, len(TEXT))
        archive = loading.archive_bytes(folder)
        options = {"target": "jsonl", "include_packages": ("third_of_users",)}
        work = Work("mine", checksum(archive), None, -1, 0, **options)
        about = json.loads(parse_shard(piece, work, archive).splitlines()[0])
        assert about["num_parsed"] == 2

    def test_a_package_that_is_not_there(self, archive, text, capsys):
        command = ["parse", text, "--model", archive, "--include-package", "not_here"]
        assert spigot(*command) == 2
        assert "--include-package not_here: there is no module not_here" in capsys.readouterr().err


class TestErrors:
    def test_a_gpu_that_is_not_there(self, archive, text, capsys):
        number = torch.cuda.device_count() + 3
        assert spigot("parse", text, "--model", archive, "--cuda-device", number) == 2
        assert f"there is no GPU {number}: torch finds " in capsys.readouterr().err

    def test_a_number_of_no_gpu(self, archive):
        with pytest.raises(ValueError, match="there is no GPU -2: torch finds "):
            spigot_allennlp.load(str(archive), cuda_device=-2)

    @pytest.mark.parametrize("name", ["", Path("nowhere") / "model.tar.gz"])
    def test_what_is_no_model(self, name):
        with pytest.raises(ValueError, match=f"no model '{name}'. Shipped with this package"):
            spigot_allennlp.load(name)

    def test_an_unknown_name_lists_those_that_there_are(self, monkeypatch, tmp_path, capsys, text):
        monkeypatch.setattr(loading, "SHIPPED", tmp_path)
        for name in ("two", "one"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "model.tar.gz").touch()
        message = r"no model 'tree'\. Shipped with this package: one, two\. The path of an archive"
        with pytest.raises(ValueError, match=message):
            spigot_allennlp.load("tree")
        assert spigot("parse", text, "--model", "tree") == 2
        assert "Shipped with this package: one, two." in capsys.readouterr().err

    def test_what_is_no_archive(self, tmp_path):
        (tmp_path / "model.tar.gz").write_text("no archive")
        with pytest.raises(ValueError, match=r"cannot be loaded as a parser: .*not a gzip file"):
            spigot_allennlp.load(str(tmp_path / "model.tar.gz"))

    def test_a_folder_without_a_model(self, tmp_path):
        with pytest.raises(ValueError, match="cannot be loaded as a parser: "):
            spigot_allennlp.load(str(tmp_path))

    def test_a_model_that_is_no_parser(self, archive, monkeypatch):
        loaded = spigot_allennlp.load(str(archive)).predictor._model
        monkeypatch.setattr(type(loaded), "default_predictor", "text_classifier")
        with pytest.raises(ValueError, match=r"whose predictor is text_classifier\. Name"):
            spigot_allennlp.load(str(archive))

    def test_without_allennlp(self, monkeypatch, text, capsys):
        monkeypatch.setattr(loading, "HAS_ALLENNLP", False)
        message = "a model is loaded by AllenNLP, which is not installed"
        with pytest.raises(ValueError, match=message):
            spigot_allennlp.load("model.tar.gz")
        assert spigot("parse", text) == 2
        assert message in capsys.readouterr().err

    def test_an_error_of_the_model_leaves_one_sentence_out(
        self, archive, text, tmp_path, monkeypatch, caplog
    ):
        original = Model.forward_on_instances

        def fail(model, instances):
            if any(len(instance["tokens"].tokens) == 8 for instance in instances):
                raise ConfigurationError("no memory left")
            return original(model, instances)

        monkeypatch.setattr(Model, "forward_on_instances", fail)
        output = tmp_path / "out.jsonl"
        assert spigot("parse", text, "--model", archive, "-o", output) == 1
        assert [len(each["words"]) for each in read_json_lines(output)] == [8]
        assert f"Left out: {text}, line 1: " in caplog.text and "no memory left" in caplog.text


def test_graphs_of_the_corpus_do_not_matter(archive, tmp_path):
    assert spigot("parse", GRAPHS, "--model", archive, "-o", tmp_path / "a.sdp") == 0
    plain = FIXTURES_ROOT / "graphs.sdp"
    assert spigot("parse", plain, "--model", archive, "-o", tmp_path / "b.sdp") == 0
    first, second = (list(read_sentences(tmp_path / name, "sdp")) for name in ("a.sdp", "b.sdp"))
    assert [x.arcs for x in first] == [x.arcs for x in second]
