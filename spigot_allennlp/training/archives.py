"""Opening the archives of trained models, which may come from anywhere."""

import gzip
import json
import os
import pickle
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from inspect import signature
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import SimpleNamespace
from typing import IO, Any, Dict, Iterator, Union, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path
from allennlp.models.archival import CONFIG_NAME
from overrides import overrides
from torch import Tensor

PathOrStr = Union[str, "os.PathLike[str]"]

#: What the file of a state dict names, beside the storages, of which there is one for each dtype.
_CLASSES_AND_FUNCTIONS = {
    ("collections", "OrderedDict"),
    ("torch._utils", "_rebuild_parameter"),
    ("torch._utils", "_rebuild_tensor_v2"),
}

_WHAT_TO_NAME = "Name a model.tar.gz that `allennlp train` has made, or the folder of a training."


@contextmanager
def extracted_archive(resolved_archive_file: PathOrStr, cleanup: bool = True) -> Iterator[str]:
    """
    A temporary folder with the files of an archive, as AllenNLP's function of this name, which
    follows a path to wherever it leads.

    Raises `ConfigurationError`, before anything is written, if it is no archive or is cut off, or
    if a member is neither a file nor a folder, or does not stay in the folder.

    # Parameters

    resolved_archive_file : `PathOrStr`
    cleanup : `bool`, optional (default = `True`)
        Whether the folder is removed at the end.
    """
    with _checked_archive(resolved_archive_file) as archive:
        folder = tempfile.mkdtemp()
        try:
            for member in archive.getmembers():
                archive.extract(member, folder, set_attrs=False)
            yield folder
        finally:
            if cleanup:
                shutil.rmtree(folder, ignore_errors=True)


def archive_config(archive_file: PathOrStr) -> Dict[str, Any]:
    """
    What the model of an archive, or of the folder of a training, was trained with. Nothing is
    unpacked for it. As for `load_archive`, the name may be one of the Hugging Face hub, `hf://...`.

    Raises `ConfigurationError` for what `extracted_archive` does, and if there is no `config.json`.
    """
    resolved = cached_path(archive_file)
    if os.path.isdir(resolved):
        path = Path(resolved, CONFIG_NAME)
        if path.exists():
            return json.loads(path.read_text(encoding="utf-8"))
    else:
        with _checked_archive(resolved) as archive:
            for member in archive.getmembers():
                if PurePosixPath(member.name) == PurePosixPath(CONFIG_NAME):
                    return json.load(cast(IO[bytes], archive.extractfile(member)))
    raise ConfigurationError(f"{os.fspath(archive_file)} has no {CONFIG_NAME}. {_WHAT_TO_NAME}")


@contextmanager
def _checked_archive(archive_file: PathOrStr) -> Iterator[tarfile.TarFile]:
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(tarfile.open(archive_file, "r:gz"))
            members = archive.getmembers()
        except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ConfigurationError(
                f"{os.fspath(archive_file)} is no archive of a model, or not all of one: {error}. "
                f"{_WHAT_TO_NAME}"
            ) from error
        for member in members:
            _check_member(os.fspath(archive_file), member)
        yield archive


def _check_member(archive_file: str, member: tarfile.TarInfo) -> None:
    paths = PurePosixPath(member.name), PureWindowsPath(member.name)
    if any(path.anchor or ".." in path.parts for path in paths):
        problem = "would be written outside of its folder"
    elif not (member.isfile() or member.isdir()):
        problem = "is a link or a device"
    else:
        return
    raise ConfigurationError(
        f"{archive_file}: the member {member.name!r} {problem}, so nothing was unpacked. AllenNLP "
        "makes no such archives: do not trust this one, or pack it again without that member."
    )


def load_tensors(path: PathOrStr, map_location: Any = "cpu") -> Dict[str, Tensor]:
    """
    The state dict in a file that `torch.save` has written, with tensors and nothing else: an object
    of any other class, which could run a program, is not made.

    Raises `ConfigurationError` if there is one.

    # Parameters

    path : `PathOrStr`
    map_location : `Any`, optional (default = `"cpu"`)
        As for `torch.load`.
    """
    try:
        _check_kind(path)
        if _HAS_WEIGHTS_ONLY:
            return torch.load(path, map_location=map_location, weights_only=True)
        return torch.load(path, map_location=map_location, pickle_module=_RESTRICTED_PICKLE)
    except (pickle.UnpicklingError, zipfile.BadZipFile) as error:
        # What torch says ends in advice to load the file nevertheless.
        raise ConfigurationError(
            f"{os.fspath(path)} holds something else than the weights of a model, so it was not "
            "loaded. Save `model.state_dict()` by `torch.save`, as `allennlp train` does; do not "
            "trust a file of others that holds anything else."
        ) from error


def _check_kind(path: PathOrStr) -> None:
    # What torch takes for one of the older kinds is unpacked before anything could be refused.
    with open(path, "rb") as file:
        if file.read(len(_ZIP_MAGIC)) != _ZIP_MAGIC:
            raise pickle.UnpicklingError("it is no file of torch 1.6 or later")
    with zipfile.ZipFile(path) as archive:
        if any(name.endswith("constants.pkl") for name in archive.namelist()):
            raise pickle.UnpicklingError("it is a program in TorchScript")


_ZIP_MAGIC = b"PK\x03\x04"

_HAS_WEIGHTS_ONLY = "weights_only" in signature(torch.load).parameters


class _RestrictedUnpickler(pickle.Unpickler):
    """In place of `weights_only=True`, which torch before 1.13 does not know."""

    @overrides
    def find_class(self, module_name: str, global_name: str) -> Any:
        is_storage = module_name == "torch" and global_name.endswith("Storage")
        if is_storage or (module_name, global_name) in _CLASSES_AND_FUNCTIONS:
            return super().find_class(module_name, global_name)
        raise pickle.UnpicklingError(f"it names {module_name}.{global_name}")


_RESTRICTED_PICKLE: Any = SimpleNamespace(
    __name__="pickle",
    Unpickler=_RestrictedUnpickler,
    load=lambda file, **options: _RestrictedUnpickler(file, **options).load(),
)
