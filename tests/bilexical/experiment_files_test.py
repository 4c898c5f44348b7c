import runpy
import shutil

import pytest

from bilexical import experiment_files as module
from bilexical.experiment_files import INSTALLED, experiment_files, experiment_folder
from tests import PROJECT_ROOT


def test_they_are_all_files_of_these_folders():
    named = experiment_files(PROJECT_ROOT)
    there = {".allennlp_plugins"}
    stand_in = "requirements/torchvision_stand_in"
    there.add(f"{stand_in}/setup.py")
    for folder in ("training_configs", "data/toy", "examples", f"{stand_in}/torchvision"):
        files = (path for path in (PROJECT_ROOT / folder).rglob("*") if path.is_file())
        names = (path.relative_to(PROJECT_ROOT).as_posix() for path in files)
        there.update(name for name in names if "__pycache__" not in name)
    assert len(named) == len(set(named)) and set(named) == there


def test_what_the_system_leaves_there_is_none(tmp_path):
    (tmp_path / "data" / "toy").mkdir(parents=True)
    for name in ("data/toy/._a.sdp", "data/toy/a.sdp", "data/b.sdp"):
        (tmp_path / name).touch()
    assert experiment_files(tmp_path) == ["data/toy/a.sdp"]


def folder_of(package):
    shutil.copy(module.__file__, package)
    return runpy.run_path(str(package / "experiment_files.py"))["experiment_folder"]()


def test_the_installed_copy_or_the_repository(tmp_path):
    assert experiment_folder() == PROJECT_ROOT
    package = tmp_path / "bilexical"
    package.mkdir()
    with pytest.raises(ValueError, match=r"experiment is missing from the installation\. Install"):
        folder_of(package)
    (tmp_path / "training_configs").mkdir()
    assert folder_of(package) == tmp_path
    (package / INSTALLED / "training_configs").mkdir(parents=True)
    assert folder_of(package) == package / INSTALLED
