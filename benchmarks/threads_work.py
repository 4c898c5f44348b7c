"""What `threads.py` measures, in a process of its own; the seconds are printed as JSON."""

import argparse
import json
import logging
import random
import sys
import tempfile
import time
import warnings
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List

import torch
from pipeline_programs import Corpus, shipped_program, sizes_of_configs

from spigot_allennlp.modules import FusedLstm
from spigot_allennlp.nn.concurrency import let_threads_be_replaced

BATCH_SIZE = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", action="store_true", help="threads as in a command")
    parser.add_argument("--train", required=True)
    parser.add_argument("--configs", nargs="*", required=True)
    parser.add_argument("--sizes", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")
    if arguments.ours:
        let_threads_be_replaced()
    random.seed(1)
    torch.manual_seed(1)
    with redirect_stdout(sys.stderr), tempfile.TemporaryDirectory() as folder:
        corpus = Corpus(arguments.train, arguments.train, Path(folder), 4, BATCH_SIZE)
        steps: Dict[str, List[Callable[[], None]]] = {
            "encoder": [lstm_step(arguments.sizes, corpus)]
        }
        for name in arguments.configs:
            program = shipped_program(name, corpus, arguments.sizes)
            steps[name] = [partial(program.step, batch) for batch in corpus.batches]
        found = {name: mean_seconds(each, arguments.seconds) for name, each in steps.items()}
    print(json.dumps(found))


def lstm_step(changes: str, corpus: Corpus) -> Callable[[], None]:
    """Of the encoder of the configurations, for sentences as long as those of a typical batch."""
    sizes = sizes_of_configs(changes)
    input_size = sizes["words"] + sizes["pos"]
    encoder = FusedLstm(input_size, sizes["hidden"], sizes["layers"], sizes["dropout"])
    optimizer = torch.optim.Adam(encoder.parameters())
    middle = corpus.batches[len(corpus.batches) // 2]
    lengths = torch.tensor([corpus.lengths[index] for index in middle])
    mask = torch.arange(int(lengths.max())) < lengths.unsqueeze(1)
    inputs = torch.randn(*mask.shape, input_size)

    def step() -> None:
        optimizer.zero_grad()
        encoder(inputs, mask).square().sum().backward()
        optimizer.step()

    return step


def mean_seconds(steps: List[Callable[[], None]], seconds: float) -> float:
    """Of one step: all of them in turns, again until `seconds` are over, after a first round."""
    for step in steps:
        step()
    start, rounds = time.perf_counter(), 0
    while rounds == 0 or time.perf_counter() - start < seconds:
        rounds += 1
        for step in steps:
            step()
    return (time.perf_counter() - start) / (rounds * len(steps))


if __name__ == "__main__":
    main()
