"""Every shipped config trains, validates, is archived and predicts: as it is, but small."""

import json
from copy import deepcopy
from functools import lru_cache
from pathlib import Path

import _jsonnet
import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, DatasetReader
from allennlp.models.archival import load_archive
from allennlp.predictors import Predictor

import spigot_allennlp  # noqa: F401  registers what the configs name
from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.predictors import StructuredParserPredictor
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.built import build
from tests.tiny_transformer import needs_transformers, save_tiny_transformer

CONFIGS = PROJECT_ROOT / "training_configs"
NAMES = sorted(path.stem for path in CONFIGS.glob("*.jsonnet"))

# A new reader needs a file here.
CORPORA = {"sdp": "graphs.sdpx", "conll_dependencies": "trees.conllu", "sst": "sentiment.txt"}

# Corpora of others, and large ones, are not part of the repository.
NEED_MORE_THAN_THE_REPOSITORY = {"en_dm", *(name for name in NAMES if name.startswith("listops"))}

# Those that have a configuration of their own for each task.
ESTIMATORS = [
    name for name in StructuredGradientEstimator.list_available() if f"sdp_{name}" in NAMES
]

# What AllenNLP's trainer adds to the metrics of the model.
COUNTERS = {"best_epoch", "epoch", "training_duration"}


def evaluate(name):
    return json.loads(evaluate_once(name))


@lru_cache(maxsize=None)
def evaluate_once(name):
    return _jsonnet.evaluate_file(str(CONFIGS / f"{name}.jsonnet"))


def evaluate_small(name):
    """
    The config over the shipped library, whose parsers are those of the fixtures in size, on the
    sentences of the fixtures, for one epoch.
    """

    def import_small(folder, imported):
        path = (Path(folder) / imported).resolve()
        content = path.read_text(encoding="utf-8")
        if path.name == "parsers.libsonnet":
            tiny = FIXTURES_ROOT / "tiny.libsonnet"
            content += f"+ {{ sizes:: (import '{tiny}').sizes {{ dropout: 0.2 }} }}"
        return str(path), content.encode()

    path = str(CONFIGS / f"{name}.jsonnet")
    config = json.loads(_jsonnet.evaluate_file(path, import_callback=import_small))
    reader = config["dataset_reader"]
    config["validation_data_path"] = corpus_for(config.get("validation_dataset_reader", reader))
    # So that there is more than one batch.
    if reader["type"] == "multitask":
        readers = reader["readers"].items()
        config["train_data_path"] = {task: corpus_for(reader) for task, reader in readers}
        config["data_loader"]["scheduler"]["batch_size"] = 4
    else:
        config["train_data_path"] = corpus_for(reader)
        config["data_loader"]["batch_sampler"]["batch_size"] = 4
    config["trainer"]["num_epochs"] = 1
    # That takes processes of their own: see tests/commands/process_test.py.
    config.pop("distributed", None)
    return config


def corpus_for(reader):
    if "label" in reader:
        return str(FIXTURES_ROOT / "listops.conllu")
    return str(FIXTURES_ROOT / CORPORA[reader["type"]])


@pytest.fixture(scope="module")
def with_stand_ins(tmp_path_factory):
    """
    For a config: the same with a tiny transformer for the one that it names, and with the archive
    of a small model for each that it starts from, runs/NAME/model.tar.gz being the one of NAME.
    """
    stand_ins = {}

    def train_small(archive):
        name = Path(archive).parent.name
        run = tmp_path_factory.mktemp(name) / "run"
        train_model(Params(replace(evaluate_small(name))), run)
        return str(run / "model.tar.gz")

    def save_transformer(_):
        return str(save_tiny_transformer(tmp_path_factory.mktemp("transformer")))

    makers = {
        "archive_file": train_small,
        "directory": train_small,
        "model_name": save_transformer,
    }

    def replace(value, key=None):
        if isinstance(value, dict):
            return {key: replace(content, key) for key, content in value.items()}
        if isinstance(value, list):
            return [replace(content) for content in value]
        if key not in makers:
            return value
        if value not in stand_ins:
            stand_ins[value] = makers[key](value)
        return stand_ins[value]

    return replace


