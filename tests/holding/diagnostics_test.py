"""Metrics about the intermediate parser, against what they are said to be."""

import pytest
import torch

from spigot_allennlp.holding.score_statistics import head_margins, spread
from spigot_allennlp.nn.parts import num_words
from tests.holding.candidates_test import shake, spy_on_the_estimator
from tests.holding.conftest import CORPORA

every_pipeline = pytest.mark.parametrize("name", CORPORA)


@every_pipeline
def test_of_the_scores(name, pipeline):
    made = pipeline(name, costly_diagnostics=True)
    made.model.eval()
    seen = spy_on_the_estimator(made.model)
    made.model(**made.tensors())
    metrics = made.model.get_metrics(reset=True)
    structure = made.model.intermediate.inference_structure
    scores = seen["scores"]
    _, mask, _ = made.model.intermediate.score_parts(made.tensors()["tokens"])
    assert metrics["spread"] == pytest.approx(spread(structure, scores, mask).mean().item())
    entropy = (structure.entropy(scores, mask) / num_words(mask)).mean().item()
    assert metrics["entropy"] == pytest.approx(entropy)
    if name == "sdp_pipeline":
        assert metrics["margin"] == pytest.approx(head_margins(scores, mask).mean().item())
    else:
        assert "margin" not in metrics
    # At the end of an epoch alone.
    assert "spread" not in made.model.get_metrics()


@every_pipeline
def test_how_much_the_structure_has_changed(name, pipeline):
    made = pipeline(name, start_parser={})
    made.model.eval()
    made.model(**made.tensors())
    assert made.model.get_metrics(reset=True)["changed"] == 0.0
    shake(made.model)
    seen = spy_on_the_estimator(made.model)
    made.model(**made.tensors())
    start = made.model._start_parser
    before, now = start.best(start(made.tensors()["tokens"])), seen["parts"]
    shares = []
    for sentence, instance in enumerate(made.instances):
        size = len(instance["tokens"])
        others = [
            any(
                not torch.equal(before[sentence, m, h], now[sentence, m, h])
                for h in range(size)
                if h != m
            )
            for m in range(1, size)
        ]
        shares.append(sum(others) / len(others))
    found = made.model.get_metrics(reset=True)["changed"]
    assert found == pytest.approx(sum(shares) / len(shares)) and found > 0


def test_of_expectations(pipeline):
    """An estimator that gives the end task marginals decides all the same."""
    made = pipeline(start_parser={}, estimator={"type": "structured_attention"})
    made.model.eval()
    made.model(**made.tensors())
    assert made.model.get_metrics(reset=True)["changed"] == 0.0


@pytest.mark.parametrize("separate", [False, True])
def test_the_cosine_of_the_two_gradients(separate, pipeline):
    without_dropout = {
        f"{parser}.sentence_encoder.word_dropout": None for parser in ("intermediate", "downstream")
    }
    made = pipeline(
        costly_diagnostics=True,
        separate_prediction_pass=separate,
        intermediate_loss_weight=0.3,
        **without_dropout,
    )
    made.model.train()
    gradients = []
    for fields in (["heads", "deprels"], ["graph"]):
        seen = []
        score_parts = made.model.intermediate.score_parts

        def spy(score_parts=score_parts, seen=seen, **inputs):
            part_scores = score_parts(**inputs)
            part_scores.scores.retain_grad()
            seen.append(part_scores.scores)
            return part_scores

        made.model.intermediate.score_parts = spy
        made.model(**made.tensors(*fields))["loss"].backward()
        made.model.intermediate.score_parts = score_parts
        gradients.append(seen[0].grad.flatten(1).double())
    assert "cosine" not in made.model.get_metrics(reset=True)
    made.model(**made.tensors())["loss"].backward()
    cosines = torch.nn.functional.cosine_similarity(*gradients)
    counted = [g.norm(dim=1) > 0 for g in gradients]
    cosines = cosines[counted[0] & counted[1]]
    assert len(cosines) > 1
    found = made.model.get_metrics(reset=True)["cosine"]
    assert found == pytest.approx(cosines.mean().item(), abs=1e-5)


def test_without_the_key_there_are_no_costly_ones(pipeline):
    made = pipeline()
    made.model.train()
    made.model(**made.tensors())["loss"].backward()
    metrics = made.model.get_metrics(reset=True)
    assert {"spread", "margin", "gradient_norm", "zero_gradients"} <= set(metrics)
    assert not {"cosine", "entropy", "changed", "divergence", "gold_pruned"} & set(metrics)


def test_a_prediction_does_not_run_the_start_parser(pipeline):
    made, calls = pipeline(anchor=1.0), []
    made.model._start_parser.register_forward_hook(lambda *_: calls.append(1))
    made.model.eval()
    made.model(**made.tensors("graph", "heads", "deprels"))
    assert calls == []
    made.model(**made.tensors())
    assert calls == [1]


def test_a_prediction_is_not_observed(pipeline):
    made = pipeline(costly_diagnostics=True, candidates={})
    made.model.eval()
    made.model(**made.tensors("graph", "heads", "deprels"))
    assert made.model.get_metrics(reset=True) == {}
