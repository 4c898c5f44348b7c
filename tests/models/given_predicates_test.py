"""A semantic parser that is told which words are predicates."""

import json

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch
from allennlp.models import Model

from bilexical.formats.sdp import format_sdp, read_sdp
from spigot_allennlp.predictors import StructuredParserPredictor
from tests import FIXTURES_ROOT
from tests.built import build
from tests.models.fixture_model import FixtureModel

GIVEN = {"model.predicates": "given"}
# In the pipeline the parser of graphs comes second.
BEHIND_TREES = {"model.downstream.predicates": "given"}


class Constant(torch.nn.Module):
    """The same score for all arcs."""

    def __init__(self, value):
        super().__init__()
        self._value = value

    def forward(self, encoded):
        return encoded.new_full((*encoded.shape[:2], encoded.size(1), 1), self._value)


class TestGivenPredicates(FixtureModel):
    @pytest.mark.parametrize(
        "config, overrides", [("sdp_parser", GIVEN), ("sdp_pipeline", BEHIND_TREES)]
    )
    def test_trains_saves_and_loads(self, config, overrides):
        self.set_up(config, overrides)
        self.check()

    def test_batches_are_consistent(self):
        self.set_up("sdp_parser", GIVEN)
        self.ensure_batch_predictions_are_consistent()

    def test_arcs_come_from_them_alone(self):
        self.set_up("sdp_parser", GIVEN)
        self.model.eval()
        # As many arcs as there may be.
        self.model._arc_scorer = Constant(50.0)
        graph = self.model(**self.tensors("graph"))["graph"]
        sentences = [instance["metadata"].metadata["sentence"] for instance in self.instances]
        for row, sentence in zip(graph, sentences):
            given = {n for n, word in enumerate(sentence.words, 1) if word.is_predicate}
            for number in range(1, len(sentence.words) + 1):
                others = len(sentence.words) - 1
                assert (row[:, number] > 0).sum() == (others if number in given else 0)

    def test_the_loss_knows_them(self):
        """It is that of the arcs of the predicates, and of the top nodes."""
        self.set_up("sdp_parser", GIVEN)
        self.model.eval()
        tensors = self.tensors()
        losses = self.model(**tensors)["sentence_losses"]
        scores, _, _ = self.model.score_parts(tensors["tokens"])
        for i, instance in enumerate(self.instances):
            words = instance["metadata"].metadata["sentence"].words
            graph = tensors["graph"][i].long()
            expected = scores.new_zeros((), dtype=torch.float64)
            gains = torch.zeros(len(words) + 1, len(words) + 1, dtype=torch.float64)
            for m in range(1, len(words) + 1):
                for h in range(len(words) + 1):
                    arc, labels = scores[i, m, h, 0].double(), scores[i, m, h, 1:].double()
                    gains[m, h] = torch.nn.functional.softplus(arc + labels.logsumexp(dim=0))
                    gains[m, h] *= m != h
                    if graph[m, h] > 0:
                        expected -= (arc + scores[i, m, h, graph[m, h]]).double()
            for h, word in enumerate(words, 1):
                expected += gains[:, h].sum() * word.is_predicate
            root = scores[i, 0, 0, 0].double()
            expected += torch.nn.functional.softplus(root + gains[:, 0].sum())
            expected -= root * (graph[:, 0] > 0).any()
            torch.testing.assert_close(losses[i].double(), expected, rtol=1e-5, atol=1e-4)


def parser_with(overrides, config="sdp_parser"):
    params = Params.from_file(FIXTURES_ROOT / f"{config}.jsonnet", json.dumps(overrides))
    model, reader, _ = build(params)
    return model, reader


def test_json_says_which_they_are(caplog):
    model, reader = parser_with(GIVEN)
    model._arc_scorer = Constant(50.0)
    predictor = StructuredParserPredictor(model, reader)
    told = predictor.predict_json({"tokens": ["She", "sang", "songs"], "predicates": [2]})
    assert {arc["head"] for arc in told["arcs"]} == {2} and told["predicates"] == [2]
    assert "marked as a predicate" not in caplog.text
    for _ in range(2):
        untold = predictor.predict_json({"tokens": ["She", "sang", "songs"]})
        assert untold["arcs"] == [] and untold["predicates"] == []
    assert caplog.text.count("marked as a predicate") == 1
    # Another model does not speak of them.
    assert "predicates" not in StructuredParserPredictor(*parser_with({})).predict_json(
        {"tokens": ["She", "sang"], "predicates": [2]}
    )


