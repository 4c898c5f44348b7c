"""
The files that an experiment begins with: configurations, the toy corpus, sentences, the plugins
file and the stand-in for torchvision. They stand in the repository; its setup.py puts a copy of
them into what is installed.
"""

from pathlib import Path
from typing import List

#: Where setup.py puts the copy, in the folder of this package.
INSTALLED = "experiment"

_PATTERNS = (
    ".allennlp_plugins",
    "training_configs/*.jsonnet",
    "training_configs/lib/*.libsonnet",
    "data/toy/[!.]*.*",
    "data/toy/sentiment/[!.]*.*",
    "examples/*.*",
    "requirements/torchvision_stand_in/setup.py",
    "requirements/torchvision_stand_in/torchvision/**/*.py",
)


def experiment_files(folder: Path) -> List[str]:
    """The names of the files in `folder`, which is laid out as the repository is, in order."""
    paths = (path for pattern in _PATTERNS for path in sorted(folder.glob(pattern)))
    return [path.relative_to(folder).as_posix() for path in paths]


def experiment_folder() -> Path:
    """
    The folder that holds the files: the installed copy, or the repository that this module is in.

    Raises `ValueError` if there is neither.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / INSTALLED, package.parent):
        if (folder / "training_configs").is_dir():
            return folder
    raise ValueError(
        f"{package / INSTALLED} is missing from the installation. Install it again: python -m pip "
        "install --force-reinstall --no-deps spigot-allennlp."
    )