every_config = pytest.mark.parametrize("name", NAMES)
every_small_config = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=needs_transformers if "transformer" in name else [])
        for name in NAMES
    ],
)


@every_small_config
def test_trains_and_predicts(name, tmp_path, with_stand_ins):
    config = with_stand_ins(evaluate_small(name))
    corpus = config["validation_data_path"]
    metric = config["trainer"]["validation_metric"].lstrip("+-")
    model = train_model(Params(deepcopy(config)), tmp_path / "run")

    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert f"best_validation_{metric}" in metrics
    types = {key: type(value) for key, value in metrics.items() if key not in COUNTERS}
    assert set(types.values()) == {float}, types
    assert all(type(value) is float for value in model.get_metrics(reset=True).values())

    archive = load_archive(tmp_path / "run" / "model.tar.gz")
    predictor = Predictor.from_archive(archive)
    instances = list(archive.validation_dataset_reader.read(corpus))
    outputs = predictor.predict_batch_instance(instances)
    assert len(outputs) == len(instances) > 0
    raw_text = {"sentence": "She sings."}
    options = ("reads_syntax", "reads_graph", "reads_tree")
    reads = [name for name in options if config["model"].get(name)]
    if reads:
        # Without a parser before it, it asks for gold trees or graphs.
        with pytest.raises(ConfigurationError, match=reads[0]):
            predictor.predict_json(raw_text)
    else:
        assert predictor.predict_json(raw_text)["words"] == ["She", "sings", "."]


@every_config
def test_needs_nothing_but_the_repository(name):
    config = evaluate(name)
    training = config["train_data_path"]
    paths = list(training.values()) if isinstance(training, dict) else [training]
    for path in map(Path, [*paths, config["validation_data_path"]]):
        assert not path.is_absolute()
        assert name in NEED_MORE_THAN_THE_REPOSITORY or (PROJECT_ROOT / path).is_file()
    reader = config["dataset_reader"]
    for one in reader.get("readers", {"the only one": reader}).values():
        assert one["max_tokens"] > 0


@every_config
def test_seeds_are_explicit(name):
    config = evaluate(name)
    assert {"random_seed", "numpy_seed", "pytorch_seed"} <= set(config)


@every_config
def test_the_vocabulary_is_that_of_training(name):
    assert evaluate(name)["datasets_for_vocab_creation"] == ["train"]


def with_forms(**sizes):
    """The parser of graphs, tiny, that reads of each form what has a size."""
    return _jsonnet.evaluate_snippet(
        str(CONFIGS / "snippet.jsonnet"),
        f"""
        local sdp = import 'lib/sdp.libsonnet';
        local sizes = (import '{FIXTURES_ROOT}/tiny.libsonnet').sizes;
        sdp.parser(reads_gold_syntax=false, sizes=sizes + {json.dumps(sizes)})
        """,
    )


ALL_FORMS = {"prefix": 2, "suffix": 3, "shape": 4, "characters": 5}


@pytest.mark.parametrize("names", [*([name] for name in ALL_FORMS), list(ALL_FORMS)])
def test_each_feature_of_a_form_is_one_key(names):
    config = json.loads(with_forms(**{name: ALL_FORMS[name] for name in names}))
    config["train_data_path"] = corpus_for(config["dataset_reader"])
    read = {"words", "pos", *names}
    encoder = config["model"]["sentence_encoder"]
    assert set(config["dataset_reader"]["token_indexers"]) == read
    assert set(encoder["text_field_embedder"]["token_embedders"]) == read
    assert encoder["encoder"]["input_size"] == 7 + sum(ALL_FORMS[name] for name in names)
    model, reader, instances = build(Params(deepcopy(config)))
    model(**indexed(instances[:3], model))["loss"].backward()
    for name in read:
        embedder = encoder_of(model).get_submodule(f"token_embedder_{name}")
        assert all(parameter.grad.any() for parameter in embedder.parameters()), name
    # Whatever the words are, and wherever they come from.
    predictor = StructuredParserPredictor(model.eval(), reader)
    words = ["a", "’s", "😀", "👨‍👩‍👧", "日本語", "Ünseen", "x" * 1000, "@root@"]
    inputs = [{"tokens": words}, {"tokens": ["a"]}, {"sentence": "It’s 😀 here."}]
    together = predictor.predict_batch_json(inputs)
    assert [output["words"] for output in together[:2]] == [words, ["a"]]
    assert together == [predictor.predict_json(one) for one in inputs]


