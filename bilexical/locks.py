"""Locks of files, which end with the processes that hold them."""

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

if sys.platform != "win32":
    import fcntl


def lock(file: int) -> bool:
    """
    Locks an open file for whoever has it open, processes that inherit it among them; `False` if
    somebody else has locked it. Raises `OSError` where the file system has no locks.
    """
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Whether somebody has locked a file, or may have, where there are no locks."""
    if sys.platform == "win32":
        return True
    if not path.exists():
        return False
    with open(path, "ab") as file:
        try:
            return not lock(file.fileno())
        except OSError:
            return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """In which nobody else is in such a block with the same file; waits for that."""
    with open(path, "ab") as file:
        if sys.platform != "win32":
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        yield
