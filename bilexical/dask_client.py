"""Work that is spread over processes, and machines, by Dask (the extra `scale`)."""

import logging
from contextlib import ExitStack, contextmanager
from typing import Any, Iterator, Optional


@contextmanager
def open_client(workers: int, scheduler: Optional[str] = None) -> Iterator[Any]:
    """
    A `distributed.Client` of the scheduler at an address, such as `tcp://HOST:8786`, or else of
    `workers` processes of this machine, which end with the block. Each works at one task at a time.

    Raises `ValueError` if Dask is not installed, and if no scheduler answers.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise ValueError(
            f"there is no {error.name}, by which work is spread over processes. Install it by "
            "python -m pip install 'spigot-allennlp[scale]', or leave out the option."
        ) from error
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)
    with dask.config.set(_SETTINGS):
        if scheduler is not None:
            try:
                client = Client(scheduler)
            except OSError as error:
                raise ValueError(
                    f"no scheduler answers at {scheduler} ({error}). Start one by `dask "
                    "scheduler`, and workers by `dask worker ADDRESS --nthreads 1`."
                ) from error
            with client:
                yield client
            return
        with ExitStack() as stack:
            try:
                cluster = stack.enter_context(
                    LocalCluster(
                        n_workers=workers,
                        threads_per_worker=1,
                        # Any port: the usual one may be that of another program like this.
                        dashboard_address="127.0.0.1:0",
                        scheduler_kwargs={"dashboard": False},
                        silence_logs=logging.ERROR,
                    )
                )
                client = stack.enter_context(Client(cluster))
            except (OSError, RuntimeError) as error:
                reason = " ".join(str(error).split())
                raise ValueError(
                    f"the {workers} processes that were to work did not start ({reason}). Give the "
                    "same command again, or fewer of them if memory is short."
                ) from error
            try:
                yield client
            finally:
                # That a worker has to be killed if it does not end in time is no news by now.
                logging.getLogger("distributed.nanny").setLevel(logging.ERROR)


# Of the log of Dask the user sees errors, and what becomes of workers that die.
_SETTINGS = {
    # A model is sent once, and may be large.
    "distributed.admin.large-graph-warning-threshold": "1 TB",
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "error",
    # Dask lets the C library give all that is free back to the system at once. A network allocates
    # the same blocks again and again, and a sentence took 1.4 times as long.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**28,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**25,
    # It keeps an hour of call stacks, which are some hundred MiB.
    "distributed.worker.profile.enabled": False,
}
_LEVELS = {"distributed": logging.ERROR, "distributed.nanny": logging.WARNING}
