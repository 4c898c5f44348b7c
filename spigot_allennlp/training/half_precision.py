"""Archives of half the size."""

import gzip
import os
import tarfile
from pathlib import Path
from typing import Any

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path
from allennlp.models.archival import get_weights_path
from torch import Tensor

from spigot_allennlp.training.archives import PathOrStr, extracted_archive, load_tensors


def write_half_precision(archive_file: PathOrStr, output: PathOrStr) -> None:
    """
    Writes the archive of a trained model once more, with weights in half precision. AllenNLP loads
    it as any other: the model has weights in single precision, each rounded to 11 bits.

    The same archive always gives the same bytes. Raises `ConfigurationError` if it is a folder, or
    the output is.

    # Parameters

    archive_file : `PathOrStr`
        A `model.tar.gz`, which may be `output` itself.
    output : `PathOrStr`
        The archive to write, in a folder that is made if need be. Nothing is there before it is
        whole.
    """
    resolved = cached_path(archive_file)
    if os.path.isdir(resolved):
        raise ConfigurationError(
            f"{os.fspath(archive_file)} is a folder. Name the archive in it, such as "
            f"{os.fspath(archive_file)}/model.tar.gz."
        )
    if os.path.isdir(output):
        raise ConfigurationError(
            f"{os.fspath(output)} is a folder. Name the archive to write, such as "
            f"{os.path.join(output, 'model.tar.gz')}."
        )
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    partial = f"{os.fspath(output)}.partial"
    with extracted_archive(resolved) as folder:
        path = get_weights_path(folder)
        torch.save({name: halved(value) for name, value in load_tensors(path).items()}, path)
        try:
            _write_archive(Path(folder), partial)
            os.replace(partial, output)
        finally:
            Path(partial).unlink(missing_ok=True)


def halved(value: Tensor) -> Tensor:
    """
    `value` in half precision, or as it is where that is no floating-point tensor or too large for
    it, as counts of words may be.
    """
    if not value.is_floating_point():
        return value
    half = value.half()
    return half if torch.equal(half.isfinite(), value.isfinite()) else value


def _write_archive(folder: Path, path: str) -> None:
    with open(path, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as compressed:
        with tarfile.open(fileobj=compressed, mode="w") as archive:
            for member in sorted(folder.iterdir()):
                archive.add(member, arcname=member.name, filter=_without_traces)


def _without_traces(member: tarfile.TarInfo) -> Any:
    """Neither time nor owner."""
    member.mode = 0o755 if member.isdir() else 0o644
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