def test_a_feature_of_forms_tells_unseen_words_apart():
    for sizes in ALL_FORMS, {}:
        config = json.loads(with_forms(**sizes))
        config["train_data_path"] = corpus_for(config["dataset_reader"])
        model, reader, _ = build(Params(config))
        instances = [reader.text_to_instance([word]) for word in ("unfoldings", "Recoded")]
        for instance in instances:
            reader.apply_token_indexers(instance)
        first, second = encoder_of(model.eval())(indexed(instances, model)["tokens"])
        assert torch.equal(first, second) == (not sizes)


def indexed(instances, model):
    batch = Batch(instances)
    batch.index_instances(model.vocab)
    return batch.as_tensor_dict()


def encoder_of(model):
    return model._sentence_encoder._text_field_embedder


def test_the_shipped_model_reads_the_same_in_both_parsers():
    config = evaluate("en_dm")
    readers = [*config["dataset_reader"]["readers"].values(), config["validation_dataset_reader"]]
    indexers = [reader["token_indexers"] for reader in readers]
    assert set(indexers[0]) == {"words", "pos", *ALL_FORMS}
    assert all(one == indexers[0] for one in indexers)
    for parser in ("intermediate", "downstream"):
        dropout = config["model"][parser]["sentence_encoder"]["word_dropout"]
        assert dropout["missing"] == {"pos": 0.8}
        # A dropped word keeps what is read of its form.
        assert not set(ALL_FORMS) & {*dropout["together_with"], *dropout["missing"]}
    assert set(config["vocabulary"]["min_count"]) == {"words", *ALL_FORMS}


@pytest.mark.parametrize("task", ["sdp", "sst"])
def test_pipelines_differ_in_nothing_but_the_estimator(task):
    configs = [evaluate(f"{task}_{estimator}") for estimator in ESTIMATORS]
    assert [config["model"].pop("estimator")["type"] for config in configs] == ESTIMATORS
    if task == "sst":
        # Marginals are those of all graphs.
        once = [config["model"]["intermediate"].pop("deterministic_labels") for config in configs]
        assert once == [estimator != "structured_attention" for estimator in ESTIMATORS]
    assert all(config == configs[0] for config in configs)


def test_baselines_differ_from_the_pipeline_in_the_syntax_they_read():
    pipeline, no_syntax, gold_syntax = map(
        evaluate, ["sdp_spigot", "sdp_no_syntax", "sdp_gold_syntax"]
    )
    reads_syntax = gold_syntax["model"].pop("reads_syntax")
    assert reads_syntax["pairs"] and reads_syntax["deprels"] == "hard"
    assert no_syntax["model"].pop("reads_syntax") is False
    assert gold_syntax == no_syntax
    downstream = pipeline["model"]["downstream"]
    assert downstream.pop("reads_syntax") == reads_syntax
    assert gold_syntax.pop("model") == downstream
    del pipeline["model"]
    assert gold_syntax == pipeline


def test_sentiment_baselines_are_the_downstream_model_of_the_pipeline():
    pipeline, no_structure, gold_graphs = map(
        evaluate, ["sst_spigot", "sst_no_structure", "sst_gold_graphs"]
    )
    assert gold_graphs["dataset_reader"].pop("graphs") == ".sdp"
    assert gold_graphs["model"] == pipeline["model"]["downstream"]
    assert gold_graphs["model"].pop("reads_graph") is True
    assert no_structure["model"].pop("reads_graph") is False
    assert gold_graphs == no_structure
    assert pipeline["dataset_reader"]["readers"]["sentiment"] == no_structure["dataset_reader"]
    # The parser has a rate and a norm of its own.
    assert pipeline["trainer"]["optimizer"].pop("parameter_groups")
    assert pipeline["trainer"]["callbacks"].pop()["type"] == "group_clipping"
    assert pipeline["trainer"] == no_structure["trainer"]


