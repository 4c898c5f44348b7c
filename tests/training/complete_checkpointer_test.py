"""Which process looks after a folder; what is killed is in recover_test.py."""

import pytest

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
