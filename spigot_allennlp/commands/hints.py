"""What to do where a command misses a file that `spigot new` writes."""

import os
import re
import sys
from types import TracebackType
from typing import Optional, Type

from bilexical.experiment_files import experiment_files, experiment_folder
from spigot_allennlp.commands.process import is_allennlp


def hint(error: BaseException) -> Optional[str]:
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
    """Adds to the traceback that ends a command of `allennlp` the hint, if there is one."""
    if not is_allennlp():
        return
    show = sys.excepthook

    def show_with_hint(
        kind: Type[BaseException], error: BaseException, traceback: Optional[TracebackType]
    ) -> None:
        show(kind, error, traceback)
        text = hint(error)
        if text is not None:
            sys.stderr.write(f"\n{text}\n")

    sys.excepthook = show_with_hint
