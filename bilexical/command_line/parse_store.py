"""What `spigot parse --workers` has done: a folder beside the output, a file for each shard."""

import contextlib
import dataclasses
import json
import os
import re
import shutil
import socket
from typing import Any, Dict, Iterator, List, Optional, Tuple

from bilexical.command_line.parse_output import ERRORS, around, write_faults
from bilexical.command_line.parse_shard import (
    Work,
    checksum,
    rows_with_numbers,
    with_numbers,
)
from bilexical.formats.arc_tables import open_parquet
from bilexical.formats.piece import Count, Fault, Piece, merged
from bilexical.formats.streams import draft_of, open_output, replace, sync
from bilexical.locks import lock

#: The folder of the output OUTPUT is OUTPUT.shards.
FOLDER = ".shards"
_MANIFEST, _LOCK, _SHARD = "manifest.json", "lock", ".shard"


class Store:
    """
    The shards of an output, which no other program has. Of those that are there, those with the
    same work are kept.

    # Parameters

    output : `str`
    work : `Work`
    """

    def __init__(self, output: str, work: Work) -> None:
        self.output = os.path.realpath(output)
        # Where whoever parses without workers finds it, too: not where a link leads to.
        self._errors = output + ERRORS
        self.folder = self.output + FOLDER
        self.target = work.target
        #: Whether there were shards of other work, which are gone.
        self.was_other = False
        for name in os.listdir(self.folder):
            if name not in (_MANIFEST, _LOCK) and not name.endswith(_SHARD):
                # What a program has left that was killed.
                os.unlink(os.path.join(self.folder, name))
        # As a file gives it back, with lists for tuples.
        manifest = json.loads(json.dumps(dataclasses.asdict(work)))
        # The same model may have been moved.
        del manifest["model"]
        if self._manifest() != manifest:
            for name in self._shards():
                self.was_other = True
                os.unlink(os.path.join(self.folder, name))
            self._write(_MANIFEST, json.dumps(manifest, indent=2).encode("utf-8"))

    def number(self) -> int:
        """How many shards are there."""
        return len(self._shards())

    def find(self, index: int, piece: Piece) -> Optional[Dict[str, Any]]:
        """What the shard of this number says, if it is that of the piece."""
        try:
            about, length = self._about(index)
        except (FileNotFoundError, ValueError):
            return None
        is_whole = length == about["length"] and about["piece"] == key_of(piece)
        return about if is_whole else None

    def add(self, index: int, piece: Piece, shard: bytes) -> Dict[str, Any]:
        """Keeps what `parse_shard` gives. Returns what it says."""
        line, _, content = shard.partition(b"\n")
        about = {**json.loads(line), "path": str(piece), "piece": key_of(piece)}
        self._write(self._name(index), json.dumps(about).encode("ascii") + b"\n" + content)
        return about

    def finish(self, number: int, title: str) -> None:
        """Writes the output of so many shards, and what was left out; removes the folder."""
        draft = os.path.join(self.folder, os.path.basename(self.output))
        self._write_output(draft, number, title)
        sync(draft)
        write_faults(self._errors, self._faults(number))
        replace(draft, self.output)
        sync(os.path.dirname(self.output))
        self.remove()

    def remove(self) -> None:
        """Removes the folder; the lock goes last."""
        for name in os.listdir(self.folder):
            if name != _LOCK:
                os.unlink(os.path.join(self.folder, name))
        shutil.rmtree(self.folder)

    def counts(self, number: int) -> Iterator[str]:
        """What is said of the input as a whole."""
        counts: Dict[str, List[Count]] = {}
        for index in range(number):
            about, _ = self._about(index)
            counts.setdefault(about["path"], []).extend(Count(*each) for each in about["counts"])
        for path, of_file in counts.items():
            yield from (count.message(path) for count in merged(of_file))

    def _faults(self, number: int) -> Iterator[Fault]:
        for index in range(number):
            about, _ = self._about(index)
            yield from (Fault(*fault) for fault in about["faults"])

    def _write_output(self, path: str, number: int, title: str) -> None:
        before = 0
        if self.target == "parquet":
            with open_parquet(path) as table:
                for about, content in map(self._read, range(number)):
                    for rows in rows_with_numbers(content, before):
                        table.add(iter(rows))
                    before += about["num_parsed"]
            return
        start, end = around(self.target, title)
        with open_output(path) as file:
            file.write(start)
            for about, content in map(self._read, range(number)):
                file.write(with_numbers(about, content, before))
                before += about["num_parsed"]
            file.write(end)

    def _shards(self) -> List[str]:
        return [name for name in os.listdir(self.folder) if name.endswith(_SHARD)]

    def _manifest(self) -> Optional[Dict[str, Any]]:
        try:
            with open(os.path.join(self.folder, _MANIFEST), encoding="utf-8") as file:
                return json.load(file)
        except (FileNotFoundError, ValueError):
            return None

    def _name(self, index: int) -> str:
        return f"{index:09d}{_SHARD}"

    def _about(self, index: int) -> Tuple[Dict[str, Any], int]:
        """What a shard says, and how long it is behind that."""
        with open(os.path.join(self.folder, self._name(index)), "rb") as file:
            about = json.loads(file.readline())
            return about, os.fstat(file.fileno()).st_size - file.tell()

    def _read(self, index: int) -> Tuple[Dict[str, Any], bytes]:
        with open(os.path.join(self.folder, self._name(index)), "rb") as file:
            return json.loads(file.readline()), file.read()

    def _write(self, name: str, content: bytes) -> None:
        path = os.path.join(self.folder, name)
        with draft_of(path) as draft:
            with open(draft, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        sync(self.folder)


def key_of(piece: Piece) -> str:
    """What is the same for pieces with the same sentences in the same place."""
    about = [str(piece), piece.first_line, piece.source, piece.columns]
    return checksum(json.dumps(about).encode("ascii"), piece.content)


@contextlib.contextmanager
def open_store(output: str, work: Work) -> Iterator[Store]:
    """
    The store of an output, made if it is not there. Without a shard it does not stay.

    Raises `ValueError` if another program has it, and if the folder is not one of a store.
    """
    folder = os.path.realpath(output) + FOLDER
    with _locked(folder, output):
        store = Store(output, work)
        try:
            yield store
        finally:
            if os.path.isdir(folder) and not store.number():
                store.remove()


@contextlib.contextmanager
def _locked(folder: str, output: str) -> Iterator[None]:
    path = os.path.join(folder, _LOCK)
    while True:
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder)
        try:
            _check_is_ours(folder, output)
            file = open(path, "a+", encoding="utf-8")
        except FileNotFoundError:
            # Another program has just removed the folder.
            continue
        with file:
            if not lock(file.fileno()):
                file.seek(0)
                raise ValueError(
                    f"{output}: another program writes it ({file.read() or 'just started'}). "
                    "Wait until it has ended, or name another output."
                )
            if not os.path.exists(path) or not os.path.samestat(
                os.stat(path), os.fstat(file.fileno())
            ):
                continue
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
            yield
            return


def _check_is_ours(folder: str, output: str) -> None:
    """Raises `ValueError` for a folder with something that no store makes: it would be removed."""
    # The output is there while it is put together, and what was left out once was.
    draft = os.path.basename(folder)[: -len(FOLDER)]
    names = "|".join(map(re.escape, (_MANIFEST, _LOCK, draft, draft + ERRORS)))
    own = rf"({names}|\d{{9,}}{re.escape(_SHARD)})(\.[0-9a-f]+\.tmp)?"
    for name in sorted(os.listdir(folder)):
        if not re.fullmatch(own, name):
            raise ValueError(
                f"{folder}: what is done for {output} would be kept in this folder, which holds "
                f"{name} of something else. Move it, or name another output."
            )