def test_baselines_of_nested_lists_differ_in_the_tree_they_read():
    pipeline, frozen, no_structure, gold_trees = map(
        evaluate,
        ["listops_spigot", "listops_frozen", "listops_no_structure", "listops_gold_trees"],
    )
    assert gold_trees["model"] == pipeline["model"]["downstream"] == frozen["model"]["downstream"]
    assert pipeline["validation_dataset_reader"] == frozen["validation_dataset_reader"]
    readers = pipeline["dataset_reader"]["readers"]
    assert readers["trees"]["max_instances"] == 100 and "label" not in readers["trees"]
    assert readers["values"] == no_structure["dataset_reader"] == frozen["dataset_reader"]
    for key in ("dataset_reader", "validation_dataset_reader"):
        assert gold_trees[key].pop("read_syntax") is True
        assert no_structure[key].pop("read_syntax") is False
    for config in (gold_trees, no_structure):
        config["model"].pop("sentence_encoder")
    assert gold_trees["model"].pop("reads_tree")["rounds"] == 5
    assert gold_trees == no_structure


def test_pipelines_of_nested_lists_differ_in_the_estimator():
    spigot = evaluate("listops_spigot")
    del spigot["model"]["estimator"]
    for name in ("listops_structured_attention", "listops_perturb_and_marginals"):
        config = evaluate(name)
        assert name == f"listops_{config['model'].pop('estimator')['type']}"
        # It is not held.
        assert not {"candidates", "anchor", "warm_up"} & config["model"].keys()
        config["model"] = {**spigot["model"], **config["model"]}
        assert {**spigot, "trainer": config["trainer"]} == config


TREE_FIELDS = {"heads", "deprels"}


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("listops")])
def test_all_nested_lists_of_the_development_data_are_read(name):
    config = evaluate(name)
    assert "max_instances" in json.dumps(config["dataset_reader"])
    assert "max_instances" not in config["validation_dataset_reader"]


def of_nested_lists(call):
    snippet = f"local listops = import 'lib/listops.libsonnet'; listops.{call}"
    return json.loads(_jsonnet.evaluate_snippet(str(CONFIGS / "snippet.jsonnet"), snippet))


def test_how_many_nested_lists_and_trees_are_arguments():
    estimator = "{ type: 'spigot' }"
    latent = of_nested_lists(f"pipeline({estimator}, sentences=7, trees=0)")
    assert latent["dataset_reader"]["max_instances"] == 7
    assert latent["dataset_reader"]["read_syntax"] is False
    supervised = of_nested_lists(f"pipeline({estimator}, sentences=7, trees=3)")
    assert supervised["dataset_reader"]["readers"]["values"] == latent["dataset_reader"]
    for name, (count, fields) in {"values": (7, {"label"}), "trees": (3, TREE_FIELDS)}.items():
        reader = DatasetReader.from_params(Params(supervised["dataset_reader"]["readers"][name]))
        instances = list(reader.read(FIXTURES_ROOT / "listops.conllu"))
        assert len(instances) == count
        assert set(instances[0].fields) == {"tokens", "metadata"} | fields
    chain = of_nested_lists("classifier(tree='chain', sentences=7)")
    assert chain["train_data_path"] == "data/listops/chain/train.conllu"
    assert chain["validation_data_path"] == "data/listops/chain/dev.conllu"


def test_sizes_that_nothing_reads():
    def evaluate_with(sizes):
        code = f"(import 'training_configs/lib/parsers.libsonnet').sizes + {sizes}"
        return json.loads(_jsonnet.evaluate_snippet(f"{CONFIGS.parent}/-", code))

    with pytest.raises(RuntimeError, match="sizes has suffixx, which nothing reads"):
        evaluate_with("{ suffixx: 8 }")
    assert evaluate_with("{ suffix: 8, mine:: 3 }").keys() > {"suffix", "hidden"}
