"""Models by name: those that are shipped, archives and the folders of trainings."""

import gzip
import os
import tarfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, List, Optional, Sequence, Union

import torch

from spigot_allennlp.common import HAS_ALLENNLP

if TYPE_CHECKING:
    from spigot_allennlp.predictors.parser import Parser

#: Where the shipped models are, each a folder `NAME` with a `model.tar.gz`.
SHIPPED = Path(__file__).parent / "shipped"

ARCHIVE = "model.tar.gz"


def shipped_models() -> List[str]:
    """The names of the models that this package brings along."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{ARCHIVE}"))


def load(
    name_or_path: Union[str, "os.PathLike[str]"],
    spacy_model: Optional[str] = None,
    cuda_device: int = -1,
    bfloat16: bool = False,
) -> "Parser":
    """
    A trained parser.

    # Parameters

    name_or_path : `Union[str, os.PathLike]`
        The name of a shipped model; an archive, which may be a URL or `hf://OWNER/MODEL`, as
        AllenNLP's `cached_path` knows them; or the folder of a training. A path that exists goes
        before a name.
    spacy_model : `Optional[str]`
        What splits raw text, as in `StructuredParserPredictor`; without it, the model decides.
    cuda_device : `int`, optional (default = `-1`)
        The number of a GPU; -1 is the CPU.
    bfloat16 : `bool`, optional (default = `False`)
        Whether the model computes in bfloat16, as in `StructuredParserPredictor`.

    A model with classes of yours needs their module imported before.

    Raises `ValueError`, with the names that there are, if there is no such model, and if it cannot
    be loaded or is no parser, or there is no such GPU.
    """
    _check_allennlp()
    from allennlp.common.checks import ConfigurationError
    from allennlp.models.archival import load_archive
    from allennlp.predictors import Predictor

    from spigot_allennlp.predictors.parser import Parser

    path = _path(name_or_path)
    num_devices = torch.cuda.device_count()
    if not -1 <= cuda_device < num_devices:
        has = f"{num_devices} of them, from 0 on" if num_devices else "none"
        raise ValueError(f"there is no GPU {cuda_device}: torch finds {has}. -1 is the CPU.")
    try:
        archive = load_archive(path, cuda_device=cuda_device)
        predictor = archive.model.default_predictor
        if predictor != "structured_parser":
            raise ValueError(
                f"it is a {type(archive.model).__name__}, whose predictor is {predictor}. Name a "
                "parser, or a pipeline with one, that `allennlp train` has made with the models of "
                "this package."
            )
        options = {"spacy_model": spacy_model, "bfloat16": bfloat16}
        return Parser(Predictor.from_archive(archive, "structured_parser", extra_args=options))
    except (OSError, EOFError, ValueError, tarfile.TarError, ConfigurationError) as error:
        raise ValueError(f"{name_or_path} cannot be loaded as a parser: {error}") from error


def load_bytes(
    archive: bytes,
    shown: str,
    spacy_model: Optional[str] = None,
    cuda_device: int = -1,
    bfloat16: bool = False,
) -> "Parser":
    """`load` for the contents of an archive, which errors call `shown`."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / ARCHIVE
        path.write_bytes(archive)
        try:
            return load(str(path), spacy_model, cuda_device, bfloat16)
        except ValueError as error:
            raise ValueError(str(error).replace(str(path), shown)) from error


def import_packages(names: Sequence[str]) -> None:
    """
    Imports what AllenNLP's commands do before they load a model: its plugins, those named in
    `.allennlp_plugins` of the working folder among them, and these packages or modules.

    Raises `ValueError` if one of `names` is not found.
    """
    _check_allennlp()
    from allennlp.common.plugins import import_plugins
    from allennlp.common.util import import_module_and_submodules

    import_plugins()
    for name in names:
        try:
            import_module_and_submodules(name)
        except ModuleNotFoundError as error:
            raise ValueError(
                f"--include-package {name}: there is no module {error.name} in the working folder "
                "and on Python's path."
            ) from error


def is_shipped(name_or_path: str) -> bool:
    """
    Whether a name is that of a shipped model, which is wherever this package is. Raises
    `ValueError` if there is no such model.
    """
    return _path(name_or_path) == str(SHIPPED / name_or_path / ARCHIVE)


def archive_bytes(name_or_path: str) -> bytes:
    """
    The contents of the archive of a model that `load` can load, by which another machine can load
    it. A folder is made an archive; the same files make the same bytes.

    Raises `ValueError` if there is no such model.
    """
    from allennlp.common.file_utils import cached_path
    from allennlp.models.archival import CONFIG_NAME, META_NAME, get_weights_path

    try:
        path = Path(cached_path(_path(name_or_path)))
        if not path.is_dir():
            return path.read_bytes()
        content = BytesIO()
        # The files of a cache may be links.
        with gzip.GzipFile("", "wb", fileobj=content, mtime=0) as file, tarfile.open(
            fileobj=file, mode="w", dereference=True
        ) as archive:
            archive.add(get_weights_path(path), "weights.th")
            for name in (CONFIG_NAME, META_NAME, "vocabulary"):
                if (path / name).exists():
                    archive.add(path / name, name)
        return content.getvalue()
    except OSError as error:
        raise ValueError(f"{name_or_path} cannot be loaded as a parser: {error}") from error


def _path(name_or_path: Union[str, "os.PathLike[str]"]) -> str:
    name_or_path = os.fspath(name_or_path)
    # Without a name it would be the current folder.
    if (name_or_path and Path(name_or_path).exists()) or "://" in name_or_path:
        return name_or_path
    if name_or_path in shipped_models():
        return str(SHIPPED / name_or_path / ARCHIVE)
    names = ", ".join(shipped_models()) or "none"
    raise ValueError(
        f"there is no model {name_or_path!r}. Shipped with this package: {names}. The path of an "
        "archive (model.tar.gz) or of the folder of a training works, too, and so does "
        "hf://OWNER/MODEL."
    )


def _check_allennlp() -> None:
    if not HAS_ALLENNLP:
        raise ValueError(
            "a model is loaded by AllenNLP, which is not installed. Install it by python -m pip "
            "install --no-deps allennlp==2.10.1; `spigot doctor` says what else is missing."
        )
