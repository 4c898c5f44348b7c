"""Where the trainings of a command are started: on this machine, or by the workers of Dask."""

import logging
import sys
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event
from typing import Collection, Iterator, NamedTuple, Optional, Protocol

from bilexical.dask_client import open_client


class Stop(Protocol):
    """A flag that all tasks see: `threading.Event`, or the one of `distributed`."""

    def is_set(self) -> bool: ...

    def set(self) -> None: ...


class Workers(NamedTuple):
    """
    # Parameters

    executor : `Executor`
        Calls each task in a thread, here or in a process of a worker.
    stop : `Stop`
        The last argument of each task, which then ends as soon as it can.
    """

    executor: Executor
    stop: Stop


@contextmanager
def open_workers(jobs: int, scheduler: Optional[str] = None) -> Iterator[Workers]:
    """
    Threads of this process, `jobs` of them, for tasks that wait for processes of their own; or all
    workers of the scheduler at an address, see `open_client`. When the block is left all tasks have
    ended.
    """
    if scheduler is None:
        with ThreadPoolExecutor(jobs) as executor:
            yield Workers(executor, Event())
        return
    with open_client(jobs, scheduler) as client:
        from distributed import Event as SharedEvent

        # What it has to say of a scheduler that ends is what the tasks say that are lost.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        if not client.scheduler_info()["workers"]:
            sys.stderr.write(
                f"The scheduler at {scheduler} has no worker yet, and the trainings wait for one: "
                f"dask worker {scheduler} --nthreads 1\n"
            )
        # A run is not what a task returns, but what it leaves in its folder.
        yield Workers(client.get_executor(pure=False), SharedEvent(client=client))


def result_or_failure(future: "Future[Optional[str]]") -> Optional[str]:
    """What a task returns that says what happened if it failed, and what happened if it raised."""
    try:
        return future.result()
    except CancelledError:
        return "the scheduler ended, or could not be reached. The same command goes on."
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def stop_tasks(workers: Workers, futures: Collection[Future], seconds: float) -> None:
    """Stops tasks if there are any, and waits for them, but no longer than so many seconds."""
    if futures:
        workers.stop.set()
        wait(futures, seconds)
