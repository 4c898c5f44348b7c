import shutil

import pytest
from torch.multiprocessing import ProcessExitedException, ProcessRaisedException

from bilexical import experiment_files
from spigot_allennlp.commands import hints
from spigot_allennlp.commands.hints import hint
from tests import PROJECT_ROOT
from tests.prepared import run_prepared

CONFIG = "training_configs/sdp_spigot.jsonnet"
WAY = "is one of the files that `spigot new DIR` writes. Give the command in that folder."


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (f"file {CONFIG} not found", CONFIG),
        ("data/toy/test.sdpx: there is no such file.", "data/toy/test.sdpx"),
        ("[Errno 2] No such file or directory: 'data/toy/dev.conll'", "data/toy/dev.conll"),
        (f"file /elsewhere/{CONFIG} not found", None),
        ("file my_training_configs/sdp_spigot.jsonnet not found", None),
        ("file training_configs/mine.jsonnet not found", None),
        ("", None),
    ],
)
def test_the_hint_is_for_our_files(message, named, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert hint(FileNotFoundError(message)) == (named and f"{named} {WAY}")


def test_there_is_none_for_a_file_that_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "training_configs").mkdir()
    shutil.copy(PROJECT_ROOT / CONFIG, tmp_path / CONFIG)
    assert hint(ValueError(f"{CONFIG} has no key")) is None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ProcessExitedException("process 0 terminated", 0, 1, -9, "SIGKILL"), "was ended"),
        (ProcessRaisedException("gloo/transport/tcp/pair.cc:5] Read error", 0, 1), "cannot reach"),
        (ProcessRaisedException("NCCL communicator was aborted on rank 1", 0, 1), "cannot reach"),
        (ProcessRaisedException("ConfigurationError: Extra parameters", 0, 1), None),
        (RuntimeError("gloo is not built"), None),
    ],
)
def test_a_process_of_distributed_training(error, expected):
    text = hint(error)
    assert (text is None) == (expected is None)
    assert expected is None or (expected in text and "with --recover, on each machine" in text)


def test_there_is_none_without_the_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(experiment_files, "__file__", str(tmp_path / "bilexical" / "module.py"))
    assert hint(FileNotFoundError(f"file {CONFIG} not found")) is None


def test_a_command_ends_with_the_hint(tmp_path):
    result = run_prepared(
        *("-m", "allennlp", "train", CONFIG, "-s", "run", "--include-package", "spigot_allennlp"),
        folder=tmp_path,
    )
    assert result.returncode == 1
    *_, error, empty, last = result.stderr.splitlines()
    assert error == f"FileNotFoundError: file {CONFIG} not found"
    assert (empty, last) == ("", f"{CONFIG} {WAY}")


def test_a_program_shows_its_errors_as_it_likes(monkeypatch):
    registered = []
    monkeypatch.setattr(hints.atexit, "register", registered.append)
    hints.give_hints()
    assert registered == []
