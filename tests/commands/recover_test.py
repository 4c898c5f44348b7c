"""
`allennlp train --recover`: an interrupted run ends like one that was not.

With ALL_KILLS in the environment, three models are killed at every event of their files.
"""

import io
import json
import os
import shutil
import signal
import tarfile
from copy import deepcopy
from functools import lru_cache, partial
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer

from tests import FIXTURES_ROOT
from tests.commands.cli import GRAPHS, allennlp, read_json
from tests.commands.killed import (
    Kill,
    all_kills,
    in_another_process,
    killed_at,
    killed_in_a_batch,
)

PIPELINE = FIXTURES_ROOT / "sdp_pipeline.jsonnet"
TWO_CORPORA = FIXTURES_ROOT / "sdp_two_corpora.jsonnet"
WARM_START = FIXTURES_ROOT / "sdp_frozen.jsonnet"

# Random numbers everywhere: in the order of the batches, in dropout and in word dropout.
RANDOM = {
    "data_loader": {
        "batch_sampler": {"type": "bucket", "batch_size": 2, "sorting_keys": ["tokens"]}
    },
    "model.intermediate.sentence_encoder.dropout": 0.3,
    "model.downstream.sentence_encoder.dropout": 0.3,
    "trainer.num_epochs": 4,
    # Which goes down, so that the best epoch is not the first.
    "trainer.validation_metric": "-loss",
}


def arguments_of(run, config, overrides):
    return ["train", config, "-s", run, "-o", json.dumps(overrides)]


def train(run, config, overrides, *flags):
    allennlp(*arguments_of(run, config, overrides), *flags)


@pytest.fixture
def interrupt(monkeypatch):
    """`interrupt(epoch, num_batches)` ends the next training there, once."""
    batch_outputs = GradientDescentTrainer.batch_outputs
    last = []

    def batch_outputs_or_control_c(trainer, batch, for_training):
        completed = (trainer._epochs_completed, trainer._batches_in_epoch_completed)
        if for_training and completed in last:
            last.remove(completed)
            raise KeyboardInterrupt
        return batch_outputs(trainer, batch, for_training)

    monkeypatch.setattr(GradientDescentTrainer, "batch_outputs", batch_outputs_or_control_c)
    return lambda epoch, num_batches: last.append((epoch, num_batches))


def results(run):
    """All that training says, without times, sizes and paths."""
    metrics = {path.name: read_json(path) for path in run.glob("metrics*.json")}
    for values in metrics.values():
        for name in list(values):
            if name.endswith(("_duration", "_memory_MB")):
                del values[name]
    states = {path.name: torch.load(path) for path in run.glob("*.th")}
    for name, state in states.items():
        if name.startswith("training_state"):
            del state["best_model_filename"]
    with tarfile.open(run / "model.tar.gz") as archive:
        archived = torch.load(io.BytesIO(archive.extractfile("weights.th").read()))
    config = read_json(run / "config.json")
    vocabulary = {path.name: path.read_bytes() for path in (run / "vocabulary").iterdir()}
    return {
        **{"metrics": metrics, "states": states, "archived weights": archived},
        **{"config": config, "vocabulary": vocabulary},
    }


