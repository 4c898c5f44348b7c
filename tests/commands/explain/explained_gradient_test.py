import json
import logging
from types import SimpleNamespace

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch

from spigot_allennlp.commands.explain import explain_gradient, explanation_page
from spigot_allennlp.estimators import Reinforce, Spigot
from spigot_allennlp.estimators import StructuredGradientEstimator as Estimator
from tests import FIXTURES_ROOT
from tests.built import build

CONFIGS = {"sdp_pipeline": {}, "sst_pipeline": {"model.intermediate.deterministic_labels": False}}


@pytest.fixture(params=CONFIGS)
def pipeline(request):
    """A model with random parameters, and the instances of its corpus."""
    overrides = json.dumps(CONFIGS[request.param])
    params = Params.from_file(FIXTURES_ROOT / f"{request.param}.jsonnet", overrides)
    torch.manual_seed(3)
    model, _, instances = build(params)
    return model, instances


def gradients_of_training(model, instance, estimator):
    """What training would give to the structure, and to the scores."""
    seen = {}
    batch = Batch([instance])
    batch.index_instances(model.vocab)
    tensors = batch.as_tensor_dict()
    for name in model.intermediate.gold_fields:
        tensors.pop(name, None)

    def spy(scores, mask, structure, loss_scale):
        seen["scores"] = torch.zeros_like(scores[0])
        scores.register_hook(lambda g: seen.update(scores=g[0]))
        parts = estimator(scores, mask, structure, loss_scale)
        parts = parts if parts.requires_grad else parts.requires_grad_()
        parts.register_hook(lambda g: seen.update(parts=structure.restrict(g, mask)[0]))
        return parts

    spy.is_hard = estimator.is_hard
    own = model.estimator
    del model.estimator
    model.estimator = spy
    model.eval()
    estimator.eval()
    torch.manual_seed(1)
    model(**tensors)["loss"].backward()
    del model.estimator
    model.estimator = own
    model.zero_grad(set_to_none=True)
    return seen["parts"], seen["scores"]


ESTIMATORS = {name: Estimator.by_name(name)() for name in Estimator.list_available()}
ESTIMATORS["spigot-5"] = Spigot(step_size=5.0, max_norm=None)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_is_what_training_does(pipeline, name):
    model, instances = pipeline
    instance, estimator = instances[0], ESTIMATORS[name]
    gradients, expected = gradients_of_training(model, instance, estimator)
    model.estimator = own = Spigot(step_size=0.5)
    model.train()
    for word in range(1, expected.size(0)):
        # The same sample, where there is one.
        torch.manual_seed(1)
        explained = explain_gradient(model, instance, word, estimator)
        for values, reference in (
            (explained.surrogate, expected),
            (explained.gradient, gradients),
        ):
            reference = reference if reference.dim() == 2 else reference[..., 0]
            assert values == pytest.approx(reference[word, explained.heads].tolist(), abs=1e-6)
        assert word not in explained.heads and len(explained.heads) == expected.size(0) - 1
        target = torch.tensor(explained.decision) - torch.tensor(explained.surrogate)
        assert explained.target == pytest.approx(target.tolist(), abs=1e-6)
        assert (explained.step is None) == (not isinstance(estimator, Spigot))
        for n in range(len(explained.heads) if explained.step else 0):
            step = explained.step.factor * explained.step.step_size * explained.gradient[n]
            stepped = explained.step.stepped[n]
            assert stepped == pytest.approx(explained.decision[n] - step, abs=1e-6)
    assert explain_gradient(model, instance, 1).step.step_size == 0.5
    assert model.training and model.estimator is own
    assert all(parameter.grad is None for parameter in model.parameters())
    page = explanation_page(instance["metadata"].metadata["sentence"], word, explained)
    assert page.count("<svg") == 5
    assert "NaN" not in page and "-0.0000" not in page
    assert ("shortened to" in page) == bool(explained.step and explained.step.factor < 1)


def test_of_an_estimator_that_is_a_module(pipeline):
    """It is in evaluation as well, and as it was afterwards."""
    model, instances = pipeline
    model.estimator = own = Reinforce()
    model.train()
    explained = explain_gradient(model, instances[0], 1)
    assert explained == explain_gradient(model, instances[0], 1)
    assert model.estimator is own and own.training


def test_spigot_projects_its_step(pipeline):
    """Where the scores are sent is the projection of the step: a point of the polytope."""
    model, instances = pipeline
    explained = explain_gradient(model, instances[0], 1, Spigot())
    assert all(-1e-6 <= value <= 1 + 1e-6 for value in explained.target)
    # The heads of a word in a tree are a distribution.
    if "heads" in model.intermediate.gold_fields:
        assert sum(explained.target) == pytest.approx(1.0, abs=1e-6)


def test_needs_something_gold(pipeline):
    model, instances = pipeline
    for name in ("graph", "label"):
        if name not in model.intermediate.gold_fields:
            instances[0].fields.pop(name, None)
    with pytest.raises(ConfigurationError, match="gold annotation"):
        explain_gradient(model, instances[0], 1)


def test_warns_of_nothing_that_is_meant_for_an_epoch(pipeline, caplog):
    model, instances = pipeline
    model.eval()
    batch = Batch(instances[:1])
    batch.index_instances(model.vocab)
    own = model.get_metrics

    def get_metrics(reset=False):
        logging.getLogger("spigot_allennlp.metrics").warning("No arc is predicted.")
        return own(reset)

    model.get_metrics = get_metrics
    explain_gradient(model, instances[0], 1)
    assert not caplog.records
    # Nothing of the sentence is left in the metrics, and nobody is muted any more.
    model(**batch.as_tensor_dict())
    expected = own(reset=True)
    explain_gradient(model, instances[0], 1)
    model(**batch.as_tensor_dict())
    assert model.get_metrics(reset=True) == expected
    assert caplog.messages.count("No arc is predicted.") == 1


@pytest.mark.parametrize("word", [0, -1, 99])
def test_needs_a_word(pipeline, word):
    model, instances = pipeline
    with pytest.raises(ConfigurationError, match=rf"from 1 to \d+; there is no {word}"):
        explain_gradient(model, instances[0], word)


def test_a_model_in_training_goes_on_as_if_nothing_had_been(pipeline):
    model, instances = pipeline
    batch = Batch(instances)
    batch.index_instances(model.vocab)
    model.train()
    model(**batch.as_tensor_dict())["loss"].backward()
    gradients = {name: value.grad for name, value in model.named_parameters()}
    metrics, modes = model.get_metrics(), [module.training for module in model.modules()]
    assert metrics
    epochs = []
    model._clock = SimpleNamespace(end_epoch=lambda: epochs.append(1), end_step=lambda: None)
    explain_gradient(model, instances[0], 1)
    assert model.get_metrics() == metrics and epochs == []
    assert modes == [module.training for module in model.modules()]
    assert all(value.grad is gradients[name] for name, value in model.named_parameters())
