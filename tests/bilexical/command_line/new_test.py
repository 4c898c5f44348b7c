import os
from pathlib import Path

import pytest

from bilexical.experiment_files import experiment_files
from tests import PROJECT_ROOT
from tests.bilexical.command_line.console import one_error, spigot
from tests.documentation import PAGES

FILES = experiment_files(PROJECT_ROOT)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def contents(folder):
    paths = (path for path in Path(folder).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("folder", ["new", "a/new one", "."])
def test_the_files_are_those_of_the_repository(folder, capsys):
    assert spigot("new", folder) == 0
    assert contents(folder) == {name: (PROJECT_ROOT / name).read_bytes() for name in FILES}
    first, empty, *commands = capsys.readouterr().out.splitlines()
    assert (first, empty) == (f"{len(FILES)} files are in {folder}. To train there:", "")
    there = {"new": ["cd new"], "a/new one": ["cd 'a/new one'"], ".": []}[folder]
    (train,) = (each for each in PAGES["README.md"].commands() if "allennlp train" in each)
    assert commands == [*there, train]


def test_what_is_there_stays(capsys):
    Path("new").mkdir()
    Path("new/mine.jsonnet").write_text("{}", encoding="utf-8")
    assert spigot("new", "new") == 0
    assert set(contents("new")) == {*FILES, "mine.jsonnet"}


def test_no_file_is_replaced(capsys):
    name = "data/toy/dev.sdpx"
    Path("data/toy").mkdir(parents=True)
    Path(name).write_text("mine", encoding="utf-8")
    assert spigot("new", ".") == 2
    assert (
        one_error(capsys, "new") == f"{name} would have to be replaced, so nothing was written. "
        "Name a new folder, or move it away."
    )
    assert contents(".") == {name: b"mine"}


def test_of_many_files_some_are_named(capsys):
    assert spigot("new", "new") == 0
    before = contents("new")
    capsys.readouterr()
    assert spigot("new", "new") == 2
    message = one_error(capsys, "new")
    assert message.startswith("new/.allennlp_plugins, new/data/toy/README.md, ")
    assert f" and {len(FILES) - 5} more would have to be replaced" in message
    assert message.endswith("or move them away.") and contents("new") == before


@pytest.mark.parametrize("name", ["new", "new/training_configs", "new/data"])
def test_a_file_where_a_folder_shall_be(name, capsys):
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).touch()
    assert spigot("new", "new") == 2
    assert one_error(capsys, "new").startswith(f"{name} would have to be replaced")
    assert contents(".") == {name: b""}


def test_a_link_that_leads_nowhere_is_not_followed(capsys, tmp_path):
    Path("new").mkdir()
    os.symlink(tmp_path / "elsewhere", "new/.allennlp_plugins")
    assert spigot("new", "new") == 2
    assert one_error(capsys, "new").startswith("new/.allennlp_plugins would have to be replaced")
    assert os.listdir(tmp_path) == ["new"]


def test_an_error_leaves_no_files(capsys, monkeypatch):
    read = Path.read_bytes

    def fail_at_last(path):
        if path == PROJECT_ROOT / FILES[-1]:
            raise OSError(5, "Input/output error", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail_at_last)
    assert spigot("new", "new") == 2
    assert one_error(capsys, "new").endswith("Input/output error.")
    assert contents(".") == {}
