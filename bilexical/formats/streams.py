"""Files, standard input and standard output as streams, whatever their compression."""

import contextlib
import errno
import functools
import gzip
import io
import lzma
import os
import stat
import sys
from typing import IO, Any, Iterator, Tuple, cast

from bilexical.formats.errors import STANDARD_STREAM, FormatError

_GZIP_MAGIC = b"\x1f\x8b"
_XZ_MAGIC = b"\xfd7zXZ\x00"
# How files of compressions that are not read start.
_OTHER_MAGIC = {b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd"}


def open_input(name: str) -> IO[bytes]:
    """
    The bytes of a file, plain or compressed by gzip or xz, or of standard input (`-`). The latter
    is copied to a temporary file, as are pipes, so that it can be opened as often as any other.

    Raises `FormatError` if there is no such file, or it cannot be opened.
    """
    if name == STANDARD_STREAM:
        if sys.stdin is None:
            raise FormatError(name, None, "it is closed.", "Name a file.")
        return _open_file(_copy_of(sys.stdin.buffer))
    if os.path.isdir(name):
        raise FormatError(name, None, "this is a directory.", "Name one file in it.")
    try:
        if stat.S_ISFIFO(os.stat(name).st_mode):
            return _open_file(_copy_of(_open_pipe(name)))
        return _open_file(name)
    except FileNotFoundError as error:
        raise FormatError(
            name,
            None,
            "there is no such file.",
            f"Looked for {os.path.abspath(name)}; relative paths start at the current directory.",
        ) from error
    except OSError as error:
        raise FormatError(
            name, None, f"the file cannot be opened ({error.strerror}).", "Check its permissions."
        ) from error


def position(file: IO[bytes]) -> Tuple[int, int]:
    """
    How many bytes have been read of a file that `open_input` has opened, and how many there are, as
    they are on the disk.
    """
    raw: Any = file
    for attribute in ("fileobj", "_fp"):
        raw = getattr(raw, attribute, raw)
    return raw.tell(), os.fstat(raw.fileno()).st_size


def unexpected_compression(name: str) -> str:
    """Why a file that is no text may be none: what its first bytes and its ending say, if so."""
    if name == STANDARD_STREAM or not os.path.isfile(name):
        return ""
    with open(name, "rb") as file:
        start = file.read(len(_XZ_MAGIC))
    for magic, compression in _OTHER_MAGIC.items():
        if start.startswith(magic):
            return f"the file is compressed by {compression}"
    ending = os.path.splitext(name)[1]
    if ending in (".gz", ".xz") and not start.startswith((_GZIP_MAGIC, _XZ_MAGIC)):
        return f"the name ends in {ending}, but the file is not compressed by gzip or xz"
    return ""


@contextlib.contextmanager
def open_output(name: str) -> Iterator[IO[str]]:
    """
    A UTF-8 file to write, or standard output (`-`), with `\\n` at the end of lines. It is
    compressed if the name ends in `.gz` or `.xz`.

    What has this name stays as it is until the block ends, and for good if an error ends it. Until
    then there is a draft beside it, which no link can lead elsewhere.

    Raises `OSError` if it cannot be opened, or standard output is closed.
    """
    if name == STANDARD_STREAM:
        if sys.stdout is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF), "standard output")
        sys.stdout.flush()
        buffer = sys.stdout.buffer
        standard = io.TextIOWrapper(
            buffer, encoding="utf-8", newline="\n", line_buffering=buffer.isatty()
        )
        with _naming("standard output"):
            try:
                yield standard
            finally:
                standard.detach()
        return
    # Links are not followed before: the target of /dev/stdout need not have a name.
    if os.path.exists(name) and not os.path.isfile(name):
        # A directory, which is refused here, a device or a pipe.
        with _naming(name), open(name, "w", encoding="utf-8", newline="\n") as file:
            yield file
        return
    with draft_of(name) as draft:
        with _create(draft, os.path.splitext(os.path.realpath(name))[1]) as file:
            yield file


@contextlib.contextmanager
def draft_of(name: str) -> Iterator[str]:
    """
    The name of a file that does not exist yet. When the block ends, it becomes that of this name,
    and if an error ends it, it is removed.
    """
    target = os.path.realpath(name)
    draft = f"{target}.{os.urandom(6).hex()}.tmp"
    try:
        yield draft
        replace(draft, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        if isinstance(error, OSError) and error.filename in (None, draft):
            error.filename, error.filename2 = name, None
        raise


def replace(draft: str, name: str) -> None:
    """Lets a file take the place of another one, or of the one that a link leads to."""
    target = os.path.realpath(name)
    if os.path.exists(target):
        os.chmod(draft, os.stat(target).st_mode)
    os.replace(draft, target)


def sync(name: str) -> None:
    """Waits until a file, or what stands in a folder, is on the disk."""
    if os.path.isdir(name) and os.name == "nt":
        return
    descriptor = os.open(name, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _naming(name: str) -> Iterator[None]:
    """Errors of the system that name no file get this name."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or name
        raise


@contextlib.contextmanager
def _create(path: str, ending: str) -> Iterator[IO[str]]:
    with open(path, "xb") as raw:
        compressed: IO[bytes] = raw
        if ending == ".gz":
            # Neither the draft's name nor the time belongs into the file.
            compressed = cast(IO[bytes], gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
        elif ending == ".xz":
            compressed = lzma.open(raw, "wb")
        with compressed, io.TextIOWrapper(compressed, encoding="utf-8", newline="\n") as file:
            yield file


def _open_file(name: str) -> IO[bytes]:
    with open(name, "rb") as file:
        magic = file.read(len(_XZ_MAGIC))
    if magic == _XZ_MAGIC:
        return lzma.open(name)
    if magic.startswith(_GZIP_MAGIC):
        return cast(IO[bytes], gzip.open(name))
    return open(name, "rb")


@functools.lru_cache(maxsize=None)
def _open_pipe(name: str) -> IO[bytes]:
    return open(name, "rb")


@functools.lru_cache(maxsize=None)
def _copy_of(stream: IO[bytes]) -> str:
    """The name of a file with the rest of `stream`, which is removed when the program ends."""
    import atexit
    import shutil
    import tempfile

    with tempfile.NamedTemporaryFile(delete=False) as copy:
        atexit.register(os.unlink, copy.name)
        shutil.copyfileobj(stream, copy)
    return copy.name
