"""`allennlp train` and what belongs to it."""

import json
import tarfile

import pytest
from allennlp.commands import find_learning_rate
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from bilexical.formats.errors import FormatError
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.commands.cli import GRAPHS, allennlp, bare_allennlp, read_json

CONFIG = FIXTURES_ROOT / "sdp_pipeline.jsonnet"
SHIPPED = PROJECT_ROOT / "training_configs" / "sdp_spigot.jsonnet"
ON_FIXTURE = {"train_data_path": str(GRAPHS), "validation_data_path": str(GRAPHS)}


def train(run, config, overrides, *flags):
    allennlp("train", config, "-s", run, "-o", json.dumps(overrides), *flags)


def test_train_leaves_an_archive_and_metrics(learner):
    metrics = read_json(learner / "metrics.json")
    assert metrics["best_validation_LF"] > 0.8
    assert metrics["training_gradient_norm"] > 0
    with tarfile.open(learner / "model.tar.gz") as archive:
        assert {"config.json", "weights.th", "vocabulary"} <= {
            name.strip("./") for name in archive.getnames()
        }


class TestChangingTheEstimatorIsOneKey:
    @pytest.mark.parametrize(
        "estimator",
        [
            {"type": "straight_through"},
            {"type": "modular"},
            "structured_attention",
            {"type": "spigot", "step_size": 0.5},
        ],
        ids=str,
    )
    def test_nothing_else_changes(self, estimator, tmp_path):
        overrides = {**ON_FIXTURE, "model.estimator": estimator}
        train(tmp_path / "run", SHIPPED, overrides, "--dry-run")
        config = read_json(tmp_path / "run" / "config.json")
        expected = Params.from_file(SHIPPED, json.dumps(ON_FIXTURE)).as_dict(quiet=True)
        assert config["model"].pop("estimator") == estimator
        assert expected["model"].pop("estimator")["type"] == "spigot"
        assert config == expected

    def test_a_misspelled_one_is_told_the_choices(self, tmp_path):
        overrides = {**ON_FIXTURE, "model.estimator": {"type": "straight-through"}}
        with pytest.raises(ConfigurationError, match=r"straight-through.*straight_through"):
            train(tmp_path / "run", SHIPPED, overrides, "--dry-run")

    def test_an_option_of_another_one_is_named(self, tmp_path):
        estimator = {"type": "straight_through", "step_size": 0.5}
        overrides = {**ON_FIXTURE, "model.estimator": estimator}
        with pytest.raises(ConfigurationError, match=r"StraightThrough.*step_size"):
            train(tmp_path / "run", SHIPPED, overrides, "--dry-run")

    def test_a_nested_override_would_replace_the_whole_model(self, tmp_path):
        overrides = {**ON_FIXTURE, "model": {"estimator": {"type": "straight_through"}}}
        with pytest.raises(ConfigurationError, match=r'"type" is required.*"model'):
            train(tmp_path / "run", SHIPPED, overrides, "--dry-run")


def test_dry_run_builds_everything_and_trains_nothing(tmp_path):
    train(tmp_path / "run", CONFIG, {}, "--dry-run")
    assert (tmp_path / "run" / "vocabulary" / "roles.txt").exists()
    assert not list((tmp_path / "run").glob("metrics*"))


def test_a_directory_with_a_run_is_kept_unless_forced(tmp_path):
    train(tmp_path / "run", CONFIG, {}, "--dry-run")
    (tmp_path / "run" / "notes").touch()
    with pytest.raises(ConfigurationError, match="already exists and is not empty"):
        train(tmp_path / "run", CONFIG, {}, "--dry-run")
    train(tmp_path / "run", CONFIG, {}, "--dry-run", "-f")
    assert not (tmp_path / "run" / "notes").exists()


def test_build_vocab_and_train_with_it(tmp_path):
    vocabulary = tmp_path / "vocabulary.tar.gz"
    allennlp("build-vocab", CONFIG, vocabulary)
    overrides = {"vocabulary": {"type": "from_files", "directory": str(vocabulary)}}
    train(tmp_path / "run", CONFIG, {**overrides, "trainer.num_epochs": 1})
    assert "best_validation_LF" in read_json(tmp_path / "run" / "metrics.json")
    # Files hold no counts, and word dropout wants some: once for each of the two parsers.
    log = (tmp_path / "run" / "out.log").read_text(encoding="utf-8")
    assert log.count("The vocabulary has no counts") == 2


