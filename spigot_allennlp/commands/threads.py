"""The threads that a command computes in."""

import sys

from spigot_allennlp.nn.concurrency import let_threads_be_replaced


def choose_threads() -> None:
    """
    Lets an LSTM replace the threads of torch where the process is that of `allennlp` or
    `python -m allennlp`. The threads of a program that imports this package are its own.
    """
    started = getattr(sys.modules["__main__"], "__spec__", None)
    if "allennlp.__main__" in sys.modules or getattr(started, "name", "") == "allennlp.__main__":
        let_threads_be_replaced()
