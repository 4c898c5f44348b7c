"""The anchor's loss and gradient, against the definition."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from tests.holding.candidates_test import shake
from tests.holding.conftest import CORPORA, Pipeline

every_pipeline = pytest.mark.parametrize("name", CORPORA)


def run(made, *without):
    """The loss of a batch and the gradient of the scores that the structure is decided from."""
    made.model.train()
    seen = []
    score_parts = made.model.intermediate.score_parts

    def spy(**inputs):
        part_scores = score_parts(**inputs)
        part_scores.scores.retain_grad()
        seen.append(part_scores)
        return part_scores

    made.model.intermediate.score_parts = spy
    loss = made.model(**made.tensors(*without))["loss"]
    loss.backward()
    made.model.intermediate.score_parts = score_parts
    return loss, seen[0]


@every_pipeline
@pytest.mark.parametrize("candidates", [None, {"max_heads": 2}])
def test_its_gradient_is_the_difference_of_marginals(name, candidates, pipeline):
    beta = 0.7
    made = pipeline(name, anchor=beta, candidates=candidates, estimator={"type": "modular"})
    shake(made.model)
    _, (scores, mask, _) = run(made, *made.model.intermediate.gold_fields)
    start = made.model._start_parser
    start_scores = start(made.tensors()["tokens"])
    structure = made.model.intermediate.inference_structure
    now, before = scores.detach(), start_scores.scores
    if candidates is not None:
        allowed = made.model._candidates(start.parser, start_scores, start.best(start_scores))
        pruned = structure.support(now, mask) & ~allowed
        now, before = (x.masked_fill(pruned, -torch.inf) for x in (now, before))
    expected = structure.marginals(now, mask) - structure.marginals(before, mask)
    assert expected.abs().sum() > 0.1
    # The loss is a mean over the batch.
    torch.testing.assert_close(scores.grad, beta * expected / len(mask), rtol=1e-4, atol=1e-5)


@every_pipeline
def test_the_parser_at_the_start_is_not_pulled(name, pipeline):
    made = pipeline(name, anchor=1.0, estimator={"type": "modular"}, separate_prediction_pass=True)
    _, (scores, _, _) = run(made, *made.model.intermediate.gold_fields)
    torch.testing.assert_close(scores.grad, torch.zeros_like(scores), atol=1e-6, rtol=0)
    assert made.model.get_metrics(reset=True)["divergence"] == pytest.approx(0.0, abs=1e-4)


def test_only_on_the_end_task_in_training(pipeline):
    made, without = pipeline(anchor=10.0), pipeline()
    without.model.load_state_dict(made.model.state_dict(), strict=False)
    shake(made.model)
    without.model.load_state_dict(made.model.state_dict(), strict=False)
    losses = {}
    for training in (True, False):
        for fields in (["graph"], ["heads", "deprels"], []):
            both = []
            for x in (made, without):
                x.model.train(training)
                torch.manual_seed(1)
                both.append(x.model(**x.tensors(*fields))["loss"].item())
            losses[training, "graph" not in fields] = both[0] > both[1] + 1.0
    assert losses == {
        (True, True): True,
        (True, False): False,
        (False, True): False,
        (False, False): False,
    }
    assert "divergence" not in made.model.get_metrics(reset=True)


@pytest.mark.parametrize("name", ["anchor", "intermediate_loss_weight"])
def test_errors(name):
    with pytest.raises(ConfigurationError, match=f"{name} must not be negative but is -1"):
        Pipeline("sdp_pipeline", {f"model.{name}": -1.0})