@pytest.mark.parametrize(
    "loader", [{"num_workers": 1}, {"num_workers": 2, "max_instances_in_memory": 4}], ids=str
)
def test_workers_of_the_data_loader(loader, tmp_path):
    overrides = {f"data_loader.{key}": value for key, value in loader.items()}
    train(tmp_path / "run", CONFIG, {**overrides, "trainer.num_epochs": 1})
    metrics = read_json(tmp_path / "run" / "metrics.json")
    # One of the six trees crosses: all six have been seen, and each of them once.
    assert metrics["training_gold_outside"] == pytest.approx(1 / 6)
    assert metrics["validation_gold_outside"] == pytest.approx(1 / 6)


def test_find_lr(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    searches, search = [], find_learning_rate.search_learning_rate
    monkeypatch.setattr(
        find_learning_rate,
        "search_learning_rate",
        lambda *args, **options: searches.append(search(*args, **options)) or searches[0],
    )
    options = ["--num-batches", "20", "--start-lr", "1e-4", "--end-lr", "0.1"]
    allennlp("find-lr", CONFIG, "-s", tmp_path / "run", *options)
    ((rates, losses),) = searches
    assert rates[0] == 1e-4 and rates == sorted(rates) and rates[-1] == pytest.approx(0.1)
    # Of the same batch.
    assert losses[18] < losses[0]
    assert (tmp_path / "run" / "lr-losses.png").read_bytes().startswith(b"\x89PNG")


def test_a_pipeline_without_gold_trees(tmp_path):
    """The end task alone trains the intermediate parser then."""
    path = str(FIXTURES_ROOT / "graphs.sdp")
    overrides = {"train_data_path": path, "validation_data_path": path}
    train(tmp_path / "run", CONFIG, {**overrides, "trainer.num_epochs": 1})
    metrics = read_json(tmp_path / "run" / "metrics.json")
    assert metrics["training_gradient_norm"] > 0
    assert "training_LF" in metrics


def test_print_results(learner, capsys):
    keys = ["best_validation_LF", "best_validation_UAS"]
    bare_allennlp("print-results", learner.parent, "-k", *keys)
    header, row = capsys.readouterr().out.splitlines()[-2:]
    assert header == "model_run, " + ", ".join(keys)
    metrics = read_json(learner / "metrics.json")
    assert [float(x) for x in row.split(", ")[1:]] == [metrics[key] for key in keys]


class TestErrors:
    """What a user reads who gives a bad file."""

    @pytest.fixture
    def bad_file(self, tmp_path):
        path = tmp_path / "bad.sdpx"
        text = GRAPHS.read_text(encoding="utf-8")
        assert text.count("6\tnsubj\t") == 1
        path.write_text(text.replace("6\tnsubj\t", "66\tnsubj\t"), encoding="utf-8")
        return path

    @pytest.mark.parametrize("num_workers", [0, 2])
    def test_a_bad_file(self, tmp_path, bad_file, num_workers):
        overrides = {"train_data_path": str(bad_file), "data_loader.num_workers": num_workers}
        with pytest.raises(Exception, match=r"bad\.sdpx, line 4: .*66") as error:
            train(tmp_path / "run", CONFIG, overrides)
        # AllenNLP wraps what happens in a worker, and keeps the message.
        assert isinstance(error.value, FormatError) or num_workers

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(FormatError, match=r"nowhere\.sdpx: there is no such file"):
            train(tmp_path / "run", CONFIG, {"train_data_path": "nowhere.sdpx"})

    @pytest.mark.parametrize("num_workers", [0, 2])
    def test_a_long_sentence(self, tmp_path, num_workers):
        overrides = {"dataset_reader.max_tokens": 7, "data_loader.num_workers": num_workers}
        message = r"graphs\.sdpx:12, sentence 'invented-2' has 8 tokens but max_tokens is 7"
        with pytest.raises(Exception, match=message):
            train(tmp_path / "run", CONFIG, overrides)

    def test_a_metric_that_is_not_there(self, tmp_path):
        overrides = {"trainer.validation_metric": "+F1", "trainer.num_epochs": 1}
        with pytest.raises(ConfigurationError, match="F1"):
            train(tmp_path / "run", CONFIG, overrides)
