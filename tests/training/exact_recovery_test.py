"""Random numbers depend on the seed, the process, the epoch and the batch; see recover_test.py."""

import json
import random
from pathlib import Path
from types import SimpleNamespace

import numpy
import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DataLoader
from allennlp.training.callbacks import TrainerCallback
from allennlp.training.metric_tracker import MetricTracker
from overrides import overrides

from spigot_allennlp.training import ExactRecovery
from spigot_allennlp.training.exact_recovery import SeededDataLoader, check_same_place
from tests.metrics.distributed import run_in_two_processes


def draw():
    """A number of each generator."""
    return random.random(), numpy.random.rand(), torch.rand(()).item()


class RandomBatches(DataLoader):
    """Three batches, each a random number of each generator."""

    @overrides(check_signature=False)
    def __len__(self):
        return 3

    @overrides(check_signature=False)
    def __iter__(self):
        return (draw() for _ in range(3))

    @overrides(check_signature=False)
    def iter_instances(self):
        return iter(["an instance"])

    @overrides(check_signature=False)
    def index_with(self, vocab):
        self.vocab = vocab

    @overrides(check_signature=False)
    def set_target_device(self, device):
        self.device = device


def epochs(number, seed=1, draws_by_the_model=1):
    """The batches, and what a model draws in its forward pass."""
    loader = SeededDataLoader(RandomBatches(), seed)
    return [
        [(batch, [draw() for _ in range(draws_by_the_model)]) for batch in loader]
        for _ in range(number)
    ]


def test_every_batch_has_numbers_of_its_own():
    drawn = [number for epoch in epochs(3) for batch, own in epoch for number in (*batch, *own[0])]
    assert len(set(drawn)) == len(drawn) == 3 * 3 * 6


def test_the_past_does_not_matter():
    first = epochs(3)
    draw()
    # As where batches are passed over without a look.
    passed_over = epochs(3, draws_by_the_model=0)
    assert [[batch for batch, _ in epoch] for epoch in first] == [
        [batch for batch, _ in epoch] for epoch in passed_over
    ]
    loader = SeededDataLoader(RandomBatches(), 1)
    list(loader)
    iterator = iter(loader)
    assert next(iterator) == first[1][0][0]
    next(iterator)
    assert draw() == first[1][1][1][0]


def test_the_seed_matters():
    assert epochs(1, seed=1) == epochs(1, seed=1) != epochs(1, seed=2)


def test_processes_draw_different_numbers():
    alone = epochs(1)
    run_in_two_processes(assert_alone_is_the_first, alone)


def assert_alone_is_the_first(rank, world_size, gpu_id, alone):
    assert (epochs(1) == alone) == (rank == 0)


def test_checkpoints_of_different_places():
    run_in_two_processes(assert_only_equal_places_will_do)


def assert_only_equal_places_will_do(rank, world_size, gpu_id):
    check_same_place(3, 0)
    check_same_place(3, 5)
    with pytest.raises(ConfigurationError, match="process 0 after 3 epochs, process 1 after 4 ep"):
        check_same_place(3 + rank, 0)
    with pytest.raises(ConfigurationError, match="process 1 after 3 epochs and 7 batches"):
        check_same_place(3, 7 * rank)


def test_all_else_is_the_loader():
    inner = RandomBatches()
    loader = SeededDataLoader(inner, 1)
    loader.index_with("a vocabulary")
    loader.set_target_device("a device")
    assert (inner.vocab, inner.device) == ("a vocabulary", "a device")
    assert len(loader) == 3 and list(loader.iter_instances()) == ["an instance"]


class Scaler:
    """The state of `torch.cuda.amp.GradScaler`, which has none without CUDA."""

    def __init__(self, scale):
        self.scale = scale

    def state_dict(self):
        return {"scale": self.scale}

    def load_state_dict(self, state):
        self.scale = state["scale"]


