"""`spigot new`: a folder in which the commands of the README work."""

import argparse
import os
import shlex
from pathlib import Path
from typing import List

from bilexical.experiment_files import experiment_files, experiment_folder
from bilexical.formats.errors import STANDARD_STREAM
from bilexical.formats.text import write_text

HELP = "make a folder for experiments, with the configurations and the toy corpus"

_TRAIN = (
    "allennlp train training_configs/sdp_spigot.jsonnet --include-package spigot_allennlp "
    "-s runs/spigot"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `run`."""
    parser.epilog = (
        "What is written: training_configs/, data/toy/, examples/, requirements/ with the stand-in "
        "for torchvision, and .allennlp_plugins, by which `allennlp` finds this package. The "
        "commands of the README are given in that folder. No file that exists is changed."
    )
    parser.add_argument(
        "folder", metavar="DIR", help="the folder, made if it is not there; . for this one"
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Writes the files, says on standard output what comes next, and returns the exit status 0.

    Raises `ValueError`, before anything is written, if one of them exists already.
    """
    source, target = experiment_folder(), Path(arguments.folder)
    names = experiment_files(source)
    in_the_way = sorted({path for name in names for path in _in_the_way(target, name)})
    if in_the_way:
        raise ValueError(
            f"{_listed(in_the_way)} would have to be replaced, so nothing was written. Name a new "
            f"folder, or move {'it' if len(in_the_way) == 1 else 'them'} away."
        )
    _write(source, target, names)
    lines = [] if target.resolve() == Path.cwd() else [f"cd {shlex.quote(str(target))}"]
    lines = [f"{len(names)} files are in {target}. To train there:", "", *lines, _TRAIN]
    write_text(STANDARD_STREAM, [line + "\n" for line in lines])
    return 0


def _in_the_way(folder: Path, name: str) -> List[str]:
    """What is where the file, or a folder that it is in, shall be."""
    path = folder / name
    parents = [folder / parent for parent in Path(name).parents]
    found = [each for each in parents if os.path.lexists(each) and not each.is_dir()]
    return [str(each) for each in [path, *found] if os.path.lexists(each)]


def _listed(paths: List[str], most: int = 5) -> str:
    rest = len(paths) - most
    return ", ".join(paths[:most]) + (f" and {rest} more" if rest > 0 else "")


def _write(source: Path, target: Path, names: List[str]) -> None:
    """Writes all files, or after an error none; not even a file of this very moment is replaced."""
    written = []
    try:
        for name in names:
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "xb") as file:
                written.append(path)
                file.write((source / name).read_bytes())
    except BaseException:
        for path in written:
            path.unlink()
        raise
