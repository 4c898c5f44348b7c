"""A model starts as a trained one, although their vocabularies differ."""

import json
import re
import shutil
import tarfile

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, DatasetReader, Vocabulary
from allennlp.models import Model, load_archive

from spigot_allennlp.modules import VocabularyAxis
from spigot_allennlp.training.trained_model import TrainedModelInitializer
from spigot_allennlp.training.vocabulary_axes import same_entries
from tests import FIXTURES_ROOT

CORPORA = {"conll_parser": "trees.conllu", "sdp_parser": "graphs.sdpx"}

# For parameters with an entry for every token, the namespace and the index of the first entry.
EMBEDDERS = "_sentence_encoder._text_field_embedder.token_embedder_"
EMBEDDINGS = {f"{EMBEDDERS}{name}.weight": (name, 0) for name in ("words", "pos")}

# Config, overrides, and such parameters of the output.
MLP = {"model.label_scorer": {"type": "mlp", "hidden_dim": 6}}
MODELS = {
    "syntactic": (
        "conll_parser",
        {},
        {
            "deprel_scorer.output.weight": ("deprels", 0),
            "deprel_scorer.output.bias": ("deprels", 0),
            "deprel_scorer.seen": ("deprels", 0),
        },
    ),
    "semantic": (
        "sdp_parser",
        {},
        {"_label_scorer._bilinear": ("roles", 1), "most_per_predicate": ("roles", 0)},
    ),
    "semantic, mlp": (
        "sdp_parser",
        MLP,
        {
            "_label_scorer._output.weight": ("roles", 1),
            "_label_scorer._output.bias": ("roles", 1),
            "most_per_predicate": ("roles", 0),
        },
    ),
}
every_model = pytest.mark.parametrize("name", MODELS)


def params_of(config, **overrides):
    corpus = str(FIXTURES_ROOT / CORPORA[config])
    overrides = {"train_data_path": corpus, "validation_data_path": corpus, **overrides}
    return Params.from_file(FIXTURES_ROOT / f"{config}.jsonnet", json.dumps(overrides))


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """From the name of a model to the path of its archive."""
    paths = {}
    for name, (config, overrides, _) in MODELS.items():
        run = tmp_path_factory.mktemp("trained") / "run"
        train_model(params_of(config, **overrides), run)
        paths[name] = str(run / "model.tar.gz")
    return paths


def other_vocabulary(vocab, with_all=True):
    """The tokens of `vocab` in another order, all of them or not, and two more of each kind."""
    counts = {}
    for namespace in vocab.get_namespaces():
        tokens = vocab.get_index_to_token_vocabulary(namespace)
        known = [tokens[i] for i in range(2, len(tokens))][:: -1 if with_all else -2]
        counts[namespace] = dict.fromkeys(["new", *known, "newer"], 1)
    return Vocabulary(counter=counts)


def warm_model(name, archive, vocab, **overrides):
    config, own_overrides, _ = MODELS[name]
    initializer = {"regexes": [[".*", {"type": "trained_model", "archive_file": archive}]]}
    overrides = {**own_overrides, "model.initializer": initializer, **overrides}
    return Model.from_params(vocab=vocab, params=params_of(config, **overrides)["model"])


@every_model
@pytest.mark.parametrize("with_all", [True, False])
def test_every_entry_is_that_of_its_token(name, with_all, archives):
    trained = load_archive(archives[name]).model
    vocab = other_vocabulary(trained.vocab, with_all)
    model = warm_model(name, archives[name], vocab)
    expected = dict(trained.named_parameters())
    axes = {**EMBEDDINGS, **MODELS[name][2]}
    assert set(axes) <= set(expected)
    for parameter_name, parameter in model.named_parameters():
        if parameter_name not in axes:
            assert torch.equal(parameter, expected[parameter_name]), parameter_name
            continue
        namespace, first = axes[parameter_name]
        assert len(parameter) != len(expected[parameter_name])
        for entry, value in enumerate(parameter):
            token = vocab.get_token_from_index(entry + first, namespace)
            # Of a token that it does not know, a vocabulary says that it is the unknown one.
            index = trained.vocab.get_token_index(token, namespace) - first
            assert torch.equal(value, expected[parameter_name][index]), (parameter_name, token)


def test_the_parser_is_the_same(archives):
    archive = load_archive(archives["syntactic"])
    trained = archive.model.eval()
    model = warm_model("syntactic", archives["syntactic"], other_vocabulary(trained.vocab)).eval()
    sentences = [["She", "seldom", "sang", "."], ["Snow", "fell", "and", "rain", "melted"], ["?"]]
    outputs = []
    for parser in (trained, model):
        reader = archive.dataset_reader
        instances = [reader.text_to_instance(words, pos=["NN"] * len(words)) for words in sentences]
        for instance in instances:
            reader.apply_token_indexers(instance)
        batch = Batch(instances)
        batch.index_instances(parser.vocab)
        tensors = batch.as_tensor_dict()
        scores = parser.score_parts(tensors["tokens"]).scores
        readable = parser.make_output_human_readable(parser(tensors["tokens"]))
        outputs.append((scores, readable))
    torch.testing.assert_close(outputs[0][0], outputs[1][0])
    # No new label is predicted.
    assert outputs[0][1] == outputs[1][1]


