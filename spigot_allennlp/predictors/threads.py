"""Computing while something else is read and written."""

from collections import deque
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Deque, Iterable, Iterator, Optional, TypeVar

import torch

Item = TypeVar("Item")


@contextmanager
def compute_threads(number: int) -> Iterator[Executor]:
    """
    Threads that share among them those that torch uses for one operation. What torch computes does
    not hold Python's lock, so that they run at the same time.
    """
    before = torch.get_num_threads()
    each = max(1, before // number)
    torch.set_num_threads(each)
    try:
        # Each has to be told: a kernel may ask OpenMP before torch does that.
        with ThreadPoolExecutor(
            number, initializer=torch.set_num_threads, initargs=(each,)
        ) as threads:
            yield threads
    finally:
        torch.set_num_threads(before)


def ahead(items: Iterable[Item], number: int) -> Iterator[Item]:
    """
    The same items. Each is given when `number` more have been asked for, or the items have come to
    their end. An error is raised after the items that came before it.
    """
    waiting: Deque[Item] = deque()
    error: Optional[Exception] = None
    iterator = iter(items)
    while error is None:
        try:
            waiting.append(next(iterator))
        except StopIteration:
            break
        except Exception as raised:
            error = raised
        if len(waiting) > number:
            yield waiting.popleft()
    yield from waiting
    if error is not None:
        raise error
