"""How far `spigot parse --workers` has come."""

import sys
import time
from datetime import timedelta
from typing import Any, Sequence

from bilexical.formats.streams import open_input, position

#: Where standard error is no terminal, a line is written so seldom.
SECONDS = 60.0


class Progress:
    """
    A bar on a terminal, or a line from time to time elsewhere: sentences, sentences per second and
    the time left. In a `with` block.

    # Parameters

    paths : `Sequence[str]`
        The input. Its length is that on the disk.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        from tqdm import tqdm  # type: ignore[import-untyped]

        self._num_sentences = 0
        self._total = sum(map(_size, paths))
        self._read = self._was_done = 0
        self._start = self._last = time.monotonic()
        self._bar = tqdm(
            total=self._total,
            bar_format="{percentage:3.0f}%|{bar}| {postfix}",
            disable=None,
            leave=False,
        )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *error: Any) -> None:
        self._bar.close()

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._start

    def add(self, size: int, num_sentences: int, was_done: bool) -> None:
        """A piece of so many bytes. If it was done before, it took no time."""
        self._read += size
        if was_done:
            self._was_done += size
        else:
            self._num_sentences += num_sentences
        if not self._bar.disable:
            self._bar.set_postfix_str(self._text(), refresh=False)
            self._bar.update(size)
        elif time.monotonic() > self._last + SECONDS:
            self._last = time.monotonic()
            share = self._read / max(self._total, 1)
            sys.stderr.write(f"{100 * share:.0f} %: {self._text()}\n")

    def _text(self) -> str:
        # All that is left takes as long as what has been done, on the average.
        seconds = max(self.seconds, 1e-9)
        left = seconds * (self._total - self._read) / max(self._read - self._was_done, 1)
        speed = f"{self._num_sentences:,} sentences, {self._num_sentences / seconds:.1f} a second"
        return f"{speed}, {timedelta(seconds=round(left))} left"


def _size(path: str) -> int:
    with open_input(path) as file:
        return position(file)[1]
