"""
Every model trains, saves, loads and predicts, and says the same of a sentence alone and in a batch.
"""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, DatasetReader, Vocabulary
from allennlp.models import Model

from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.models import PartScores
from tests.models.fixture_model import FixtureModel

ESTIMATORS = sorted(StructuredGradientEstimator.list_available())
LOSSES = [
    {"type": "log_likelihood"},
    {"type": "hinge", "false_positive_cost": 0.4, "false_negative_cost": 0.6},
]
SCORERS = [{"type": "biaffine", "hidden_dim": 6}, {"type": "mlp", "hidden_dim": 6}]


class TestPipeline(FixtureModel):
    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_trains_saves_and_loads(self, estimator):
        self.set_up("sdp_pipeline", {"model.estimator": {"type": estimator}})
        self.check()

    def test_names_the_fields_that_only_losses_need(self):
        self.set_up("sdp_pipeline")
        assert self.model.gold_fields == ("heads", "deprels", "graph")

    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_batches_are_consistent(self, estimator):
        self.set_up("sdp_pipeline", {"model.estimator": {"type": estimator}})
        self.ensure_batch_predictions_are_consistent()

    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_who_trains_the_intermediate_parser(self, estimator):
        overrides = {"model.estimator": {"type": estimator}, "model.intermediate_loss_weight": 0.0}
        self.set_up("sdp_pipeline", overrides)
        torch.manual_seed(1)
        # Those that draw may send nothing through a few sentences.
        for _ in range(10):
            self.model(**self.dataset.as_tensor_dict())["loss"].backward()
        (gradient,) = self.gradients("_intermediate._arc_scorer._bilinear").values()
        if estimator == "modular":
            assert gradient is None
            assert "gradient_norm" not in self.model.get_metrics(reset=True)
        else:
            assert gradient.abs().sum() > 0

    # REINFORCE compares the sentences of a batch with each other; the samples of MuProp are others.
    @pytest.mark.parametrize(
        "estimator", [name for name in ESTIMATORS if name not in ("modular", "muprop", "reinforce")]
    )
    @pytest.mark.parametrize("factor", [1.0, 0.25, 2.0**16])
    def test_the_gradient_of_a_sentence_is_its_own(self, estimator, factor, noise_of_places):
        """Alone, in a batch under a mean, accumulated over four batches, under a loss scale."""
        overrides = {"model.estimator": {"type": estimator}, "model.intermediate_loss_weight": 0.0}
        self.set_up("sdp_pipeline", overrides)
        self.model.eval()
        expected = None
        for instance in self.instances:
            batch = Batch([instance])
            batch.index_instances(self.vocab)
            self.model.zero_grad()
            self.model(**batch.as_tensor_dict())["loss"].backward()
            (alone,) = self.gradients("_intermediate._arc_scorer._bilinear").values()
            expected = alone if expected is None else expected + alone
        self.model.zero_grad()
        (self.model(**self.dataset.as_tensor_dict())["loss"] * factor).backward()
        (together,) = self.gradients("_intermediate._arc_scorer._bilinear").values()
        expected = expected * factor / len(self.instances)
        torch.testing.assert_close(together, expected, rtol=1e-3, atol=1e-5 * factor)

    def test_every_batch_has_its_own_loss_scale(self):
        self.set_up("sdp_pipeline", {"model.intermediate_loss_weight": 0.0})
        scales = []
        estimator = self.model.estimator

        def spy(scores, mask, structure, loss_scale):
            scales.append(loss_scale)
            return estimator(scores, mask, structure, loss_scale)

        spy.is_hard = True
        del self.model.estimator
        self.model.estimator = spy
        losses = []
        for instances in (self.instances[:1], self.instances[1:3]):
            batch = Batch(instances)
            batch.index_instances(self.vocab)
            losses.append(self.model(**batch.as_tensor_dict())["loss"])
        assert [scale.weights for scale in scales] == [None, None]
        (8 * losses[0] + losses[1]).backward()
        assert [scale.weights.tolist() for scale in scales] == [[8.0], [0.5, 0.5]]

    def test_gradient_diagnostics(self):
        self.set_up("sdp_pipeline", {"model.intermediate_loss_weight": 0.0})
        seen = []
        estimator = self.model.estimator

        def spy(scores, mask, structure, loss_scale):
            scores.register_hook(lambda g: seen.append(g / loss_scale.weights_of(g)))
            return estimator(scores, mask, structure, loss_scale)

        spy.is_hard = True
        del self.model.estimator
        self.model.estimator = spy
        self.model(**self.dataset.as_tensor_dict())["loss"].backward()
        norms = seen[0].flatten(1).norm(dim=1)
        metrics = self.model.get_metrics(reset=True)
        assert metrics["gradient_norm"] == pytest.approx(norms.mean().item(), rel=1e-5)
        assert metrics["zero_gradients"] == (norms == 0).double().mean().item()
        self.model.eval()
        assert "gradient_norm" not in self.model.get_metrics(reset=True)

    def test_metrics_of_training_and_validation(self):
        self.set_up("sdp_pipeline")
        self.model(**self.dataset.as_tensor_dict())["loss"].backward()
        metrics = self.model.get_metrics(reset=True)
        assert {"LF", "UF", "UAS", "LAS", "gradient_norm", "zero_gradients"} <= set(metrics)
        assert all(type(value) is float for value in metrics.values())

    def test_without_gold_there_is_no_loss(self):
        self.set_up("sdp_pipeline")
        tensors = self.dataset.as_tensor_dict()
        tokens = {"tokens": tensors["tokens"], "metadata": tensors["metadata"]}
        self.model.eval()
        output = self.model(**tokens)
        assert "loss" not in output
        readable = self.model.make_output_human_readable(output)
        assert set(readable) == {"heads", "deprels", "arcs", "tops"}

    def test_gold_trees_do_not_reach_the_semantic_parser(self):
        self.set_up("sdp_pipeline")
        self.model.eval()
        tensors = self.dataset.as_tensor_dict()
        with_gold = self.model(**tensors)["graph"]
        tensors["heads"] = torch.zeros_like(tensors["heads"])
        assert torch.equal(self.model(**tensors)["graph"], with_gold)

    def test_a_separate_prediction_pass_has_no_dropout(self):
        overrides = {
            "model.separate_prediction_pass": True,
            "model.intermediate.sentence_encoder.dropout": 0.5,
            "model.intermediate.sentence_encoder.encoder.dropout": 0.5,
        }
        self.set_up("sdp_pipeline", overrides)
        seen = []
        estimator = self.model.estimator

        def spy(scores, *rest):
            seen.append(scores.detach())
            return estimator(scores, *rest)

        spy.is_hard = True
        del self.model.estimator
        self.model.estimator = spy
        for _ in range(2):
            self.model(**self.dataset.as_tensor_dict())["loss"].backward()
        assert torch.equal(*seen)
        self.model.eval()
        self.model(**self.dataset.as_tensor_dict())
        torch.testing.assert_close(seen[2], seen[0])
        self.model.train()
        self.model._separate_prediction_pass = False
        self.model(**self.dataset.as_tensor_dict())
        assert not torch.allclose(seen[3], seen[0])
        assert all(m.training for m in self.model.modules())

    def test_the_intermediate_model_must_be_a_parser(self):
        self.set_up("sdp_pipeline")
        params = Params.from_file(self.config)["model"]
        params["intermediate"] = {"type": "basic_classifier", **CLASSIFIER}
        with pytest.raises(ConfigurationError, match=r"IntermediateParser.*BasicClassifier"):
            Model.from_params(vocab=self.vocab, params=params)

    @pytest.mark.parametrize(
        ("output", "found"),
        [
            ({"loss": torch.tensor(0.0)}, r"no `sentence_losses`.*, here \(6,\)"),
            # By a scalar all sentences would have the same weight, whatever their number.
            ({"sentence_losses": torch.tensor(0.0)}, r"a tensor of shape \(\) as"),
            ({"sentence_losses": torch.zeros(6, 1)}, r"a tensor of shape \(6, 1\) as"),
        ],
    )
    def test_a_downstream_model_must_return_sentence_losses(self, output, found):
        self.set_up("sdp_pipeline")

        class Forgetful(torch.nn.Module):
            def forward(self, **_):
                return output

        self.model._downstream = Forgetful()
        with pytest.raises(ConfigurationError, match=rf"Forgetful.*{found}"):
            self.model(**self.dataset.as_tensor_dict())


