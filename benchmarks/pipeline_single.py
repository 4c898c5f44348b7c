"""Training on one sentence a batch, as in the paper, by AllenNLP's trainer with its callbacks."""

import shutil
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

from allennlp.commands.train import TrainModel
from allennlp.common import Params
from allennlp.common.util import prepare_environment
from allennlp.training import GradientDescentTrainer
from pipeline_programs import config

from bilexical.formats.conversion import converted
from bilexical.formats.corpus_files import format_sentence
from bilexical.formats.sdp import read_sdp, write_sdp

CONFIG = "sdp_spigot_paper"
# AllenNLP's own optimizer, beside which that of the configuration is measured.
OPTIMIZERS = {CONFIG: "fused_adamw", f"{CONFIG}, adamw of AllenNLP": "adamw"}


def measure_single(
    path: str, folder: Path, num_sentences: int, repetitions: int, sizes: str
) -> List[str]:
    """
    The table: sentences of a treebank and as many with graphs, each a batch of its own, of which
    the second epoch counts. The shortest of some interleaved repetitions.

    # Parameters

    path : `str`
        In SDP's format with trees (`.sdpx`).
    folder : `Path`
        For files.
    num_sentences : `int`
        With trees, and with graphs: the first ones of `path`.
    repetitions : `int`
    sizes : `str`
        JSON, over those of the configuration.
    """
    sentences = [sentence for sentence, _ in zip(read_sdp(path), range(num_sentences))]
    graphs, treebank = str(folder / "graphs.sdpx"), str(folder / "treebank.conllu")
    write_sdp(graphs, sentences, "sdp_augmented")
    with open(treebank, "w", encoding="utf-8") as file:
        for number, sentence in enumerate(sentences, 1):
            file.write(format_sentence(converted(sentence, "conllu", number), "conllu"))

    def seconds(optimizer: str) -> List[float]:
        values = config(CONFIG, sizes)
        values["train_data_path"] = {"treebank": treebank, "graphs": graphs}
        del values["validation_data_path"], values["validation_data_loader"]
        del values["validation_dataset_reader"], values["trainer"]["validation_metric"]
        values["trainer"].update(num_epochs=2)
        values["trainer"]["optimizer"]["type"] = optimizer
        return second_epoch(values, folder / "single")

    found: Dict[str, List[List[float]]] = {name: [] for name in OPTIMIZERS}
    for _ in range(repetitions):
        for name, optimizer in OPTIMIZERS.items():
            found[name].append(seconds(optimizer))
    best = {name: [min(column) for column in zip(*rows)] for name, rows in found.items()}
    base = best[CONFIG]
    lines = [
        f"One sentence a batch: {num_sentences} with a tree and {num_sentences} with a graph.",
        "",
        "| program | sentences/s | per CPU second | time / first | by CPU time |",
        "|---|---|---|---|---|",
    ]
    for name, row in best.items():
        cells = [f"{2 * num_sentences / value:.1f}" for value in row]
        cells += [f"{value / other:.2f}" for value, other in zip(row, base)]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return lines


def second_epoch(values: Dict[str, Any], folder: Path) -> List[float]:
    """The wall and the CPU seconds of the second epoch of a training."""
    params = Params(values)
    prepare_environment(params)
    folder.mkdir()
    epochs: List[List[float]] = []
    train: Callable[..., Any] = GradientDescentTrainer._train_epoch

    def timed(trainer: GradientDescentTrainer, epoch: int) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        metrics = train(trainer, epoch)
        epochs.append([time.perf_counter() - wall, time.process_time() - cpu])
        return metrics

    GradientDescentTrainer._train_epoch = timed
    try:
        model = TrainModel.from_params(params=params, serialization_dir=str(folder), local_rank=0)
        model.run()
    finally:
        GradientDescentTrainer._train_epoch = train
        shutil.rmtree(folder)
    return epochs[1]
