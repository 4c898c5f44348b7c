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
        self._start = self._last = time.monotonic()
        # All that has been done so far is as fast as this, on average, as stragglers come and go.
        self._bar = tqdm(
            total=sum(map(_size, paths)),
            bar_format="{percentage:3.0f}%|{bar}| {postfix} [{elapsed}<{remaining}]",
            disable=None,
            leave=False,
            smoothing=0,
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
        bar = self._bar
        if was_done:
            bar.initial += size
        else:
            self._num_sentences += num_sentences
        number, speed = self._num_sentences, self._num_sentences / self.seconds
        rate = f"{number:,} sentences, {speed:.1f} a second"
        bar.n += size
        if not bar.disable:
            bar.set_postfix_str(rate)
        elif time.monotonic() > self._last + SECONDS:
            self._last = time.monotonic()
            left = self.seconds * (bar.total - bar.n) / max(bar.n - bar.initial, 1)
            sys.stderr.write(
                f"{100 * bar.n / max(bar.total, 1):.0f} %: {rate}, "
                f"{timedelta(seconds=round(left))} left\n"
            )


def _size(path: str) -> int:
    with open_input(path) as file:
        return position(file)[1]