WHOLE_MODELS = {
    "sst_classifier": {},
    "sdp_parser": {"model.reads_syntax": {"deprels": "hard", "pairs": True}},
    "sdp_pipeline": {},
}


@pytest.mark.parametrize("config", WHOLE_MODELS)
def test_what_a_model_predicts_does_not_change(config, tmp_path):
    """The same tokens in the opposite order, which no shape betrays."""
    run = str(tmp_path / "run")
    overrides = {"trainer.num_epochs": 3, **WHOLE_MODELS[config]}

    def params(**others):
        return Params.from_file(
            FIXTURES_ROOT / f"{config}.jsonnet", json.dumps({**overrides, **others})
        )

    train_model(params(), run)
    trained = load_archive(f"{run}/model.tar.gz").model
    vocab = reversed_vocabulary(trained.vocab)
    warm = {"regexes": [[".*", {"type": "trained_model", "archive_file": run}]]}
    model = Model.from_params(vocab=vocab, params=params(**{"model.initializer": warm})["model"])
    reader = DatasetReader.from_params(params()["dataset_reader"])
    outputs = []
    for each in (trained, model):
        instances = list(reader.read(params()["train_data_path"]))
        for instance in instances:
            reader.apply_token_indexers(instance)
        batch = Batch(instances)
        batch.index_instances(each.vocab)
        with torch.no_grad():
            output = each.eval()(**batch.as_tensor_dict())
        losses = output["sentence_losses"]
        readable = each.make_output_human_readable(output)
        outputs.append((losses, readable.get("arcs"), readable.get("label")))
    torch.testing.assert_close(outputs[0][0], outputs[1][0])
    assert outputs[0][1:] == outputs[1][1:]


def reversed_vocabulary(vocab):
    """The same tokens; those that stand for padding and for what is unknown stay in front."""
    other = Vocabulary(non_padded_namespaces=["labels"])
    for namespace in vocab.get_namespaces():
        tokens = vocab.get_index_to_token_vocabulary(namespace)
        first = 2 if tokens[0] == vocab._padding_token else 0
        for index in reversed(range(first, len(tokens))):
            other.add_token_to_namespace(tokens[index], namespace)
    return other


def test_entries_of_an_axis_that_has_all_of_them_twice():
    trained = Vocabulary(counter={"tags": {"a": 2, "b": 1}}, non_padded_namespaces=["tags"])
    new = Vocabulary(counter={"tags": {"c": 3, "b": 2, "a": 1}}, non_padded_namespaces=["tags"])
    axis = VocabularyAxis("tags", 0, repeats=2)
    assert same_entries(axis, trained, new).tolist() == [-1, 1, 0, -1, 3, 2]


def test_says_how_much_is_known(archives, caplog):
    trained = load_archive(archives["syntactic"]).model
    with caplog.at_level("INFO"):
        warm_model("syntactic", archives["syntactic"], other_vocabulary(trained.vocab, False))
    messages = [r.getMessage() for r in caplog.records if "are known to" in r.getMessage()]
    assert len(messages) == 3
    (message,) = (m for m in messages if "'words'" in m)
    before = trained.vocab.get_vocab_size("words")
    kept = 2 + (before - 1) // 2
    assert f"{kept} of {kept + 2} entries of the namespace 'words'" in message
    assert "syntactic" not in message and "SyntacticParser" in message
    assert f"{before - kept} that it knows are not in this vocabulary" in message


def test_a_namespace_that_neither_knows_is_no_vocabulary(tmp_path):
    """As that of the labels of trees which have none."""
    trees = tmp_path / "trees.conllx"
    trees.write_text("1\ta\t_\t_\tDT\t_\t2\t_\t_\t_\n2\tb\t_\t_\tNN\t_\t0\t_\t_\t_\n\n")
    paths = {"train_data_path": str(trees), "validation_data_path": str(trees)}
    train_model(params_of("conll_parser", **paths), tmp_path / "run")
    archive = str(tmp_path / "run" / "model.tar.gz")
    trained = load_archive(archive).model
    model = warm_model("syntactic", archive, trained.vocab)
    expected = dict(trained.named_parameters())
    assert expected["deprel_scorer.seen"].size(0) > 0
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, expected[name]), name


def test_a_new_token_is_the_unknown_one_if_there_is_one():
    trained = Vocabulary(counter={"tags": {"a": 2, "b": 1}}, non_padded_namespaces=["tags"])
    new = Vocabulary(counter={"tags": {"c": 2, "b": 1}}, non_padded_namespaces=["tags"])
    assert same_entries(VocabularyAxis("tags", 0), trained, new).tolist() == [-1, 1]
    # An axis may begin with the unknown token, or after it.
    padded = Vocabulary(counter={"labels": {"a": 2, "b": 1}}, non_padded_namespaces=[])
    other = Vocabulary(counter={"labels": {"c": 2, "b": 1}}, non_padded_namespaces=[])
    assert same_entries(VocabularyAxis("labels", 0), padded, other).tolist() == [0, 1, 1, 3]
    assert same_entries(VocabularyAxis("labels", 1), padded, other).tolist() == [0, 0, 2]
    assert same_entries(VocabularyAxis("labels", 2), padded, other).tolist() == [-1, 1]


