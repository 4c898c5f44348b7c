"""Processes may be busy with different corpora, and know in the end what one process would."""

from copy import deepcopy

import torch
from allennlp.common import Params
from allennlp.data import Batch, DatasetReader, Vocabulary
from allennlp.models import Model

import spigot_allennlp  # noqa: F401  registers what the config names
from tests import FIXTURES_ROOT
from tests.metrics.distributed import run_in_two_processes

TREE, GRAPH = ("heads", "deprels"), ("graph",)
# For each process, sentences and what is gold in a batch of them.
STEPS = [
    [([0, 2], GRAPH), ([3], TREE), ([4], GRAPH)],
    [([0, 1], TREE), ([1, 5], GRAPH), ([4, 5], TREE)],
]


def pipeline():
    """The pipeline of the fixture, and a function that makes a batch."""
    params = Params.from_file(FIXTURES_ROOT / "sdp_pipeline.jsonnet")
    for name in ("intermediate", "downstream"):
        params["model"][name]["sentence_encoder"].pop("word_dropout")
    reader = DatasetReader.from_params(params["dataset_reader"])
    instances = list(reader.read(params["train_data_path"]))
    for instance in instances:
        reader.apply_token_indexers(instance)
    vocab = Vocabulary.from_instances(instances)
    torch.manual_seed(0)
    model = Model.from_params(vocab=vocab, params=params["model"])

    def batch_of(numbers, gold):
        batch = Batch([instances[number] for number in numbers])
        batch.index_instances(vocab)
        return {
            name: value
            for name, value in batch.as_tensor_dict().items()
            if name in ("tokens", "metadata", *gold)
        }

    return model.train(), batch_of


def results(model, batch_of, steps):
    """After training without gradients: the metrics, and the labels that occur once."""
    model = deepcopy(model)
    with torch.no_grad():
        for numbers, gold in steps:
            model(**batch_of(numbers, gold))
            model.get_metrics()
    return model.get_metrics(reset=True), model._downstream.most_per_predicate.tolist()


def check_process(global_rank, world_size, gpu_id, model, batch_of, wanted):
    assert results(model, batch_of, STEPS[global_rank]) == wanted


def test_a_treebank_in_one_process_and_graphs_in_another():
    model, batch_of = pipeline()
    metrics, most_per_predicate = results(model, batch_of, STEPS[0] + STEPS[1])
    assert {"UAS", "LAS", "gold_outside", "UF", "LF"} <= set(metrics)
    for steps in STEPS:
        assert results(model, batch_of, steps)[1] != most_per_predicate
    run_in_two_processes(check_process, model, batch_of, (metrics, most_per_predicate))
