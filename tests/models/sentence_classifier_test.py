"""The classifier alone, and at the end of pipelines of two and three stages."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch
from allennlp.data.token_indexers import SingleIdTokenIndexer

from spigot_allennlp.dataset_readers import ConllDependenciesReader
from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.nn.parts import heads_to_arcs
from tests import FIXTURES_ROOT
from tests.examples import root_word_classifier  # noqa: F401  registers what the fixture names
from tests.models.fixture_model import FixtureModel

HEADS = ["_head", "_roles.0", "_roles.1"]
# Labels of trees are trained by gold trees, which these sentences have not.
DEPRELS = {
    f"_intermediate.deprel_scorer.{name}"
    for name in (
        *("_modifier.weight", "_modifier.bias", "_head.weight"),
        *("output.weight", "output.bias"),
    )
}
ESTIMATORS = sorted(StructuredGradientEstimator.list_available())
MARGINALS = {
    *("annealed_attention", "expected_forward", "muprop", "perturb_and_map"),
    *("perturb_and_marginals", "reinforce"),
    *("spigot_ce", "spigot_eg", "straight_through_marginals", "structured_attention"),
}
# They send nothing where no arc is close to being on, as before the first step of training.
NOTHING_IF_SAFE = {"blackbox", "implicit_mle", "lpgd", "perturbed", "sparsemap"}


class TestSentenceClassifier(FixtureModel):
    @pytest.mark.parametrize("reads_graph", [True, False])
    def test_trains_saves_and_loads(self, reads_graph):
        self.set_up("sst_classifier", {"model.reads_graph": reads_graph})
        self.check()

    @pytest.mark.parametrize("reads_graph", [True, False])
    def test_batches_are_consistent(self, reads_graph):
        self.set_up("sst_classifier", {"model.reads_graph": reads_graph})
        self.ensure_batch_predictions_are_consistent()

    @pytest.mark.parametrize("reads_graph", [True, False])
    def test_what_it_reads(self, reads_graph):
        self.set_up("sst_classifier", {"model.reads_graph": reads_graph})
        self.model.eval()
        tensors = self.tensors()
        loss = self.model(**tensors)["loss"]
        tensors["graph"] = torch.zeros_like(tensors["graph"])
        assert (self.model(**tensors)["loss"] != loss) == reads_graph

    def test_asks_for_a_graph(self):
        self.set_up("sst_classifier")
        with pytest.raises(ConfigurationError, match="reads_graph"):
            self.model(**self.tensors("graph"))

    def test_metrics(self):
        self.set_up("sst_classifier")
        assert self.model.get_metrics(reset=True) == {}
        self.model.eval()
        output = self.model(**self.tensors())
        gold = self.tensors()["label"].tolist()
        names = self.vocab.get_index_to_token_vocabulary("labels")
        predicted = output["probabilities"].argmax(dim=1).tolist()
        metrics = self.model.get_metrics(reset=True)
        right = [p == g for p, g in zip(predicted, gold)]
        assert metrics["accuracy"] == pytest.approx(sum(right) / len(right))
        for index, name in names.items():
            both = sum(p == g == index for p, g in zip(predicted, gold))
            total = predicted.count(index) + gold.count(index)
            assert metrics[f"{name}_F1"] == pytest.approx(2 * both / total, abs=1e-6)
        assert self.model.get_metrics(reset=True) == {}

    def test_readable_output(self):
        self.set_up("sst_classifier")
        names = self.vocab.get_index_to_token_vocabulary("labels")
        probabilities = torch.tensor([[0.25, 0.75], [1.0, 0.0]])
        readable = self.model.make_output_human_readable({"probabilities": probabilities})
        assert readable["label"] == [names[1], names[0]]
        assert readable["probabilities"][0] == {names[0]: 0.25, names[1]: 0.75}


class TestReadsTree(FixtureModel):
    def test_trains_saves_and_loads(self):
        self.set_up("listops_classifier")
        self.check()
        self.ensure_batch_predictions_are_consistent()

    def test_what_it_reads(self):
        self.set_up("listops_classifier")
        self.model.eval()
        tensors = self.tensors()
        loss = self.model(**tensors)["loss"]
        arcs = heads_to_arcs(tensors["heads"], tensors["tokens"]["words"]["tokens"] != 0)
        parts = {"parts": arcs, **self.tensors("heads", "deprels")}
        torch.testing.assert_close(self.model(**parts)["loss"], loss)
        # In a pipeline there may be gold trees as well.
        torch.testing.assert_close(self.model(**{**tensors, "parts": arcs})["loss"], loss)
        tensors["deprels"] = torch.zeros_like(tensors["deprels"])
        torch.testing.assert_close(self.model(**tensors)["loss"], loss)
        tensors["heads"] = torch.zeros_like(tensors["heads"])
        assert self.model(**tensors)["loss"] != loss

    def test_asks_for_a_tree(self):
        self.set_up("listops_classifier")
        with pytest.raises(ConfigurationError, match="reads_tree"):
            self.model(**self.tensors("heads"))

    def test_reads_a_graph_or_a_tree(self):
        with pytest.raises(ConfigurationError, match="reads_graph: false"):
            self.set_up("listops_classifier", {"model.reads_graph": True})


class TestTreePipelines(FixtureModel):
    def test_trains_saves_and_loads(self):
        self.set_up("listops_pipeline")
        self.check()
        self.ensure_batch_predictions_are_consistent()

    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_who_trains_the_parser(self, estimator):
        overrides = {
            "model.estimator": {"type": estimator},
            "model.intermediate_loss_weight": 0.0,
        }
        self.set_up("listops_pipeline", overrides)
        torch.manual_seed(1)
        self.model(**self.tensors())["loss"].backward()
        gradient = self.model._intermediate._arc_scorer._bilinear.grad
        assert (gradient is None) == (estimator == "modular")
        if gradient is not None and estimator not in NOTHING_IF_SAFE:
            assert gradient.abs().sum() > 0

    def test_latent_trees_are_scored_against_those_of_the_corpus(self):
        """Training has no tree, and evaluation has."""
        self.set_up("listops_latent")
        self.check(gradients_to_ignore=DEPRELS)
        self.model.eval()
        self.model(**self.tensors())
        assert "UAS" not in self.model.get_metrics(reset=True)
        reader = ConllDependenciesReader(
            label="label", token_indexers={"words": SingleIdTokenIndexer(namespace="words")}
        )
        batch = Batch(list(reader.read(FIXTURES_ROOT / "listops.conllu")))
        for instance in batch.instances:
            reader.apply_token_indexers(instance)
        batch.index_instances(self.vocab)
        self.model(**batch.as_tensor_dict())
        metrics = self.model.get_metrics(reset=True)
        assert {"UAS", "accuracy"} <= set(metrics) and "LAS" not in metrics

    def test_sentiment_over_latent_trees(self):
        self.set_up(
            "sst_over_latent_trees",
            {
                "model.downstream.type": "sentence_classifier",
                "model.downstream.reads_graph": False,
                "model.downstream.reads_tree": {"hidden_dim": 6},
                "model.downstream.hidden_dim": 6,
            },
        )
        self.check(gradients_to_ignore=DEPRELS)
        self.model(**self.tensors())["loss"].backward()
        assert self.model._intermediate._arc_scorer._bilinear.grad.abs().sum() > 0


def not_trained(prefix):
    """An untrained parser finds no arcs, and then what is read off them gets no gradient."""
    return {f"{prefix}_downstream._features.{name}.weight" for name in HEADS}


class TestPipelines(FixtureModel):
    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_two_stages_train_save_and_load(self, estimator):
        self.set_up(
            "sst_pipeline",
            {
                # AllenNLP's check gives one of two models another batch: a temperature that hardly
                # changes.
                "model.estimator": {
                    "type": estimator,
                    **({"num_steps": 10**9} if estimator == "annealed_attention" else {}),
                },
                "model.intermediate.deterministic_labels": estimator not in MARGINALS,
            },
        )
        self.check(gradients_to_ignore=not_trained(""))
        self.ensure_batch_predictions_are_consistent()

    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_who_trains_the_semantic_parser(self, estimator):
        self.set_up(
            "sst_pipeline",
            {
                "model.estimator": {"type": estimator},
                "model.intermediate.deterministic_labels": False,
                "model.intermediate_loss_weight": 0.0,
            },
        )
        torch.manual_seed(1)
        self.model(**self.tensors())["loss"].backward()
        for scorer in ("_arc_scorer", "_label_scorer"):
            gradient = getattr(self.model._intermediate, scorer)._bilinear.grad
            assert (gradient is None) == (estimator == "modular")
            if gradient is not None and estimator not in NOTHING_IF_SAFE:
                assert gradient.abs().sum() > 0

    def test_marginals_with_labels_that_occur_once(self):
        self.set_up("sst_pipeline", {"model.estimator": {"type": "structured_attention"}})
        with pytest.raises(ConfigurationError, match="deterministic_labels"):
            self.model(**self.tensors())

    def test_three_stages(self):
        """The loss of the last stage trains the first through the second."""
        self.set_up("three_stages", {"model.downstream.intermediate_loss_weight": 0.0})
        self.model(**self.tensors())["loss"].backward()
        syntactic, semantic = self.model._intermediate, self.model._downstream._intermediate
        for parser in (syntactic, semantic):
            assert parser._arc_scorer._bilinear.grad.abs().sum() > 0
        metrics = self.model.get_metrics(reset=True)
        names = {"gradient_norm", "downstream_gradient_norm", "accuracy", "LF"}
        assert names <= set(metrics)
        self.model.eval()
        output = self.model(**self.tensors("graph", "label"))
        readable = self.model.make_output_human_readable(output)
        assert set(readable) == {"heads", "arcs", "tops", "label", "probabilities"}
        assert "loss" not in output

    def test_three_stages_train_save_and_load(self):
        self.set_up("three_stages")
        self.check(gradients_to_ignore=not_trained("_downstream.") | DEPRELS)
        self.ensure_batch_predictions_are_consistent()

    @pytest.mark.parametrize("factor", [0.25, 2.0**16])
    def test_the_gradient_of_a_sentence_is_its_own_through_two_structures(self, factor):
        self.set_up("three_stages", {"model.downstream.intermediate_loss_weight": 0.0})
        self.model.eval()
        expected = 0.0
        weight = self.model._intermediate._arc_scorer._bilinear
        for instance in self.instances:
            batch = Batch([instance])
            batch.index_instances(self.vocab)
            self.model.zero_grad()
            self.model(**batch.as_tensor_dict())["loss"].backward()
            expected = expected + weight.grad.clone()
        self.model.zero_grad()
        (self.model(**self.tensors())["loss"] * factor).backward()
        expected = expected * factor / len(self.instances)
        torch.testing.assert_close(weight.grad, expected, rtol=1e-3, atol=1e-5 * factor)

    @pytest.mark.parametrize("is_training", [True, False])
    def test_trees_of_a_treebank_of_graphs_are_of_no_use(self, is_training):
        self.set_up("sst_pipeline")
        self.model.train(is_training)
        tensors = self.tensors("label")
        torch.manual_seed(1)
        output = self.model(**tensors)
        trees = torch.zeros_like(output["mask"], dtype=torch.long)
        torch.manual_seed(1)
        with_trees = self.model(**tensors, heads=trees, deprels=trees)
        torch.testing.assert_close(with_trees["loss"], output["loss"])