def test_a_directory_will_do(archives, tmp_path):
    with tarfile.open(archives["syntactic"]) as archive:
        archive.extractall(tmp_path)
    vocab = load_archive(archives["syntactic"]).model.vocab
    from_file = warm_model("syntactic", archives["syntactic"], vocab)
    from_directory = warm_model("syntactic", str(tmp_path), vocab)
    assert all(map(torch.equal, from_file.parameters(), from_directory.parameters()))


class TestErrors:
    @pytest.fixture
    def vocab(self):
        counts = {"words": {"a": 1}, "pos": {"DT": 1}, "deprels": {"det": 1}, "roles": {"BV": 1}}
        return Vocabulary(counter=counts)

    def test_no_archive(self, vocab, tmp_path):
        for path in (tmp_path / "gone" / "model.tar.gz", tmp_path / "gone"):
            message = rf"no archive {path}\. .*`allennlp train CONFIG .*-s .*gone`, or .*archive_f"
            with pytest.raises(ConfigurationError, match=message):
                warm_model("syntactic", str(path), vocab)

    def test_another_file(self, vocab, tmp_path, archives):
        text = tmp_path / "model.tar.gz"
        text.write_text("text\n", encoding="utf-8")
        cut_off = tmp_path / "cut_off.tar.gz"
        shutil.copy(archives["syntactic"], cut_off)
        with cut_off.open("r+b") as file:
            file.truncate(500)
        for path in (text, cut_off, tmp_path):
            with pytest.raises(ConfigurationError, match=rf"{path.name} (is|cannot) .*train"):
                warm_model("syntactic", str(path), vocab)

    def test_another_class(self, vocab, archives):
        message = r"no parameter deprel_scorer\.seen in .*model\.tar\.gz \(a SemanticGraphParser\)"
        with pytest.raises(ConfigurationError, match=message):
            warm_model("syntactic", archives["semantic"], vocab)

    def test_another_size(self, vocab, archives):
        overrides = {"model.deprel_hidden_dim": 7}
        message = (
            r"deprel_scorer\._modifier\.weight has the shape \(7, 10\) but in .* \(6, 10\)\. Give"
        )
        with pytest.raises(ConfigurationError, match=message):
            warm_model("syntactic", archives["syntactic"], vocab, **overrides)

    def test_another_size_of_embeddings(self, vocab, archives):
        trained = load_archive(archives["syntactic"]).model.vocab.get_vocab_size("words")
        key = "model.sentence_encoder.text_field_embedder.token_embedders.words.embedding_dim"
        encoder = "model.sentence_encoder.encoder.input_size"
        message = (
            rf"words\.weight has the shape \(3, 5\) but in .* \({trained}, 4\), which is \(3, 4\) "
            "with this vocabulary"
        )
        with pytest.raises(ConfigurationError, match=message):
            warm_model("syntactic", archives["syntactic"], vocab, **{key: 5, encoder: 8})

    def test_a_vocabulary_without_the_namespace(self, archives):
        """As that of graphs without trees, under a parser of trees."""
        vocab = Vocabulary(counter={"pos": {"DT": 1}})
        spaces = dict(vocab._token_to_index), dict(vocab._index_to_token)
        initializer = TrainedModelInitializer(archives["syntactic"], vocab)
        message = (
            r"nothing in the namespace 'deprels', of which .* knows \d+ entries; .*"
            r'"vocabulary": \{"type": "extend", "directory": ".*model\.tar\.gz"\}'
        )
        with pytest.raises(ConfigurationError, match=message):
            initializer(torch.zeros(2, 2), parameter_name="deprel_scorer.seen")
        assert (vocab._token_to_index, vocab._index_to_token) == spaces

    def test_what_it_says_of_a_directory_helps(self, archives, tmp_path):
        with tarfile.open(archives["syntactic"]) as archive:
            archive.extractall(tmp_path)
        vocab = Vocabulary(counter={"pos": {"DT": 1}})
        initializer = TrainedModelInitializer(str(tmp_path), vocab)
        with pytest.raises(ConfigurationError) as raised:
            initializer(torch.zeros(2, 2), parameter_name="deprel_scorer.seen")
        said = re.search(r'"vocabulary": (\{.*\})\.$', str(raised.value.message)).group(1)
        extended = Vocabulary.from_params(Params(json.loads(said)), instances=[])
        assert extended.get_vocab_size("deprels") > 2

    def test_another_namespace(self, vocab, archives):
        prefix = "model.sentence_encoder.text_field_embedder.token_embedders.words"
        vocab.add_token_to_namespace("a", "forms")
        vocab.add_token_to_namespace("b", "forms")
        overrides = {f"{prefix}.vocab_namespace": "forms"}
        with pytest.raises(
            ConfigurationError, match=r"words\.weight has the shape \(4, 4\) .*3, 4"
        ):
            warm_model("syntactic", archives["syntactic"], vocab, **overrides)
