"""What `pipeline.py` measures: the shipped configurations."""

import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import _jsonnet
import torch
from allennlp.commands.predict import _PredictManager
from allennlp.common import Params
from allennlp.data import DatasetReader, Instance, Vocabulary, allennlp_collate
from allennlp.data.samplers import BucketBatchSampler
from allennlp.models import Model
from allennlp.predictors import Predictor
from allennlp.training.optimizers import Optimizer

from bilexical.formats.sdp import read_sdp

CONFIGS = Path(__file__).parent.parent / "training_configs"
PREDICTION_BATCH_SIZE = 64


class Corpus:
    """
    The files, the sentences of the training file, and the batches to train on.

    # Parameters

    train, test : `str`
        In SDP's format with trees (`.sdpx`).
    folder : `Path`
        For files that programs write.
    num_batches, batch_size : `int`
    """

    def __init__(
        self, train: str, test: str, folder: Path, num_batches: int, batch_size: int
    ) -> None:
        self.train, self.test, self.folder = train, test, folder
        self.reader = DatasetReader.from_params(Params(config("sdp_modular")["dataset_reader"]))
        self.instances: List[Instance] = list(self.reader.read(train))
        self.vocab = index(self.instances, self.reader)
        self.lengths = [instance["metadata"]["sentence"].words for instance in self.instances]
        self.lengths = [len(words) for words in self.lengths]
        self.test_lengths = [len(sentence.words) for sentence in read_sdp(test)]
        sampler = BucketBatchSampler(batch_size, sorting_keys=["tokens"], drop_last=True)
        batches = [list(batch) for batch in sampler.get_batch_indices(self.instances)]
        # Evenly spread over the lengths, so that a few of them stand for the corpus.
        batches.sort(key=lambda batch: sum(self.lengths[index] for index in batch))
        step = max(1, len(batches) // num_batches)
        self.batches = batches[step // 2 :: step][:num_batches]


class Program:
    """A parser that trains and predicts."""

    name: str

    def step(self, batch: Sequence[int]) -> None:
        """One training step on sentences of the corpus: tensors, loss, gradient, update."""
        raise NotImplementedError

    def predict(self) -> None:
        """From the test file to a file of predictions."""
        raise NotImplementedError


class AllenNlpProgram(Program):
    """A model that AllenNLP trains and predicts with; `trainer` is that of the configurations."""

    def __init__(
        self,
        name: str,
        corpus: Corpus,
        instances: List[Instance],
        reader: DatasetReader,
        model: Model,
        trainer: Dict[str, Any],
    ) -> None:
        self.name = name
        self.instances = instances
        self._corpus, self._reader = corpus, reader
        self.model = model.train()
        self._optimizer = Optimizer.from_params(
            Params(trainer["optimizer"]), model_parameters=list(model.named_parameters())
        )
        self._grad_norm = trainer["grad_norm"]

    def step(self, batch: Sequence[int]) -> None:
        tensors = allennlp_collate([self.instances[index] for index in batch])
        self._optimizer.zero_grad()
        self.model(**tensors)["loss"].backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self._grad_norm)
        self._optimizer.step()
        self.model.get_metrics()

    def predictor(self) -> Predictor:
        name = getattr(self.model, "default_predictor", None)
        return (Predictor.by_name(name) if name else Predictor)(self.model, self._reader)

    def predict(self) -> None:
        target = str(self._corpus.folder / f"{self.name}.out")
        # The command `predict`, but for the loading of an archive.
        _PredictManager(
            self.predictor(), self._corpus.test, target, PREDICTION_BATCH_SIZE, False, True
        ).run()


def index(instances: List[Instance], reader: DatasetReader) -> Vocabulary:
    """The vocabulary of instances, with which they are indexed."""
    for instance in instances:
        reader.apply_token_indexers(instance)
    vocab = Vocabulary.from_instances(instances)
    for instance in instances:
        instance.index_fields(vocab)
    return vocab


def sizes_of_configs(changes: str = "{}") -> Dict[str, Any]:
    """`sizes` of the shipped configurations, with `changes`, JSON."""
    snippet = f"(import 'lib/parsers.libsonnet').sizes + {changes}"
    return json.loads(_jsonnet.evaluate_snippet(str(CONFIGS / "sizes"), snippet))


def config(name: str, changes: str = "{}") -> Dict[str, Any]:
    """A shipped configuration with changed `sizes`."""

    def import_changed(folder: str, imported: str) -> Tuple[str, bytes]:
        path = (Path(folder) / imported).resolve()
        content = path.read_text(encoding="utf-8")
        if path.name == "parsers.libsonnet":
            content += f"+ {{ sizes+:: {changes} }}"
        return str(path), content.encode()

    path = str(CONFIGS / f"{name}.jsonnet")
    return json.loads(_jsonnet.evaluate_file(path, import_callback=import_changed))


def shipped_program(
    name: str, corpus: Corpus, changes: str, estimator: Optional[str] = None
) -> AllenNlpProgram:
    """
    The program of a configuration in `training_configs`; with another estimator it is called as
    that.
    """
    values = config(name, changes)
    if estimator is not None:
        name, values["model"]["estimator"] = estimator, {"type": estimator}
    model = Model.from_params(Params(values["model"]), vocab=corpus.vocab)
    reader, trainer = corpus.reader, values["trainer"]
    return AllenNlpProgram(name, corpus, corpus.instances, reader, model, trainer)