CLASSIFIER = {
    "text_field_embedder": {
        "token_embedders": {"tokens": {"type": "embedding", "embedding_dim": 2}}
    },
    "seq2vec_encoder": {"type": "boe", "embedding_dim": 2},
}


class TestSyntacticParser(FixtureModel):
    @pytest.mark.parametrize("loss", LOSSES, ids=lambda x: x["type"])
    @pytest.mark.parametrize("scorer", SCORERS, ids=lambda x: x["type"])
    def test_trains_saves_and_loads(self, loss, scorer):
        self.set_up("conll_parser", {"model.loss": loss, "model.arc_scorer": scorer})
        # Every word has one head, so that a number added to all its scores changes nothing.
        ignored = {"_arc_scorer._output.bias"}
        if scorer["type"] == "biaffine":
            ignored.add("_arc_scorer._head.bias")
        self.check(gradients_to_ignore=ignored)

    def test_batches_are_consistent(self):
        self.set_up("conll_parser")
        self.ensure_batch_predictions_are_consistent()

    def test_a_tree_outside_the_structure_trains_the_labels_alone(self):
        self.set_up("conll_parser")
        reader = DatasetReader.from_params(
            Params.from_file(self.config)["validation_dataset_reader"]
        )
        crossing = reader.text_to_instance(
            words=["a", "b", "c", "d"], heads=[3, 4, 0, 3], deprels=["det"] * 4
        )
        reader.apply_token_indexers(crossing)
        batch = Batch([crossing])
        batch.index_instances(self.vocab)
        self.model.eval()
        self.model(**batch.as_tensor_dict())["loss"].backward()
        gradients = self.gradients("_arc_scorer")
        assert all(g is None or (g == 0).all() for g in gradients.values())
        assert self.model.deprel_scorer.output.weight.grad.abs().sum() > 0
        assert self.model.get_metrics(reset=True)["gold_outside"] == 1.0

    @pytest.mark.parametrize(
        ("structure", "heads", "expected"),
        [
            ("projective_trees", [0, 0, 2], ["several roots", "single_root: false"]),
            ("nonprojective_trees", [0, 0, 2], ["several roots", "single_root: false"]),
            ("projective_trees", [3, 0, 2, 1], ["crossing arcs", "nonprojective: projectivize"]),
            ("nonprojective_trees", [3, 0, 2, 1], []),
            ("projective_trees", [0, 1, 1], []),
        ],
    )
    def test_says_how_many_trees_it_cannot_learn_and_what_helps(
        self, structure, heads, expected, caplog
    ):
        self.set_up("conll_parser", {"model.structure.type": structure})
        tensors = self.tensors_of([0, 1], heads)
        self.model(**tensors)
        self.model.get_metrics(reset=True)
        warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
        assert len(warnings) == bool(expected)
        for words in expected:
            assert "50.0% of the gold trees" in warnings[0]
            assert f"50.0% have {expected[0]}" in warnings[0] and words in warnings[0]
        # Not of data that it does not learn from.
        caplog.clear()
        self.model.eval()
        self.model(**tensors)
        self.model.get_metrics(reset=True)
        assert not caplog.records

    def test_a_small_share_of_trees_is_no_warning(self, caplog):
        self.set_up("conll_parser")
        tensors = self.tensors_of(*[[0, 1]] * 39, [0, 0])
        with caplog.at_level("INFO"):
            for _ in range(2):
                self.model(**tensors)
                self.model.get_metrics(reset=True)
        (record,) = (r for r in caplog.records if "2.5% of the gold trees" in r.getMessage())
        assert record.levelname == "INFO"

    def tensors_of(self, *trees):
        reader = DatasetReader.from_params(Params.from_file(self.config)["dataset_reader"])
        instances = []
        for heads in trees:
            size = len(heads)
            instances.append(
                reader.text_to_instance(words=["a"] * size, heads=heads, deprels=["det"] * size)
            )
            reader.apply_token_indexers(instances[-1])
        batch = Batch(instances)
        batch.index_instances(self.vocab)
        return batch.as_tensor_dict()

    def test_labels_of_arcs_from_root_are_learned(self):
        """`root` if and only if the head is 0, where the training data have it so."""
        self.set_up("conll_parser")
        labels = self.vocab.get_token_to_index_vocabulary("deprels")
        tensors = self.dataset.as_tensor_dict()
        on_root, on_words = set(), set()
        for instance in self.instances:
            for head, label in list(zip(instance["heads"].labels, instance["deprels"].labels))[1:]:
                (on_words if head else on_root).add(label)
        assert on_root == {"root"} and "root" not in on_words
        self.model.eval()
        before = self.best_labels(tensors)
        assert "root" in before[True] and before[False] & on_words, "nothing is learned yet"
        self.model(**tensors)
        assert not self.model.deprel_scorer.seen.any(), "evaluation data are not learned from"
        self.model.train()
        self.model(**tensors)
        seen = {
            (label, kind)
            for label, index in labels.items()
            for kind in (0, 1)
            if self.model.deprel_scorer.seen[index, kind]
        }
        assert seen == {(label, 0) for label in on_root} | {(label, 1) for label in on_words}
        self.model.eval()
        after = self.best_labels(tensors)
        assert after[False] == {"root"}
        assert after[True] <= on_words

    def best_labels(self, tensors, trials=50):
        """What random scores predict for arcs from words, and for those from ROOT."""
        labels = self.vocab.get_index_to_token_vocabulary("deprels")
        found = {True: set(), False: set()}
        heads, mask = tensors["heads"], tensors["heads"].new_ones(tensors["heads"].shape)
        for _ in range(trials):
            torch.nn.init.normal_(self.model.deprel_scorer.output.bias, std=100.0)
            encoded = torch.zeros(*mask.shape, self.model.deprel_scorer._head.in_features)
            best = self.model.deprel_scorer.legal_scores(encoded, heads).argmax(dim=-1)
            for head, index in zip(heads.flatten().tolist(), best.flatten().tolist()):
                found[head != 0].add(labels[index])
        return found

    def test_a_parser_that_is_not_trained_learns_no_labels(self):
        self.set_up("conll_parser")
        self.model.requires_grad_(False)
        self.model(**self.dataset.as_tensor_dict())
        assert not self.model.deprel_scorer.seen.any()

    def test_losses_are_sums_over_a_sentence_and_means_over_the_batch(self):
        self.set_up("conll_parser")
        self.model.eval()
        output = self.model(**self.dataset.as_tensor_dict())
        alone = []
        for instance in self.instances:
            batch = Batch([instance])
            batch.index_instances(self.vocab)
            alone.append(self.model(**batch.as_tensor_dict())["loss"])
        torch.testing.assert_close(output["loss"], torch.stack(alone).mean())

    def test_trees_without_labels(self):
        """A vocabulary without labels is one of trees that only an end task trains."""
        self.set_up("conll_parser")
        for instance in self.instances:
            instance.fields.pop("deprels")
        vocab = Vocabulary.from_instances(self.instances)
        model = Model.from_params(vocab=vocab, params=Params.from_file(self.config)["model"])
        tensors = self.dataset.as_tensor_dict()
        output = model(tensors["tokens"], heads=tensors["heads"])
        assert set(model.make_output_human_readable(output)) == {"heads", "loss"}


