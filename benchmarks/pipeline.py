"""
Measures training and prediction of the shipped configurations, beside other parsers.

    python benchmarks/pipeline.py --output runs/speed

All programs run in one process and in turns, on the same sentences, and the shortest time of each
batch counts, so that what else the machine does matters little. allennlp-models and SuPar are
measured where they can be imported. The table is printed and written to `pipeline.md`.
"""

import argparse
import logging
import multiprocessing
import os
import platform
import resource
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import torch
from pipeline_around import around_clock
from pipeline_bfloat16 import measure_bfloat16
from pipeline_long import long_work, measured, tabulate_long
from pipeline_peers import PEERS
from pipeline_products import products_seconds
from pipeline_programs import Corpus, Program, shipped_program, sizes_of_configs
from pipeline_shares import structure_clock
from pipeline_single import measure_single
from pipeline_times import Seconds, best_times

CONFIGS = [
    "sdp_no_syntax",
    "sdp_modular",
    "sdp_straight_through",
    "sdp_spigot",
    "sdp_structured_attention",
]
BASELINE = "sdp_modular"


class Parts(NamedTuple):
    """Shares of CPU time."""

    products: float
    """Of matrix products, LSTMs and the compiled kernels."""
    other: float
    """Of all else in a step of the network."""
    around: float
    """Of what goes on around it: see `pipeline_around`. SuPar's losses are counted here."""

    def __str__(self) -> str:
        return " / ".join(f"{100 * part:.0f}" for part in self) + " %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("--output", type=Path, required=True, help="folder of the table")
    parser.add_argument("--train", default="data/toy/train.sdpx", help="trees and graphs (.sdpx)")
    parser.add_argument("--test", default="data/toy/test.sdpx", help="what is predicted (.sdpx)")
    parser.add_argument("--configs", nargs="+", default=CONFIGS, help="names in training_configs/")
    parser.add_argument(
        "--estimators", nargs="*", default=[], help=f"names: {BASELINE} with each of them, too"
    )
    parser.add_argument("--batches", type=int, default=10, help="of 32 sentences, to train on")
    parser.add_argument("--repetitions", type=int, default=4, help="of everything that is timed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sizes", default="{}", help="JSON, over those of the configurations")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--bfloat16", action="store_true", help="beside single precision, too")
    parser.add_argument("--long", nargs="*", type=int, default=[200, 500, 1000], help="words")
    parser.add_argument("--single", type=int, default=100, help="sentences, one a batch; 0: none")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        table = measure(arguments, Path(folder))
    print(table)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "pipeline.md").write_text(table + "\n", encoding="utf-8")


def measure(arguments: argparse.Namespace, folder: Path) -> str:
    """The table."""
    load = os.getloadavg()[0]
    corpus = Corpus(arguments.train, arguments.test, folder, arguments.batches, batch_size=32)
    sizes = sizes_of_configs(arguments.sizes)
    makers: Dict[str, Callable[[], Program]] = {
        name: partial(shipped_program, name, corpus, arguments.sizes) for name in arguments.configs
    }
    for name in arguments.estimators:
        makers[name] = partial(shipped_program, BASELINE, corpus, arguments.sizes, estimator=name)
    for name, peer in {} if arguments.no_peers else PEERS.items():
        makers[name] = partial(peer, name, corpus, sizes)
    memory: Dict[str, float] = {}
    lines = []
    for name, make in makers.items():
        progress(f"{name}: memory")
        try:
            # Before this process runs any gradient, which a forked one could not do then.
            memory[name] = in_child(partial(peak_memory, make, corpus))
        except ImportError as error:
            lines.append(f"{name} is left out: {error}.")
    long_sentences = {}
    if arguments.long:
        progress("long sentences")
        long_sentences = measure_long(makers[arguments.configs[-1]], corpus, arguments.long)
    makers = {name: make for name, make in makers.items() if name in memory}
    programs = [make() for make in makers.values()]
    progress("training")
    steps = best_times(
        {
            program.name: [partial(program.step, batch) for batch in corpus.batches]
            for program in programs
        },
        arguments.repetitions,
    )
    progress("shares")
    shares = {program.name: share(program, corpus.batches) for program in programs}
    parts = {program.name: parts_of_time(program, corpus.batches) for program in programs}
    progress("prediction")
    predictions = best_times(
        {program.name: [program.predict] for program in programs}, arguments.repetitions
    )
    header = describe(arguments, corpus, sizes, load)
    rows = tabulate(corpus, steps, predictions, shares, parts, memory)
    if long_sentences:
        name = arguments.configs[-1]
        lines += [f"{name}, long sentences.", "", *tabulate_long(arguments.long, long_sentences)]
    if arguments.bfloat16:
        progress("bfloat16")
        lines += ["", *measure_bfloat16(arguments.configs, corpus, arguments)]
    if arguments.single:
        progress("one sentence a batch")
        lines += [""] + measure_single(
            arguments.train, folder, arguments.single, arguments.repetitions, arguments.sizes
        )
    return "\n".join([*header, "", *rows, *([""] + lines if lines else [])])


