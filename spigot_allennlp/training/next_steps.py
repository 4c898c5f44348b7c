import argparse
import atexit
import os
import shlex
import sys
from typing import Any, Dict, List, Optional, Sequence

import torch
from allennlp.common import Params
from allennlp.common.util import is_distributed
from allennlp.models.archival import CONFIG_NAME
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback
from overrides import overrides


@TrainerCallback.register("next_steps")
class NextSteps(TrainerCallback):
    """
    Ends the output of a training run with where the model is and how to predict with it.

    AllenNLP writes the archive after its last callback, so this is said when the program ends; in
    distributed training by the one that has started the processes, on the first machine.

    Registered as a `TrainerCallback` with name "next_steps".
    """

    @overrides
    def on_end(
        self,
        trainer: GradientDescentTrainer,
        metrics: Optional[Dict[str, Any]] = None,
        epoch: Optional[int] = None,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        if not is_primary:
            return
        if not is_distributed():
            atexit.register(_say_next_steps, self.serialization_dir)
        elif torch.distributed.get_rank() == 0:
            # The program that has started this process writes the archive when it has ended.
            open(_mark(self.serialization_dir), "w").close()


def expect_next_steps(serialization_dir: str) -> None:
    """Says them when the program ends, if a process that it starts has trained to the end."""
    _take_mark(serialization_dir)
    atexit.register(_say_if_marked, serialization_dir)


def _say_if_marked(serialization_dir: str) -> None:
    if _take_mark(serialization_dir):
        _say_next_steps(serialization_dir)


def _mark(serialization_dir: str) -> str:
    return os.path.join(serialization_dir, ".trained")


def _take_mark(serialization_dir: str) -> bool:
    try:
        os.remove(_mark(serialization_dir))
    except FileNotFoundError:
        return False
    return True


def _say_next_steps(serialization_dir: str) -> None:
    text = next_steps(serialization_dir)
    if text is not None:
        print(text)  # noqa: T201


def next_steps(serialization_dir: str) -> Optional[str]:
    """Two lines about the archive in the folder of a run; `None` if there is none."""
    archive = os.path.join(serialization_dir, "model.tar.gz")
    if not os.path.exists(archive):
        return None
    params = Params.from_file(os.path.join(serialization_dir, CONFIG_NAME))
    # Of the data that are read as an archive reads them; those of several readers are no file.
    data = params.get("validation_data_path")
    has_file = isinstance(data, str)
    words = ["allennlp", "predict", archive, data if has_file else "SENTENCES.jsonl"]
    for package in dict.fromkeys(["spigot_allennlp", *_included_packages(sys.argv[1:])]):
        words += ["--include-package", package]
    words += ["--use-dataset-reader"] if has_file else []
    words += ["--silent", "--output-file", os.path.join(serialization_dir, "predictions")]
    return f"\nThe model is {archive}. To predict with it:\n{shlex.join(words)}"


def _included_packages(arguments: Sequence[str]) -> List[str]:
    """Those that the command line of AllenNLP names."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--include-package", action="append", default=[])
    return parser.parse_known_args(arguments)[0].include_package
