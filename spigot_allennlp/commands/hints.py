"""What to do where a command misses a file that `spigot new` writes, or loses a process."""

import atexit
import os
import re
import sys
from typing import Optional

from torch.multiprocessing import ProcessExitedException, ProcessRaisedException

from bilexical.experiment_files import experiment_files, experiment_folder
from spigot_allennlp.commands.process import is_allennlp

#: In what torch says where a process of distributed training cannot reach another one.
_LOST = re.compile(r"\bgloo\b|\bNCCL\b|DistNetworkError|Connection (reset|closed) by peer")


def hint(error: BaseException) -> Optional[str]:
    """What to do, if that is known of such an error."""
    return _hint_of_file(error) or _hint_of_process(error)


def _hint_of_process(error: BaseException) -> Optional[str]:
    is_ended = isinstance(error, ProcessExitedException)
    is_lost = isinstance(error, ProcessRaisedException) and _LOST.search(str(error))
    if not is_ended and not is_lost:
        return None
    what = "was ended" if is_ended else "cannot reach another one, which has ended or waits"
    return (
        f"A process of the training {what}, and so all of them end. Their own errors may say more. "
        "The same command with --recover, on each machine, goes on from the last checkpoint."
    )


def _hint_of_file(error: BaseException) -> Optional[str]:
    """The way to a file that the error names and that is not in this folder; `None` for others."""
    try:
        names = experiment_files(experiment_folder())
    except ValueError:
        return None
    for name in names:
        is_named = re.search(rf"(?<![\w/]){re.escape(name)}(?!\w)", str(error))
        if is_named and not os.path.exists(name):
            return (
                f"{name} is one of the files that `spigot new DIR` writes. Give the command in "
                "that folder."
            )
    return None


def give_hints() -> None:
    """Ends a command of `allennlp` that an error ended with the hint, if there is one."""
    if is_allennlp():
        # AllenNLP replaces `sys.excepthook` when it begins to train.
        atexit.register(_give_hint)


def _give_hint() -> None:
    error = getattr(sys, "last_value", None)
    text = None if error is None else hint(error)
    if text is not None:
        sys.stderr.write(f"\n{text}\n")
