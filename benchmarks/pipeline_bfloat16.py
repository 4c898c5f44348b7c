"""Training and prediction in bfloat16 beside the same in single precision, in one run."""

import argparse
from functools import partial
from typing import Callable, Dict, List, Sequence

from pipeline_programs import AllenNlpProgram, Corpus, shipped_program
from pipeline_times import Seconds, best_times

from spigot_allennlp.nn.bfloat16 import compute_in_bfloat16, has_bfloat16


def measure_bfloat16(
    names: Sequence[str], corpus: Corpus, arguments: argparse.Namespace
) -> List[str]:
    """
    The table: how many times as fast as in single precision a program trains, and predicts from
    file to file. The programs take turns, and the shortest of some repetitions counts.

    # Parameters

    names : `Sequence[str]`
        Of configurations in `training_configs`.
    corpus : `Corpus`
    arguments : `argparse.Namespace`
        With `repetitions` and `sizes`.
    """
    lines = ["bfloat16: times as fast as in single precision, in this run."]
    if not has_bfloat16():
        lines = [
            "This processor has no bfloat16 (AVX512-BF16 or AMX) that torch knows of, so that both "
            "programs of a row compute in single precision: the figures say what asking costs."
        ]
    lines += [
        "",
        "| program | training step | by CPU time | prediction | by CPU time |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        make = partial(shipped_program, name, corpus, arguments.sizes)
        cells = [
            ratio
            for work in (training(make, corpus), prediction(make))
            for ratio in ratios(best_times(work, arguments.repetitions))
        ]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return lines


def training(
    make: Callable[[], AllenNlpProgram], corpus: Corpus
) -> Dict[str, List[Callable[[], None]]]:
    """Steps in single precision, and in bfloat16 with parameters in single precision."""
    single, other = make(), make()
    compute_in_bfloat16(other.model)
    return {
        name: [partial(program.step, batch) for batch in corpus.batches]
        for name, program in (("single", single), ("bfloat16", other))
    }


def prediction(make: Callable[[], AllenNlpProgram]) -> Dict[str, List[Callable[[], None]]]:
    """In single precision, and by the same weights in bfloat16, converted before."""
    single, other = make(), make()
    other.model.load_state_dict(single.model.state_dict())
    other.name += "_bfloat16"
    compute_in_bfloat16(other.model, convert=True)
    return {"single": [single.predict], "bfloat16": [other.predict]}


def ratios(times: Dict[str, Seconds]) -> List[str]:
    """Of wall and of CPU time."""
    return [f"{one / other:.2f}" for one, other in zip(times["single"], times["bfloat16"])]
