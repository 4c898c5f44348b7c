"""Processes may be busy with different corpora, and know in the end what one process would."""

from copy import deepcopy

import pytest
import torch
from allennlp.common import Params
from allennlp.data import Batch

import spigot_allennlp  # noqa: F401  registers what the configs name
from spigot_allennlp.models import SemanticGraphParser
from tests import FIXTURES_ROOT
from tests.built import build
from tests.metrics.distributed import run_in_two_processes

TREE, GRAPH, LABEL = ("heads", "deprels"), ("graph",), ("label",)
# For each pipeline: for each process, sentences and what is gold in a batch of them; and metrics.
STEPS = {
    "sdp_pipeline": (
        [([0, 2], GRAPH), ([3], TREE), ([4], GRAPH)],
        [([0, 1], TREE), ([1, 5], GRAPH), ([4, 5], TREE)],
    ),
    "sst_pipeline": (
        [([0], LABEL), ([1, 3], LABEL), ([2], GRAPH)],
        [([0], GRAPH), ([1], GRAPH), ([1], GRAPH)],
    ),
}
METRICS = {
    "sdp_pipeline": {"UAS", "LAS", "gold_outside", "UF", "LF"},
    "sst_pipeline": {"accuracy", "positive_F1", "UF", "LF"},
}


def pipeline(config):
    """The pipeline of the fixture, and a function that makes a batch."""
    params = Params.from_file(FIXTURES_ROOT / f"{config}.jsonnet")
    for name in ("intermediate", "downstream"):
        params["model"][name]["sentence_encoder"].pop("word_dropout")
    torch.manual_seed(0)
    model, _, instances = build(params)

    def batch_of(numbers, gold):
        batch = Batch([instances[number] for number in numbers])
        batch.index_instances(model.vocab)
        return {
            name: value
            for name, value in batch.as_tensor_dict().items()
            if name in ("tokens", "metadata", *gold)
        }

    return model.train(), batch_of


def results(model, batch_of, steps):
    """After training without any step: the metrics, and the labels that occur once."""
    model = deepcopy(model)
    for numbers, gold in steps:
        model(**batch_of(numbers, gold))
        model.get_metrics()
    (parser,) = (part for part in model.modules() if isinstance(part, SemanticGraphParser))
    return model.get_metrics(reset=True), parser.most_per_predicate.tolist()


def check_process(global_rank, world_size, gpu_id, model, batch_of, steps, wanted):
    assert results(model, batch_of, steps[global_rank]) == wanted


@pytest.mark.parametrize("config", STEPS)
def test_one_corpus_in_one_process_and_another_in_the_other(config):
    model, batch_of = pipeline(config)
    steps = STEPS[config]
    metrics, most_per_predicate = results(model, batch_of, steps[0] + steps[1])
    assert METRICS[config] <= set(metrics)
    for of_process in steps:
        assert results(model, batch_of, of_process)[1] != most_per_predicate
    run_in_two_processes(check_process, model, batch_of, steps, (metrics, most_per_predicate))