def assert_equal(actual, expected, place=""):
    assert type(actual) is type(expected), place
    if isinstance(expected, dict):
        assert actual.keys() == expected.keys(), place
        for key in expected:
            assert_equal(actual[key], expected[key], f"{place}/{key}")
    elif isinstance(expected, (list, tuple)):
        assert len(actual) == len(expected), place
        for number, pair in enumerate(zip(actual, expected)):
            assert_equal(*pair, f"{place}/{number}")
    elif isinstance(expected, torch.Tensor):
        assert torch.equal(actual, expected), place
    else:
        assert actual == expected, place


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The results of a training that nothing has disturbed; each is trained once."""

    @lru_cache(maxsize=None)
    def trained(config, overrides):
        run = tmp_path_factory.mktemp("undisturbed") / "run"
        train(run, config, json.loads(overrides))
        return results(run)

    return lambda config, overrides: deepcopy(trained(config, json.dumps(overrides)))


def test_a_killed_process(undisturbed, tmp_path):
    run = tmp_path / "run"
    expected = undisturbed(PIPELINE, RANDOM)
    arguments = arguments_of(run, PIPELINE, RANDOM)
    assert killed_in_a_batch(2, 1, arguments, tmp_path / "output") == -signal.SIGKILL
    assert (run / "metrics_epoch_1.json").exists()
    assert not (run / "metrics_epoch_2.json").exists()
    train(run, PIPELINE, RANDOM, "--recover")
    assert_equal(results(run), expected)
    assert read_json(run / "metrics.json")["epoch"] == 3


class TestKilled:
    """At events of the files of a run. Its loss goes down, so that the best epoch is the last."""

    EPOCHS = {**RANDOM, "trainer.num_epochs": 2}
    WORSE = {**RANDOM, "trainer.num_epochs": 4, "trainer.validation_metric": "+loss"}

    @pytest.fixture
    def check(self, undisturbed, tmp_path):
        """Killed at the first moment, and again at the others while it is recovered."""
        return partial(self._check, undisturbed, tmp_path)

    @staticmethod
    def _check(undisturbed, tmp_path, config, overrides, *moments):
        run = tmp_path / "run"
        # First, so that its forks need not compile the kernels.
        expected = undisturbed(config, overrides)
        arguments = arguments_of(run, config, overrides)
        for moment in moments:
            assert killed_at(run, moment, arguments, tmp_path / "output") == -signal.SIGKILL, moment
            arguments = [*arguments_of(run, config, overrides), "--recover"]
        allennlp(*arguments)
        assert_equal(results(run), expected)
        return run

    @pytest.mark.parametrize(
        "moment",
        [
            Kill("open", "config.json"),
            Kill("open", "config.json", half=True),
            Kill("save", "training_state_e1_b0.th", half=True),
            Kill("os.link", "best.th", time=1),
            Kill("os.remove", "best.th", time=1),
            Kill("os.link", "best.th", time=2),
            Kill("open", "metrics.json", half=True),
            Kill("open", "model.tar.gz", half=True),
        ],
        ids=lambda moment: "-".join(map(str, moment)),
    )
    def test_once(self, moment, check):
        check(PIPELINE, self.EPOCHS, moment)

    def test_again_while_it_is_recovered(self, check):
        moments = [
            Kill("os.link", "best.th", time=2),
            Kill("open", "config.json", half=True),
            Kill("save", "best.th.draft", half=True),
            Kill("os.rename", "best.th"),
            Kill("open", "metrics.json"),
        ]
        check(PIPELINE, self.EPOCHS, *moments)

    def test_in_the_first_epoch_if_no_later_one_is_better(self, check):
        moment = Kill("os.link", "best.th")
        run = check(PIPELINE, self.WORSE, moment)
        assert read_json(run / "metrics.json")["best_epoch"] == 0

    def test_after_the_epoch_in_which_patience_ended(self, check):
        overrides = {**self.WORSE, "trainer.patience": 1}
        run = check(PIPELINE, overrides, Kill("open", "metrics.json"))
        assert read_json(run / "metrics.json")["epoch"] == 1

    def test_with_averaged_weights(self, check):
        overrides = {**self.EPOCHS, "trainer.moving_average": {"type": "exponential"}}
        moments = [
            Kill("save", "best.th", time=1, half=True),
            Kill("save", "best.th", time=1, half=True),
        ]
        check(PIPELINE, overrides, *moments)

    def test_after_the_last_batch_of_an_epoch(self, tmp_path):
        """The training metrics of such an epoch are not all of it, but they are there."""
        overrides = {**self.EPOCHS, "trainer.checkpointer.save_every_num_batches": 1}
        run = tmp_path / "run"
        arguments = arguments_of(run, PIPELINE, overrides)
        moment = Kill("open", "metrics_epoch_1.json")
        assert killed_at(run, moment, arguments, tmp_path / "output") == -signal.SIGKILL
        train(run, PIPELINE, overrides, "--recover")
        first, second = (read_json(run / f"metrics_epoch_{epoch}.json") for epoch in (0, 1))
        assert first.keys() == second.keys() == read_json(run / "metrics.json").keys()

    def test_another_configuration_is_refused(self, tmp_path):
        run, moment = tmp_path / "run", Kill("open", "config.json", half=True)
        killed_at(run, moment, arguments_of(run, PIPELINE, RANDOM), tmp_path / "output")
        with pytest.raises(ConfigurationError, match=r"config\.json is cut off, .* --force"):
            train(run, WARM_START, {}, "--recover")

    @pytest.mark.skipif("ALL_KILLS" not in os.environ, reason="takes six minutes: set ALL_KILLS")
    @pytest.mark.parametrize(
        "config, overrides",
        [
            (FIXTURES_ROOT / "conll_parser.jsonnet", {}),
            (PIPELINE, EPOCHS),
            (FIXTURES_ROOT / "sst_pipeline.jsonnet", {**WORSE, "trainer.patience": 1}),
        ],
        ids=lambda value: getattr(value, "stem", None),
    )
    def test_at_every_event(self, config, overrides, undisturbed, tmp_path, capsys):
        run, whole, output = tmp_path / "run", tmp_path / "whole", tmp_path / "output"
        # First, so that its forks need not compile the kernels.
        expected = undisturbed(config, overrides)
        kills = all_kills(whole, arguments_of(whole, config, overrides), output)
        outcomes = {}
        for moment in kills:
            arguments = arguments_of(run, config, overrides)
            assert killed_at(run, moment, arguments, output) == -signal.SIGKILL, moment
            arguments += ["--recover"] if run.exists() else []
            outcomes[moment] = "ok"
            if in_another_process(lambda arguments=arguments: allennlp(*arguments), output) != 0:
                outcomes[moment] = output.read_text(encoding="utf-8").splitlines()[-1]
            else:
                try:
                    assert_equal(results(run), expected)
                except AssertionError as error:
                    outcomes[moment] = f"differs: {error}"
            shutil.rmtree(run)
            with capsys.disabled():
                print(*moment, outcomes[moment], sep="\t", flush=True)  # noqa: T201
        assert set(outcomes.values()) == {"ok"}


@pytest.mark.parametrize(
    "config, overrides, last",
    [
        (TWO_CORPORA, {}, (2, 1)),
        # The best epoch is the first, and no epoch after the interruption is better.
        (
            PIPELINE,
            {
                **RANDOM,
                "trainer.validation_metric": "+loss",
                "test_data_path": str(GRAPHS),
                "evaluate_on_test": True,
            },
            (1, 1),
        ),
        # Its rates are numbers of numpy, which torch does not load.
        (
            PIPELINE,
            {**RANDOM, "trainer.learning_rate_scheduler": {"type": "cosine", "t_initial": 3}},
            (2, 1),
        ),
    ],
    ids=["two corpora", "the best epoch before", "cosine"],
)
def test_control_c(config, overrides, last, undisturbed, tmp_path, interrupt):
    run = tmp_path / "run"
    expected = undisturbed(config, overrides)
    interrupt(*last)
    with pytest.raises(KeyboardInterrupt):
        train(run, config, overrides)
    train(run, config, overrides, "--recover")
    assert_equal(results(run), expected)


def test_checkpoints_within_an_epoch(undisturbed, tmp_path, interrupt):
    """Of the interrupted epoch, the training metrics alone are not those of an undisturbed run."""
    overrides = {**RANDOM, "trainer.checkpointer.save_every_num_batches": 1}
    run = tmp_path / "run"
    expected = undisturbed(PIPELINE, overrides)
    interrupt(1, 2)
    with pytest.raises(KeyboardInterrupt):
        train(run, PIPELINE, overrides)
    assert (run / "model_state_e1_b2.th").exists()
    train(run, PIPELINE, overrides, "--recover")
    actual = results(run)
    for result in (actual, expected):
        epoch = result["metrics"]["metrics_epoch_1.json"]
        result["metrics"]["metrics_epoch_1.json"] = {
            name: value for name, value in epoch.items() if not name.startswith("training_")
        }
    assert_equal(actual, expected)


@pytest.mark.parametrize("broken", ["model_state_e2_b0.th", "training_state_e2_b0.th"])
def test_killed_while_a_checkpoint_is_written(broken, undisturbed, tmp_path, monkeypatch):
    run = tmp_path / "run"
    expected = undisturbed(PIPELINE, RANDOM)
    save = torch.save

    def save_half(value, path):
        save(value, path)
        if Path(path).name == broken:
            with open(path, "r+b") as file:
                file.truncate(Path(path).stat().st_size // 2)
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", save_half)
        with pytest.raises(KeyboardInterrupt):
            train(run, PIPELINE, RANDOM)
    train(run, PIPELINE, RANDOM, "--recover")
    assert_equal(results(run), expected)
    log = (run / "out.log").read_text(encoding="utf-8")
    assert log.count("model_state_e2_b0.th is not complete") == 1


class TestWarmStart:
    """A pipeline that starts from a parser whose archive is deleted before it is recovered."""

    @pytest.fixture
    def parser(self, tree_archive, tmp_path):
        return shutil.copy(tree_archive, tmp_path / "parser.tar.gz")

    @staticmethod
    def overrides(parser):
        return {
            "model.intermediate.initializer.regexes.0.1.archive_file": str(parser),
            "trainer.no_grad": [],
        }

    def test_goes_on_without_the_archive(self, parser, undisturbed, tmp_path, interrupt):
        run = tmp_path / "run"
        overrides = self.overrides(parser)
        expected = undisturbed(WARM_START, overrides)
        interrupt(1, 1)
        with pytest.raises(KeyboardInterrupt):
            train(run, WARM_START, overrides)
        parser.unlink()
        train(run, WARM_START, overrides, "--recover")
        assert_equal(results(run), expected)

    def test_needs_the_archive_before_the_first_checkpoint(
        self, parser, undisturbed, tmp_path, interrupt
    ):
        run = tmp_path / "run"
        overrides = self.overrides(parser)
        expected = undisturbed(WARM_START, overrides)
        interrupt(0, 1)
        with pytest.raises(KeyboardInterrupt):
            train(run, WARM_START, overrides)
        moved = parser.rename(tmp_path / "moved.tar.gz")
        with pytest.raises(ConfigurationError, match=r"no archive .*parser\.tar\.gz"):
            train(run, WARM_START, overrides, "--recover")
        moved.rename(parser)
        train(run, WARM_START, overrides, "--recover")
        assert_equal(results(run), expected)


@pytest.mark.parametrize(
    "estimator",
    [
        {"type": "annealed_attention", "num_steps": 7},
        {"type": "implicit_mle", "step_size": {"type": "adaptive", "initial": 0.5}},
        {"type": "spigot", "step_size": {"type": "adaptive", "initial": 0.5}},
    ],
    ids=["annealed", "implicit MLE", "spigot"],
)
def test_an_estimator_that_changes_in_training(estimator, undisturbed, tmp_path, interrupt):
    """Three batches are an epoch: the seventh, after which attention is hard, is in the third."""
    overrides = {**RANDOM, "model.estimator": estimator}
    run = tmp_path / "run"
    expected = undisturbed(PIPELINE, overrides)
    interrupt(1, 1)
    with pytest.raises(KeyboardInterrupt):
        train(run, PIPELINE, overrides)
    train(run, PIPELINE, overrides, "--recover")
    assert_equal(results(run), expected)
    states = [expected["states"][f"model_state_e{epoch}_b0.th"] for epoch in (3, 4)]
    keys = ["_extra_state"]
    if "step_size" in estimator:
        keys = ["step_size.beta", "step_size.mean_count"]
    for key in keys:
        values = [state[f"estimator.{key}"].item() for state in states]
        assert values[0] != values[1]
    if estimator["type"] == "annealed_attention":
        assert values == [9, 12]


# Everything that changes while a parser is held, or that is copied before it is trained.
HELD = {
    **RANDOM,
    "model.candidates": {"max_heads": 3},
    "model.anchor": 0.3,
    "model.warm_up": {"after": 4, "over": 6, "unit": "steps"},
    "model.intermediate_loss_weight": {"start": 1.0, "end": 0.5, "epochs": 3},
    "model.costly_diagnostics": True,
    "trainer.optimizer.parameter_groups": [[["^_intermediate\\."], {"lr": 0.0005}]],
    "trainer.callbacks": [
        {"type": "exact_recovery"},
        {"type": "group_clipping", "groups": [[["^_intermediate\\."], 0.3]]},
    ],
}


@pytest.mark.parametrize("within_the_epoch", [False, True])
def test_a_parser_that_is_held(within_the_epoch, undisturbed, tree_archive, tmp_path, interrupt):
    """Without the archive that it started from."""
    parser = shutil.copy(tree_archive, tmp_path / "parser.tar.gz")
    overrides = {
        **HELD,
        "model.estimator": {"type": "spigot"},
        "model.intermediate.initializer.regexes.0.1.archive_file": str(parser),
        "trainer.no_grad": [],
        "model.separate_prediction_pass": False,
    }
    if within_the_epoch:
        overrides["trainer.checkpointer.save_every_num_batches"] = 1
    run = tmp_path / "run"
    expected = undisturbed(WARM_START, overrides)
    interrupt(2, 2)
    with pytest.raises(KeyboardInterrupt):
        train(run, WARM_START, overrides)
    parser.unlink()
    train(run, WARM_START, overrides, "--recover")
    actual = results(run)
    # Three batches of each of four epochs.
    assert actual["states"]["model_state_e4_b0.th"]["_clock.counts"].tolist() == [4, 12]
    if within_the_epoch:
        for result in (actual, expected):
            epoch = result["metrics"]["metrics_epoch_2.json"]
            result["metrics"]["metrics_epoch_2.json"] = {
                name: value for name, value in epoch.items() if not name.startswith("training_")
            }
    assert_equal(actual, expected)


def test_another_estimator_is_refused(tmp_path, interrupt):
    interrupt(0, 1)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "run", PIPELINE, {})
    overrides = {"model.estimator": {"type": "modular"}}
    with pytest.raises(ConfigurationError, match="does not match"):
        train(tmp_path / "run", PIPELINE, overrides, "--recover")
