"""`spigot parse --workers`: pieces of the input go to processes, and shards come back."""

import itertools
import os
import queue
import sys
import time
from importlib import import_module
from typing import Any, Callable, Dict, Iterator, List, Tuple

from bilexical.command_line.parse_shard import PARSERS, RefusedError, Work, parse_shard
from bilexical.command_line.parse_store import Store
from bilexical.formats.errors import shown_path
from bilexical.formats.piece import Piece

#: A shard is tried again so often after an error that need not come back.
RETRIES = 2
#: So many pieces are sent for each worker: one that is parsed, and one that waits.
AHEAD = 2

_SECONDS_OF_A_LOOK = 1.0
_SECONDS_BETWEEN_COUNTS = 5.0

#: Gets a piece that is done, what its shard says, and whether it was done before.
Tell = Callable[[Piece, Dict[str, Any], bool], None]


def read_archive(model: str) -> bytes:
    """
    What workers load the model from. It is read once, so that all of them have the same.

    Raises `ValueError` if there is no such model, or no AllenNLP to ask.
    """
    try:
        return import_module(PARSERS).archive_bytes(model)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"there is no {error.name}, which parsing needs. `spigot doctor` says what to install."
        ) from error


class Pool:
    """
    The workers of a client of Dask, which parse.

    # Parameters

    client : `distributed.Client`
    store : `Store`
        Which gets the shards.
    work : `Work`
    archive : `bytes`
        Of the model.
    tell : `Tell`
    """

    def __init__(self, client: Any, store: Store, work: Work, archive: bytes, tell: Tell) -> None:
        self._client = client
        self._store = store
        self._work = work
        self._tell = tell
        #: How many pieces the input has, as far as it has been read.
        self.number = 0
        self._done: queue.Queue[Any] = queue.Queue()
        # Futures, as a task that none stands for is dropped.
        self._running: Dict[str, Tuple[Any, int, Piece]] = {}
        self._started = itertools.count()
        self._num_workers, self._counted = 0, 0.0
        self._name = os.urandom(6).hex()
        # The result of a task and not a value: if the workers that hold it die, it is made again.
        self._archive = client.submit(bytes, archive, key=f"model-{work.checksum}")

    def run(self, pieces: Iterator[Piece]) -> None:
        """
        Parses the pieces that the store does not have.

        Raises `ValueError` if that cannot be done, and says why. What is done stays in the store.
        """
        suspects = self._parse(self._to_do(pieces), AHEAD)
        # Most of them were only there when another one killed the worker, and are parsed now.
        lost = [each for suspect in suspects for each in self._parse(iter([suspect]), 0)]
        if lost:
            raise ValueError(self._killed([piece for _, piece in lost]))

    def _to_do(self, pieces: Iterator[Piece]) -> Iterator[Tuple[int, Piece]]:
        for index, piece in enumerate(pieces):
            self.number = index + 1
            about = self._store.find(index, piece)
            if about is None:
                yield index, piece
            else:
                self._tell(piece, about, True)

    def _parse(self, pieces: Iterator[Tuple[int, Piece]], ahead: int) -> List[Tuple[int, Piece]]:
        """The pieces that several workers did not survive."""
        lost: List[Tuple[int, Piece]] = []
        while True:
            room = max(ahead * self._count_workers(), 1) - len(self._running)
            for index, piece in itertools.islice(pieces, max(room, 0)):
                self._start(index, piece)
            if not self._running:
                return lost
            try:
                future = self._done.get(timeout=_SECONDS_OF_A_LOOK)
            except queue.Empty:
                if self._client.status != "running":
                    raise ValueError(self._gone()) from None
                continue
            _, index, piece = self._running.pop(future.key)
            shard = self._result(future, piece)
            if shard is None:
                lost.append((index, piece))
            else:
                self._tell(piece, self._store.add(index, piece, shard), False)

    def _start(self, index: int, piece: Piece) -> None:
        key = f"shard-{self._name}-{next(self._started)}"
        try:
            future = self._client.submit(
                parse_shard, piece, self._work, self._archive, key=key, retries=RETRIES, pure=False
            )
        except Exception as error:
            # A client that has lost its scheduler is closed, and takes no more.
            if self._client.status != "running":
                raise ValueError(self._gone()) from error
            raise
        self._running[key] = (future, index, piece)
        future.add_done_callback(self._done.put)

    def _result(self, future: Any, piece: Piece) -> Any:
        """The shard, or `None` if several workers did not survive it."""
        from distributed.scheduler import KilledWorker

        try:
            shard = future.result()
        except KilledWorker:
            return None
        except Exception as error:
            # The task did not fail: it was cancelled, or done and its result could not be fetched.
            if future.status != "error":
                raise ValueError(self._gone()) from error
            reason = " ".join(str(error).split())
            raise ValueError(
                f"{_place(piece)}: a worker failed {RETRIES + 1} times ({type(error).__name__}: "
                f"{reason}). {self._kept()}"
            ) from error
        if isinstance(shard, RefusedError):
            raise ValueError(str(shard))
        return shard

    def _count_workers(self) -> int:
        """How many there are, which may change at any time; not asked too often."""
        now = time.monotonic()
        if not self._counted or now - self._counted > _SECONDS_BETWEEN_COUNTS:
            try:
                self._num_workers = sum(self._client.nthreads().values())
            except OSError as error:
                raise ValueError(self._gone()) from error
            if not self._counted and not self._num_workers:
                sys.stderr.write(
                    f"The scheduler has no workers yet; waiting. Start some by `dask worker "
                    f"{self._client.scheduler.address} --nthreads 1`.\n"
                )
            self._counted = now
        return self._num_workers

    def _gone(self) -> str:
        return f"the scheduler has gone away, or dropped the work. Start it again. {self._kept()}"

    def _killed(self, pieces: List[Piece]) -> str:
        first = ", ".join(map(_place, pieces[:3])) + (", ..." if len(pieces) > 3 else "")
        return (
            f"{first}: worker after worker died of these sentences ({len(pieces)} of {self.number} "
            "shards), of a lack of memory perhaps. Give each worker more, or allow fewer words by "
            f"--max-words; the logs of the workers may say more. {self._kept()}"
        )

    def _kept(self) -> str:
        number = self._store.number()
        return (
            f"{number} shards are done and kept in {self._store.folder}; the same command goes on "
            "with the others."
        )


def _place(piece: Piece) -> str:
    return f"{shown_path(piece)}, lines {piece.first_line} to {piece.last_line}"