def share(program: Program, batches: List[List[int]]) -> float:
    """The share of structures, estimators and losses in the CPU time of training steps."""
    with structure_clock() as clock:
        start = time.process_time()
        for batch in batches:
            program.step(batch)
        return clock.seconds / (time.process_time() - start)


def parts_of_time(program: Program, batches: List[List[int]]) -> List["Parts"]:
    """Those of training and of prediction."""

    def train() -> None:
        for batch in batches:
            program.step(batch)

    parts = []
    for work in (train, program.predict):
        with around_clock() as clock:
            work()
        around, products = clock.around / clock.total, products_seconds(work) / clock.total
        parts.append(Parts(products, 1 - products - around, around))
    return parts


def measure_long(
    make: Callable[[], Any], corpus: Corpus, lengths: Sequence[int]
) -> Dict[str, List[Tuple[float, float]]]:
    """CPU seconds and MiB of each kind of work for each length, in a process of its own."""
    return {
        name: [in_child(partial(measured, prepare, length, megabytes)) for length in lengths]
        for name, prepare in long_work(make, corpus).items()
    }


def in_child(function: Callable[[], Any]) -> Any:
    """What `function` returns, or raises, in a process that has all that this one has."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def run() -> None:
        try:
            sender.send((function(), None))
        except Exception as error:
            sender.send((None, error))

    process = context.Process(target=run)
    process.start()
    result, error = receiver.recv()
    process.join()
    if error is not None:
        raise error
    return result


def peak_memory(make: Callable[[], Program], corpus: Corpus) -> float:
    """MiB of the process while it trains on all batches."""
    program = make()
    for batch in corpus.batches:
        program.step(batch)
    return megabytes()


def megabytes() -> float:
    """The most MiB that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def describe(
    arguments: argparse.Namespace, corpus: Corpus, sizes: Dict[str, Any], load: float
) -> List[str]:
    trained = [corpus.lengths[index] for batch in corpus.batches for index in batch]
    return [
        f"Training on {len(corpus.batches)} batches of {len(corpus.batches[0])} sentences of "
        f"`{arguments.train}` ({mean(trained):.1f} words on average, {max(trained)} at most), "
        f"prediction of the {len(corpus.test_lengths)} sentences of `{arguments.test}` "
        f"({mean(corpus.test_lengths):.1f}, {max(corpus.test_lengths)}) in batches of 64, from "
        f"file to file; {corpus.vocab.get_vocab_size('words')} words and "
        f"{corpus.vocab.get_vocab_size('roles')} labels in the vocabulary. Sizes: {sizes}. "
        f"{arguments.threads} of {os.cpu_count()} CPUs ({platform.machine()}), load average before "
        f"and after {load:.1f} and {os.getloadavg()[0]:.1f}; torch {torch.__version__}, Python "
        f"{platform.python_version()}. The shortest of {arguments.repetitions} interleaved "
        "repetitions of each batch counts."
    ]


def mean(values: Sequence[int]) -> float:
    return sum(values) / len(values)


def tabulate(
    corpus: Corpus,
    steps: Dict[str, Seconds],
    predictions: Dict[str, Seconds],
    shares: Dict[str, float],
    parts: Dict[str, List[Parts]],
    memory: Dict[str, float],
) -> List[str]:
    num_trained = sum(map(len, corpus.batches))
    num_predicted = len(corpus.test_lengths)
    columns = ["program", "training: sentences/s", "per CPU second", f"step / {BASELINE}"]
    columns += ["by CPU time", "structure and estimator"]
    columns += ["products / other tensor work / around", "peak memory, MiB"]
    columns += ["prediction: sentences/s", "per CPU second"]
    columns += ["products / other tensor work / around"]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for name, step in steps.items():
        base, prediction = steps.get(BASELINE), predictions[name]
        cells = [name, f"{num_trained / step.wall:.0f}", f"{num_trained / step.cpu:.0f}"]
        cells += [
            "–" if base is None else f"{one / other:.3f}" for one, other in zip(step, base or step)
        ]
        cells.append(f"{100 * shares[name]:.1f} %" if shares[name] else "–")
        in_training, in_prediction = parts[name]
        cells += [str(in_training), f"{memory[name]:.0f}"]
        cells += [f"{num_predicted / seconds:.0f}" for seconds in prediction]
        cells.append(str(in_prediction))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def progress(message: str) -> None:
    print(message, file=sys.stderr)


if __name__ == "__main__":
    main()
