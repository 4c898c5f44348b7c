"""Which process looks after a folder; what is killed is in recover_test.py."""

import numpy
import pytest
import torch
from allennlp.training.trainer import TrainerCheckpoint

from spigot_allennlp.training import CompleteCheckpointer


@pytest.mark.parametrize(
    ("processes_of_a_machine", "primary"), [(None, [0]), (1, [0, 1, 2, 3]), (2, [0, 2]), (4, [0])]
)
def test_one_process_of_each_machine_removes_old_checkpoints(
    tmp_path, monkeypatch, processes_of_a_machine, primary
):
    monkeypatch.delenv("ALLENNLP_PROCS_PER_NODE", raising=False)
    if processes_of_a_machine is not None:
        monkeypatch.setenv("ALLENNLP_PROCS_PER_NODE", str(processes_of_a_machine))
    checkpointer = CompleteCheckpointer(tmp_path)
    found = []
    for rank in range(4):
        checkpointer._rank = rank
        if checkpointer._is_primary:
            found.append(rank)
    assert found == primary


class TrainerWithState:
    def __init__(self, state):
        self.state = state

    def get_checkpoint_state(self):
        return TrainerCheckpoint({"weight": torch.ones(2)}, self.state)


def test_numbers_of_numpy_are_saved_as_plain_ones(tmp_path):
    def state(rate, number):
        group = {"lr": rate, "betas": (rate, 0.5), "params": [0]}
        optimizer = {"state": {0: {"step": torch.tensor(2.0)}}, "param_groups": [group]}
        return {"epochs_completed": number, "batches_in_epoch_completed": 0, "optimizer": optimizer}

    given = state(numpy.float64(0.1), 1)
    checkpointer = CompleteCheckpointer(tmp_path)
    checkpointer.save_checkpoint(TrainerWithState(given))
    assert isinstance(given["optimizer"]["param_groups"][0]["lr"], numpy.float64)
    assert checkpointer.load_checkpoint().trainer_state == state(0.1, 1)


def test_a_process_without_a_state_saves_none(tmp_path):
    checkpointer = CompleteCheckpointer(tmp_path)
    checkpointer._rank, trainer = 1, TrainerWithState(None)
    trainer.get_checkpoint_state = lambda: None
    checkpointer.save_checkpoint(trainer)
    assert list(tmp_path.iterdir()) == []
