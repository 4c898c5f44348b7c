"""The threads that a command computes in."""

from spigot_allennlp.commands.process import is_allennlp
from spigot_allennlp.nn.concurrency import let_threads_be_replaced


def choose_threads() -> None:
    """
    Lets an LSTM replace the threads of torch where the process is that of `allennlp` or
    `python -m allennlp`. The threads of a program that imports this package are its own.
    """
    if is_allennlp():
        let_threads_be_replaced()
