"""A pipeline whose parser may predict candidates alone."""

import pytest
import torch
from allennlp.data import Batch

from spigot_allennlp.commands.explain.explained_gradient import explain_gradient
from spigot_allennlp.estimators import StructuredGradientEstimator
from tests.holding.conftest import CORPORA

every_pipeline = pytest.mark.parametrize("name", CORPORA)
ESTIMATORS = sorted(StructuredGradientEstimator.list_available())
LOSSES = ["log_likelihood", "hinge"]


def shake(model):
    """Makes the parser another one than the start parser."""
    with torch.no_grad():
        for parameter in model.intermediate.parameters():
            if parameter.requires_grad:
                parameter += torch.randn_like(parameter)


def candidates_of(made):
    """By the definition, from the start parser's own scores."""
    model = made.model
    start = model._start_parser
    part_scores = start(made.tensors()["tokens"])
    return model._candidates(start.parser, part_scores, start.best(part_scores)), part_scores


def spy_on_the_estimator(model):
    seen = {}
    estimator = model.estimator

    def spy(scores, *rest):
        seen["scores"] = scores
        seen["parts"] = estimator(scores, *rest)
        return seen["parts"]

    spy.is_hard = estimator.is_hard
    # A module cannot be replaced by what is none.
    del model.estimator
    model.estimator = spy
    return seen


@every_pipeline
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_nothing_else_is_decided(name, training, estimator, pipeline):
    made = pipeline(name, candidates={"max_heads": 2, "min_posterior": 0.2})
    made.model.estimator = StructuredGradientEstimator.by_name(estimator)()
    if name == "sst_pipeline":
        made.model.intermediate._deterministic_labels = False
    shake(made.model)
    made.model.train(training)
    allowed, part_scores = candidates_of(made)
    seen = spy_on_the_estimator(made.model)
    output = made.model(**made.tensors("heads", "deprels"))
    support = made.model.intermediate.inference_structure.support(*part_scores[:2])
    assert 0 < (support & ~allowed).sum() < support.sum()
    assert (seen["scores"] == -torch.inf).equal(support & ~allowed)
    assert (seen["parts"][~allowed.expand_as(seen["parts"])] == 0).all()
    assert torch.isfinite(output["loss"])
    output["loss"].backward()
    assert all(
        p.grad is None or torch.isfinite(p.grad).all() for p in made.model.intermediate.parameters()
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("separate", [True, False])
@every_pipeline
def test_gold_is_for_the_own_loss_alone(name, separate, loss, pipeline):
    """Which is finite although gold is pruned; and what is predicted does not depend on it."""
    made = pipeline(
        name,
        candidates={"max_heads": 1, "min_posterior": 1.0},
        separate_prediction_pass=separate,
        **{"intermediate.loss": {"type": loss}},
    )
    shake(made.model)
    gold_fields = set(made.model.intermediate.gold_fields) & set(made.tensors())
    if not gold_fields:
        pytest.skip("no gold")
    for training in (True, False):
        made.model.train(training)
        output = made.model(**made.tensors())
        assert torch.isfinite(output["loss"])
        predicted = "heads" if name == "sdp_pipeline" else "graph"
        without = made.model(**made.tensors(*gold_fields))
        assert torch.equal(output[predicted], without[predicted])
        allowed, part_scores = candidates_of(made)
        gold = made.model.intermediate.gold_parts(
            part_scores, **{key: made.tensors()[key] for key in gold_fields}
        )
        own_parts = gold.bool() & made.model.intermediate.structure.support(*part_scores[:2])
        share = made.model.get_metrics(reset=True)["gold_pruned"]
        assert (own_parts & ~allowed).any() == (share > 0)


def test_a_treebank_batch_is_restricted_too(pipeline):
    made = pipeline(candidates={"max_heads": 1, "min_posterior": 1.0})
    shake(made.model)
    made.model.train()
    _, part_scores = candidates_of(made)
    best = made.model._start_parser.best(part_scores)
    output = made.model(**made.tensors("graph"))
    assert torch.equal(output["heads"], best.argmax(dim=-1))
    assert torch.isfinite(output["loss"])
    # A word of which the one candidate is right has nothing to learn, whatever the scores.
    tensors = made.tensors("graph")
    tensors["heads"] = best.argmax(dim=-1)
    tensors.pop("deprels")
    parser = made.model.intermediate
    parser._has_deprels = False
    assert made.model(**tensors, deprels=None)["loss"].item() == pytest.approx(0.0, abs=1e-4)


@every_pipeline
def test_of_the_start_parser_itself_nothing_is_lost(name, pipeline):
    """Candidates change no prediction of the parser that they come from."""
    made, without = pipeline(name, candidates={"max_heads": 1}), pipeline(name)
    without.model.load_state_dict(made.model.state_dict(), strict=False)
    predicted = "heads" if name == "sdp_pipeline" else "graph"
    outputs = [x.model.eval()(**x.tensors())[predicted] for x in (made, without)]
    assert torch.equal(*outputs)
    assert made.model.get_metrics(reset=True)["changed"] == 0


@every_pipeline
def test_all_candidates_are_no_limit(name, pipeline):
    made = pipeline(name, candidates={"max_heads": 10**6, "min_posterior": 0.0})
    without = pipeline(name)
    without.model.load_state_dict(made.model.state_dict(), strict=False)
    losses = []
    for x in (made, without):
        x.model.eval()
        losses.append(x.model(**x.tensors())["loss"])
    torch.testing.assert_close(*losses)


@every_pipeline
def test_a_batch_is_as_its_sentences(name, pipeline):
    made = pipeline(name, candidates={"max_heads": 2})
    shake(made.model)
    made.model.eval()
    together = made.model(**made.tensors())["sentence_losses"]
    alone = []
    for instance in made.instances:
        batch = Batch([instance])
        batch.index_instances(made.vocab)
        alone.append(made.model(**batch.as_tensor_dict())["loss"])
    torch.testing.assert_close(together, torch.stack(alone), rtol=1e-4, atol=1e-4)


def test_the_number_of_candidates(pipeline):
    made = pipeline(candidates={"max_heads": 2, "min_posterior": 0.0})
    made.model.eval()
    made.model(**made.tensors())
    metrics = made.model.get_metrics(reset=True)
    # One of the six sentences is a single word, which has one head to choose from.
    assert [len(instance["tokens"]) for instance in made.instances].count(2) == 1
    assert metrics["num_candidates"] == pytest.approx((5 * 2 + 1) / 6)


@every_pipeline
def test_an_explanation_is_of_the_candidates(name, pipeline):
    made = pipeline(name, candidates={"max_heads": 2, "min_posterior": 0.0})
    instance = made.instances[0]
    made.model.eval()
    allowed, _ = candidates_of(made)
    for word in (1, 2):
        explained = explain_gradient(made.model, instance, word)
        arcs = allowed[0, word] if name == "sdp_pipeline" else allowed[0, word, :, 0]
        heads = [h for h in range(len(instance["tokens"])) if arcs[h] and h != word]
        assert explained.heads == heads
        assert all(abs(score) < 1e9 for score in explained.scores)
        step = explained.step
        assert step.factor <= 1 and all(abs(x) < 1e9 for x in step.stepped)
