"""`allennlp train` and what belongs to it."""

import json
import tarfile

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer

from spigot_allennlp.formats.errors import FormatError
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

    def test_a_misspelt_one_is_told_the_choices(self, tmp_path):
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


class TestRecover:
    @pytest.fixture
    def trained_epochs(self, monkeypatch):
        """The epochs that change the model; Control-C is pressed when epoch 1 comes first."""
        trained_epochs, train_epoch, pressed = [], GradientDescentTrainer._train_epoch, []

        def train_or_be_interrupted(trainer, epoch):
            if epoch == 1 and not pressed:
                pressed.append("Control-C")
                raise KeyboardInterrupt
            before = [parameter.clone() for parameter in trainer.model.parameters()]
            metrics = train_epoch(trainer, epoch)
            if not all(map(torch.equal, before, trainer.model.parameters())):
                trained_epochs.append(epoch)
            return metrics

        monkeypatch.setattr(GradientDescentTrainer, "_train_epoch", train_or_be_interrupted)
        return trained_epochs

    def test_goes_on_after_the_last_epoch(self, tmp_path, trained_epochs):
        run = tmp_path / "run"
        with pytest.raises(KeyboardInterrupt):
            train(run, CONFIG, {"trainer.num_epochs": 3})
        first = read_json(run / "metrics_epoch_0.json")
        train(run, CONFIG, {"trainer.num_epochs": 3}, "--recover")
        assert trained_epochs == [0, 1, 2]
        assert read_json(run / "metrics_epoch_0.json") == first
        assert read_json(run / "metrics.json")["epoch"] == 2
        assert (run / "model.tar.gz").exists()

    def test_with_another_estimator_is_refused(self, tmp_path, trained_epochs):
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "run", CONFIG, {})
        overrides = {"model.estimator": {"type": "modular"}}
        with pytest.raises(ConfigurationError, match="does not match"):
            train(tmp_path / "run", CONFIG, overrides, "--recover")


def test_build_vocab_and_train_with_it(tmp_path):
    vocabulary = tmp_path / "vocabulary.tar.gz"
    allennlp("build-vocab", CONFIG, vocabulary)
    overrides = {"vocabulary": {"type": "from_files", "directory": str(vocabulary)}}
    train(tmp_path / "run", CONFIG, {**overrides, "trainer.num_epochs": 1})
    assert "best_validation_LF" in read_json(tmp_path / "run" / "metrics.json")
    # Files hold no counts, and word dropout wants some: once for each of the two parsers.
    log = (tmp_path / "run" / "out.log").read_text(encoding="utf-8")
    assert log.count("The vocabulary has no counts") == 2


def test_two_workers_of_the_data_loader(tmp_path):
    train(tmp_path / "run", CONFIG, {"data_loader.num_workers": 2, "trainer.num_epochs": 1})
    metrics = read_json(tmp_path / "run" / "metrics.json")
    # One of the six trees crosses: all six have been seen, and each of them once.
    assert metrics["training_gold_outside"] == pytest.approx(1 / 6)
    assert metrics["validation_gold_outside"] == pytest.approx(1 / 6)


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