def trainer_with(scaler):
    return SimpleNamespace(
        data_loader=RandomBatches(),
        optimizer=torch.optim.Adam([torch.nn.Parameter(torch.ones(2))]),
        _scaler=scaler,
        _best_model_filename=None,
        _moving_average=None,
        _metric_tracker=MetricTracker("-loss"),
        _should_validate_this_epoch=True,
        _batches_in_epoch_completed=0,
        _checkpointer=SimpleNamespace(state_is_sharded=False),
        _save_model_state=lambda path: Path(path).touch(),
    )


@pytest.fixture
def callback(tmp_path):
    return ExactRecovery(str(tmp_path))


def test_the_loss_scale_is_kept(callback, tmp_path):
    callback.on_start(trainer_with(Scaler(8.0)))
    state, recovered, scaler = callback.state_dict(), ExactRecovery(str(tmp_path)), Scaler(65536.0)
    recovered.load_state_dict(state)
    recovered.on_start(trainer_with(scaler))
    assert scaler.scale == 8.0


def test_without_mixed_precision_there_is_none(callback):
    assert callback.state_dict() == {}
    callback.on_start(trainer_with(None))
    assert callback.state_dict() == {"is_best": True}


def test_whether_the_weights_are_about_to_become_the_best(callback):
    """As the trainer decides after it has written the checkpoint."""
    trainer = trainer_with(None)
    callback.on_start(trainer)
    for loss, is_best in ((1.0, True), (2.0, False), (0.5, True)):
        trainer._metric_tracker.add_metrics({"loss": loss})
        assert callback.state_dict() == {"is_best": is_best}
    trainer._batches_in_epoch_completed = 1
    assert callback.state_dict() == {"is_best": False}
    trainer._batches_in_epoch_completed = 0
    trainer._should_validate_this_epoch = False
    assert callback.state_dict() == {"is_best": False}


def test_a_recovery_without_an_epoch_reports_the_last_one(callback, tmp_path):
    (tmp_path / "metrics_epoch_3.json").write_text(json.dumps({"epoch": 3, "training_loss": 0.5}))
    for metrics, reported in (
        ({"best_epoch": 1}, {"best_epoch": 1, "epoch": 3, "training_loss": 0.5}),
        ({"epoch": 3}, {"epoch": 3}),
        (None, None),
    ):
        trainer = trainer_with(None)
        callback.on_start(trainer)
        callback.on_end(trainer, metrics=metrics, epoch=3)
        assert metrics == reported


def test_the_best_weights_are_found(callback, tmp_path):
    trainer = trainer_with(None)
    callback.on_start(trainer)
    assert trainer._best_model_filename is None
    (tmp_path / "best.th").touch()
    callback.on_start(trainer)
    assert trainer._best_model_filename == str(tmp_path / "best.th")


def test_the_loader_is_given_back(callback):
    trainer = trainer_with(None)
    loader = trainer.data_loader
    torch.manual_seed(7)
    callback.on_start(trainer)
    assert list(trainer.data_loader) == [batch for batch, _ in epochs(1, seed=7)[0]]
    callback.on_end(trainer, metrics={}, epoch=0)
    assert trainer.data_loader is loader


def test_from_params(tmp_path):
    callback = TrainerCallback.from_params(
        Params({"type": "exact_recovery"}), serialization_dir=str(tmp_path)
    )
    assert type(callback) is ExactRecovery


def test_what_a_batch_does_not_train_stays(callback):
    """With a zero as gradient, Adam would move it on."""
    trainer = trainer_with(None)
    callback.on_start(trainer)
    (group,) = trainer.optimizer.param_groups
    (parameter,) = group["params"]
    parameter.sum().backward()
    trainer.optimizer.step()
    moved = parameter.detach().clone()
    trainer.optimizer.zero_grad()
    trainer.optimizer.step()
    assert parameter.grad is None
    assert torch.equal(parameter, moved) and not torch.equal(moved, torch.ones(2))
