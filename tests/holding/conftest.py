"""Parsers trained on the fixtures, and pipelines that start from them."""

import json

import pytest
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.data import Batch, DatasetReader, Vocabulary
from allennlp.models import Model

import spigot_allennlp  # noqa: F401  registers what the configs name
from tests import FIXTURES_ROOT

#: From a pipeline to the config that its intermediate parser is trained alone with.
PARSERS = {"sdp_pipeline": "conll_parser", "sst_pipeline": "sdp_parser"}
CORPORA = {"sdp_pipeline": "graphs.sdpx", "sst_pipeline": "sentiment.txt"}


@pytest.fixture(scope="session")
def archives(tmp_path_factory):
    """From a pipeline to the archive of a parser like its own."""
    paths = {}
    for pipeline, parser in PARSERS.items():
        run = tmp_path_factory.mktemp("parser") / "run"
        overrides = {"trainer.num_epochs": 2}
        if parser == "sdp_parser":
            overrides["model.reads_syntax"] = False
        train_model(
            Params.from_file(FIXTURES_ROOT / f"{parser}.jsonnet", json.dumps(overrides)), run
        )
        paths[pipeline] = str(run / "model.tar.gz")
    return paths


def warm_start(archive):
    """An override: the intermediate parser starts as the one in the archive."""
    initializer = {"type": "trained_model", "archive_file": archive}
    return {"model.intermediate.initializer": {"regexes": [[".*", initializer]]}}


class Pipeline:
    """A pipeline of the fixtures, its vocabulary and a batch."""

    def __init__(self, name, overrides):
        params = Params.from_file(FIXTURES_ROOT / f"{name}.jsonnet", json.dumps(overrides))
        reader = DatasetReader.from_params(params["dataset_reader"])
        self.instances = list(reader.read(params["train_data_path"]))
        for instance in self.instances:
            reader.apply_token_indexers(instance)
        self.vocab = Vocabulary.from_instances(self.instances)
        self.model = Model.from_params(vocab=self.vocab, params=params["model"])

    def tensors(self, *without):
        batch = Batch(self.instances)
        batch.index_instances(self.vocab)
        tensors = batch.as_tensor_dict()
        return {name: value for name, value in tensors.items() if name not in without}


@pytest.fixture
def pipeline(archives):
    """Makes a pipeline that starts from a trained parser."""

    def make(name="sdp_pipeline", **overrides):
        own = {f"model.{key}": value for key, value in overrides.items()}
        return Pipeline(name, {**warm_start(archives[name]), **own})

    return make