def test_a_file_keeps_those_without_arguments(tmp_path):
    model, reader = parser_with(GIVEN)
    model._arc_scorer = Constant(-50.0)
    predictor = StructuredParserPredictor(model, reader)
    path = FIXTURES_ROOT / "graphs.sdpx"
    instances = list(predictor._dataset_reader.read(str(path)))
    written = tmp_path / "written.sdpx"
    lines = [output["lines"] for output in predictor.predict_batch_instance(instances)]
    written.write_text("#SDP 2015\n" + "".join(lines), encoding="utf-8")
    before, after = (list(read_sdp(str(each))) for each in (path, written))
    assert [[word.is_predicate for word in sentence.words] for sentence in before] == [
        [word.is_predicate for word in sentence.words] for sentence in after
    ]
    assert any(word.is_predicate for sentence in after for word in sentence.words)
    assert not any(sentence.arcs for sentence in after)


def test_what_cannot_be():
    with pytest.raises(ConfigurationError, match="predicted or given but is 'known'"):
        parser_with({"model.predicates": "known"})
    model, _ = parser_with({})
    given = {**Params.from_file(FIXTURES_ROOT / "three_stages.jsonnet")["model"].as_dict()}
    semantics = given["downstream"]["intermediate"]
    assert semantics["type"] == "semantic_graph_parser"
    semantics["predicates"] = "given"
    with pytest.raises(ConfigurationError, match="from its scores alone"):
        Model.from_params(vocab=model.vocab, params=Params(given))


def test_a_gold_arc_from_another_word(tmp_path):
    model, reader = parser_with(GIVEN)
    (instance,) = reader.read(_one_sentence(tmp_path))
    sentence = instance["metadata"]["sentence"]
    head = sentence.arcs[0].head
    sentence.words[head - 1].is_predicate = False
    instance.index_fields(model.vocab)
    problem = rf"comes from word {head}, '{sentence.words[head - 1].form}', which is not marked"
    with pytest.raises(ConfigurationError, match=problem):
        model(**Batch([instance]).as_tensor_dict())
    # For a prediction the graph of the corpus is of no interest.
    tensors = Batch([instance]).as_tensor_dict()
    del tensors["graph"]
    assert "loss" not in model(**tensors)


def _one_sentence(folder):
    sentence = next(iter(read_sdp(str(FIXTURES_ROOT / "graphs.sdpx"))))
    path = folder / "one.sdpx"
    path.write_text("#SDP 2015\n" + format_sdp(sentence, "sdp_augmented"), encoding="utf-8")
    return path


def test_the_heads_of_enhanced_graphs_are_the_predicates():
    reader = {"dataset_reader.type": "conll_dependencies", "dataset_reader.graph": "enhanced"}
    model, reader = parser_with(
        {**GIVEN, **reader, "train_data_path": str(FIXTURES_ROOT / "trees.conllu")}
    )
    instances = list(reader.read(FIXTURES_ROOT / "trees.conllu"))
    for instance in instances:
        sentence = instance["metadata"]["sentence"]
        given = {n for n, word in enumerate(sentence.words, 1) if word.is_predicate}
        assert given == {arc.head for arc in sentence.arcs}
        instance.index_fields(model.vocab)
    assert any(instance["graph"].indices for instance in instances)
    losses = model(**Batch(instances).as_tensor_dict())["sentence_losses"]
    assert losses.max() < 1000


def test_without_metadata():
    model, reader = parser_with(GIVEN)
    instance = reader.text_to_instance(words=["Dogs", "bark"])
    reader.apply_token_indexers(instance)
    batch = Batch([instance])
    batch.index_instances(model.vocab)
    tokens = batch.as_tensor_dict()["tokens"]
    with pytest.raises(ConfigurationError, match="got no metadata"):
        model(tokens=tokens)
