import json

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch

from spigot_allennlp.commands.explain import explain_gradient, explanation_page
from spigot_allennlp.estimators import Spigot, StraightThrough
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


def gradient_of_scores(model, instance, estimator):
    """What training would give to the scores."""
    seen = []
    batch = Batch([instance])
    batch.index_instances(model.vocab)
    tensors = batch.as_tensor_dict()
    for name in model.intermediate.gold_fields:
        tensors.pop(name, None)

    def spy(scores, mask, structure, loss_scale):
        scores.register_hook(lambda g: seen.append(g[0]))
        return estimator(scores, mask, structure, loss_scale)

    spy.is_hard = True
    model.eval()
    model.estimator = spy
    model(**tensors)["loss"].backward()
    model.zero_grad(set_to_none=True)
    return seen[0]


@pytest.mark.parametrize("spigot", [Spigot(), Spigot(step_size=5.0, max_norm=None)])
def test_is_what_training_does(pipeline, spigot):
    model, instances = pipeline
    instance = instances[0]
    expected = gradient_of_scores(model, instance, spigot)
    straight_through = gradient_of_scores(model, instance, StraightThrough())
    model.estimator = own = Spigot(step_size=0.5)
    model.train()
    for word in range(1, expected.size(0)):
        explained = explain_gradient(model, instance, word, spigot)
        for values, reference in (
            (explained.surrogate, expected),
            (explained.gradient, straight_through),
        ):
            reference = reference if reference.dim() == 2 else reference[..., 0]
            assert values == pytest.approx(reference[word, explained.heads].tolist(), abs=1e-6)
        assert word not in explained.heads and len(explained.heads) == expected.size(0) - 1
        for n in range(len(explained.heads)):
            step = explained.factor * explained.step_size * explained.gradient[n]
            assert explained.stepped[n] == pytest.approx(explained.decision[n] - step, abs=1e-6)
    assert explain_gradient(model, instance, 1).step_size == 0.5
    assert model.training and model.estimator is own
    assert all(parameter.grad is None for parameter in model.parameters())
    page = explanation_page(instance["metadata"].metadata["sentence"], word, explained)
    assert page.count("<svg") == 5
    assert "NaN" not in page and "-0.0000" not in page
    assert ("shortened to" in page) == (explained.factor < 1)


def test_needs_something_gold(pipeline):
    model, instances = pipeline
    for name in ("graph", "label"):
        if name not in model.intermediate.gold_fields:
            instances[0].fields.pop(name, None)
    with pytest.raises(ConfigurationError, match="gold annotation"):
        explain_gradient(model, instances[0], 1)


@pytest.mark.parametrize("word", [0, -1, 99])
def test_needs_a_word(pipeline, word):
    model, instances = pipeline
    with pytest.raises(ConfigurationError, match=rf"from 1 to \d+; there is no {word}"):
        explain_gradient(model, instances[0], word)
