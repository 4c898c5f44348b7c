"""All that holds a parser, together: in AllenNLP's own test, and in pipelines in pipelines."""

import json

import pytest
import torch
from allennlp.common import Params
from allennlp.common.testing import ModelTestCase

from tests import FIXTURES_ROOT
from tests.holding.candidates_test import shake
from tests.holding.conftest import CORPORA, Pipeline, warm_start

ALL = {
    "model.candidates": {"max_heads": 3},
    "model.anchor": 0.3,
    "model.warm_up": {"over": 2, "unit": "steps"},
    "model.intermediate_loss_weight": {"start": 1.0, "end": 0.5, "epochs": 2},
    "model.costly_diagnostics": True,
}


class TestEveryPipeline(ModelTestCase):
    @pytest.mark.parametrize("name", CORPORA)
    def test_passes(self, name, archives):
        overrides = {**warm_start(archives[name]), **ALL}
        path = FIXTURES_ROOT / f"{name}.jsonnet"
        params = Params.from_file(path, json.dumps(overrides))
        self.param_file = str(self.TEST_DIR / "config.json")
        params.duplicate().to_file(self.param_file)
        self.set_up_model(self.param_file, params["train_data_path"], seed=1)
        self.ensure_batch_predictions_are_consistent()
        # The start parser has no gradient, and what the fixtures do not train has none either.
        start = {n for n, _ in self.model.named_parameters() if n.startswith("_start_parser.")}
        assert start
        others = {n for n, _ in self.model.named_parameters()} - start
        self.ensure_model_can_train_save_and_load(self.param_file, gradients_to_ignore=others)


def pipeline_in_pipeline(archives, overrides):
    tree, graph = (warm_start(archives[name]) for name in CORPORA)
    (tree,), (graph,) = tree.values(), graph.values()
    # The sentences have no labels of trees.
    tree["prevent_regexes"] = ["deprel"]
    # The parser of the archive reads no tree, and its scorers are smaller.
    graph["prevent_regexes"] = ["scorer", "syntax_reader"]
    starts = {
        "model.intermediate.initializer": tree,
        "model.downstream.intermediate.initializer": graph,
        "model.downstream.intermediate.deterministic_labels": False,
    }
    made = Pipeline("three_stages", {**starts, **overrides})
    made.model.train()
    return made


def test_losses_of_another_structure_have_the_anchor_of_a_parser_behind_it(archives):
    made = pipeline_in_pipeline(archives, {"model.downstream.anchor": 0.3})
    shake(made.model._downstream)
    looked_at = []

    def estimate(scores, mask, structure, loss_scale):
        parts = structure.argmax(scores, mask)
        looked_at.append((loss_scale, loss_scale.losses_with(parts)))
        return parts

    estimate.is_hard = True
    del made.model.estimator
    made.model.estimator = estimate
    made.model(**made.tensors())
    ((loss_scale, losses),) = looked_at
    torch.testing.assert_close(losses, loss_scale.losses)


def test_pipelines_in_pipelines(archives):
    """The second start parser reads the tree of the first parser, as it is now."""
    inner = {key.replace("model.", "model.downstream."): value for key, value in ALL.items()}
    made = pipeline_in_pipeline(archives, {**ALL, **inner})
    for _ in range(3):
        made.model.zero_grad()
        made.model(**made.tensors())["loss"].backward()
    for parser in (made.model.intermediate, made.model._downstream.intermediate):
        gradients = [p.grad for p in parser.parameters() if p.grad is not None]
        assert gradients and all(torch.isfinite(g).all() for g in gradients)
    metrics = made.model.get_metrics(reset=True)
    for name in ("divergence", "changed", "num_candidates", "gradient_norm", "spread"):
        assert {name, f"downstream_{name}"} <= set(metrics), name
    assert made.model._clock.counts.tolist() == made.model._downstream._clock.counts.tolist()
    assert made.model._clock.counts.tolist() == [1, 3]