class TestSemanticGraphParser(FixtureModel):
    @pytest.mark.parametrize("loss", LOSSES, ids=lambda x: x["type"])
    @pytest.mark.parametrize("scorer", SCORERS, ids=lambda x: x["type"])
    def test_trains_saves_and_loads(self, loss, scorer):
        overrides = {
            "model.loss": loss,
            "model.arc_scorer": scorer,
            "model.label_scorer": scorer,
        }
        self.set_up("sdp_parser", overrides)
        self.check()

    @pytest.mark.parametrize("reads_syntax", [True, False])
    def test_batches_are_consistent(self, reads_syntax):
        self.set_up("sdp_parser", {"model.reads_syntax": reads_syntax})
        self.ensure_batch_predictions_are_consistent()

    def test_reads_the_tree(self):
        self.set_up("sdp_parser", {"model.reads_syntax": True})
        self.model.eval()
        tensors = self.dataset.as_tensor_dict()
        loss = self.model(**tensors)["loss"]
        tensors["heads"] = torch.zeros_like(tensors["heads"])
        assert self.model(**tensors)["loss"] != loss

    def test_asks_for_a_tree(self):
        self.set_up("sdp_parser", {"model.reads_syntax": True})
        tensors = self.dataset.as_tensor_dict()
        with pytest.raises(ConfigurationError, match="reads_syntax"):
            self.model(tensors["tokens"])

    def test_an_untrained_parser_expects_one_head_for_each_word(self):
        self.set_up("sdp_parser")
        tensors = self.dataset.as_tensor_dict()
        for scorer in (self.model._arc_scorer, self.model._label_scorer):
            torch.nn.init.zeros_(scorer._bilinear)
        scores, mask, _ = self.model.score_parts(tensors["tokens"])
        odds = (scores[..., :1] + scores[..., 1:]).exp().sum(dim=-1)
        for sentence, length in zip(odds, mask.sum(dim=1).tolist()):
            # Without the diagonal, the predicates.
            of_words = sentence[1:length, :length].clone()
            of_words.diagonal(offset=1).fill_(0.0)
            torch.testing.assert_close(of_words.sum(dim=1), torch.ones(length - 1))

    def test_the_unknown_label_is_never_predicted(self):
        self.set_up("sdp_parser")
        self.model.eval()
        with torch.no_grad():
            self.model._label_scorer._bilinear[0] += 100.0
        graph = self.model(**self.dataset.as_tensor_dict())["graph"]
        assert not (graph == 1).any()

    @pytest.mark.parametrize("seed", range(5))
    def test_top_nodes_are_the_arcs_from_root(self, seed):
        self.set_up("sdp_parser")
        torch.manual_seed(seed)
        top = self.vocab.get_token_index("__TOP__", "roles")
        scores = torch.randn(2, 6, 6, self.vocab.get_vocab_size("roles"))
        mask = torch.ones(2, 6, dtype=torch.bool)
        graph = self.model.interpret(PartScores(scores, mask, scores))["graph"]
        assert (graph[:, :, 0] > 0).any() and (graph[:, :, 1:] > 0).any()
        assert set(graph[:, :, 0].unique().tolist()) == {0, top}
        assert not (graph[:, :, 1:] == top).any()

    def test_labels_that_occur_once_per_predicate_are_learned(self):
        self.set_up("sdp_parser")
        roles = self.vocab.get_token_to_index_vocabulary("roles")
        self.model(**self.dataset.as_tensor_dict())
        most = dict.fromkeys(range(len(roles)), 0)
        for graph in self.dataset.as_tensor_dict()["graph"].long():
            for head in range(graph.size(1)):
                for label in range(1, len(roles)):
                    most[label] = max(most[label], int((graph[:, head] == label).sum()))
        # Entry 0 is no label.
        assert self.model.most_per_predicate.tolist()[1:] == list(most.values())[1:]
        assert set(most.values()) > {1}
        # A parser that wants every label everywhere gets each of those once.
        scores = torch.ones(1, 6, 6, len(roles))
        mask = torch.ones(1, 6, dtype=torch.bool)
        graph = self.model.interpret(PartScores(scores, mask, scores))["graph"][0]
        for head in range(6):
            for label in range(1, len(roles)):
                assert most[label] != 1 or (graph[:, head] == label).sum() <= 1
        assert (graph[1:, 1] > 0).sum() > 1

    def test_labels_are_not_counted_in_evaluation(self):
        self.set_up("sdp_parser")
        self.model.eval()
        self.model(**self.dataset.as_tensor_dict())
        assert not self.model.most_per_predicate.any()

    def test_its_structure_is_that_of_labeled_graphs(self):
        self.set_up("sdp_parser")
        params = Params.from_file(self.config)["model"]
        params["structure"] = {"type": "projective_trees"}
        with pytest.raises(ConfigurationError, match=r"labeled_graphs.*ProjectiveTrees"):
            Model.from_params(vocab=self.vocab, params=params)

    def test_a_label_unseen_in_training_is_wrong_and_not_an_error(self, caplog):
        self.set_up("sdp_parser")
        reader = DatasetReader.from_params(Params.from_file(self.config)["dataset_reader"])
        instance = reader.text_to_instance(words=["a", "b"], arcs=[(1, 2, "NEVER_SEEN")], tops=[2])
        reader.apply_token_indexers(instance)
        batch = Batch([instance])
        batch.index_instances(self.vocab)
        self.model.eval()
        output = self.model(**batch.as_tensor_dict())
        assert torch.isfinite(output["loss"])
        with caplog.at_level("WARNING"):
            self.model.get_metrics(reset=True)
            self.model(**batch.as_tensor_dict())
            self.model.get_metrics(reset=True)
        assert sum("did not occur in training" in r.getMessage() for r in caplog.records) == 1

    def test_readable_output(self):
        self.set_up("sdp_parser")
        vocab = self.vocab
        graph = torch.zeros(2, 4, 4, dtype=torch.long)
        graph[0, 2, 0] = vocab.get_token_index("__TOP__", "roles")
        graph[0, 1, 2] = vocab.get_token_index("ARG1", "roles")
        mask = torch.ones(2, 4, dtype=torch.bool)
        readable = self.model.make_output_human_readable({"graph": graph, "mask": mask})
        assert readable == {
            "arcs": [[{"head": 2, "modifier": 1, "label": "ARG1"}], []],
            "tops": [[2], []],
        }
