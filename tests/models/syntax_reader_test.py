"""A parser of graphs that reads more of the tree than the head's vector, alone and in pipelines."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch

from spigot_allennlp.models import IntermediateParser, PartScores
from tests.models.models_test import FixtureModel

ALL = {"convolutions": 2, "hidden_dim": 6, "pairs": True, "deprels": "expected"}
ESTIMATORS = ["modular", "straight_through", "spigot", "structured_attention"]


class TestSyntaxReader(FixtureModel):
    @pytest.mark.parametrize("kind", ["hard", "expected"])
    def test_the_parser_alone(self, kind):
        overrides = {"model.reads_syntax": {**ALL, "deprels": kind}}
        self.set_up("sdp_parser", {**overrides, "model.arc_scorer.hidden_dim": 20})
        self.check()

    @pytest.mark.parametrize(
        "options", [{"convolutions": 2}, {"convolutions": 1, "deprels": "hard"}]
    )
    def test_gold_trees_do_not_depend_on_the_batch(self, options):
        self.set_up("sdp_parser", {"model.reads_syntax": {**options, "hidden_dim": 6}})
        self.model.eval()
        together = self.model(**self.tensors())["sentence_losses"]
        alone = []
        for instance in self.instances:
            batch = Batch([instance])
            alone += self.model(**batch.as_tensor_dict())["sentence_losses"]
        assert len({len(instance["tokens"]) for instance in self.instances}) > 1
        torch.testing.assert_close(together, torch.stack(alone))

    def test_without_options_it_is_the_paper_s(self):
        weights = []
        for reads_syntax in (True, {}):
            torch.manual_seed(1)
            self.set_up("sdp_parser", {"model.reads_syntax": reads_syntax})
            weights.append(self.model.state_dict())
        assert weights[0].keys() == weights[1].keys()
        assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])

    @pytest.mark.parametrize("estimator", ESTIMATORS)
    @pytest.mark.parametrize("kind", ["hard", "expected"])
    def test_pipelines_train_save_and_load(self, estimator, kind):
        self.set_up(
            "sdp_pipeline",
            {
                "model.estimator": {"type": estimator},
                "model.downstream.reads_syntax": {**ALL, "deprels": kind},
                # Units enough that one is never off for all words.
                "model.intermediate.arc_scorer.hidden_dim": 20,
                "model.downstream.arc_scorer.hidden_dim": 20,
                "model.downstream.label_scorer.hidden_dim": 20,
            },
        )
        self.check()

    def test_batches_are_consistent(self):
        self.set_up("sdp_pipeline", {"model.downstream.reads_syntax": ALL})
        self.ensure_batch_predictions_are_consistent()

    def test_three_stages(self):
        graphs = "model.downstream.intermediate.reads_syntax"
        self.set_up("three_stages", {graphs: {**ALL, "deprels": None}})
        output = self.model(**self.dataset.as_tensor_dict())
        output["loss"].backward()
        (gradient,) = self.gradients("_downstream._intermediate._syntax_reader._relations").values()
        assert gradient.abs().sum() > 0

    @pytest.mark.parametrize("kind", ["hard", "expected"])
    def test_the_labels_of_a_tree_are_those_that_the_parser_gives_it(self, kind):
        self.set_up("sdp_pipeline", {"model.downstream.reads_syntax": {**ALL, "deprels": kind}})
        self.model.eval()
        parser, tensors = self.model.intermediate, self.dataset.as_tensor_dict()
        part_scores = parser.score_parts(tensors["tokens"])
        arcs = parser.structure.argmax(part_scores.scores, part_scores.mask)
        labels = parser.part_labels(part_scores, arcs, kind)
        decided = parser.part_labels(part_scores, arcs, kind, is_decided=True)
        torch.testing.assert_close(decided, labels)
        words = part_scores.mask.clone()
        words[:, 0] = False
        assert torch.allclose(labels.sum(dim=-1), words.float(), atol=1e-5)
        if kind == "hard":
            best = parser.interpret(part_scores, parts=arcs)["deprels"]
            assert torch.equal(labels.argmax(dim=-1)[words], best[words])

    def test_the_gradient_to_the_tree_knows_the_labels_of_other_arcs(self):
        self.set_up("sdp_pipeline", {"model.downstream.reads_syntax": ALL})
        parser, tensors = self.model.intermediate, self.dataset.as_tensor_dict()
        part_scores = parser.score_parts(tensors["tokens"])
        scores, mask, encoded = part_scores
        double = PartScores(scores.double(), mask, encoded)
        arcs = parser.structure.argmax(*double[:2]).requires_grad_()
        assert torch.autograd.gradcheck(
            lambda arcs: parser.part_labels(double, arcs, "expected"), arcs
        )

    def test_modular_training_sends_nothing_to_the_labels(self):
        overrides = {
            "model.estimator": {"type": "modular"},
            "model.downstream.reads_syntax": ALL,
            "model.intermediate_loss_weight": 0.0,
        }
        self.set_up("sdp_pipeline", overrides)
        self.model(**self.dataset.as_tensor_dict())["loss"].backward()
        gradients = self.gradients("_intermediate").values()
        assert all(gradient is None for gradient in gradients)

    def test_a_tree_without_labels(self):
        self.set_up("sdp_parser", {"model.reads_syntax": ALL})
        tensors = self.dataset.as_tensor_dict()
        del tensors["deprels"]
        with pytest.raises(ConfigurationError, match=r"reads_syntax\.deprels: null"):
            self.model(**tensors)

    def test_a_parser_that_gives_no_labels(self):
        with pytest.raises(ConfigurationError, match="learned no labels"):
            IntermediateParser(None).part_labels(None, torch.zeros(1, 2, 2), "hard")
