"""Evaluation in the middle of training, and everything as before afterwards."""

import pytest
import torch

from spigot_allennlp.nn.prediction_mode import prediction_mode


class Tagger(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(3, 4, num_layers=2, dropout=0.4, batch_first=True)
        self.layers = torch.nn.Sequential(torch.nn.Dropout(0.3), torch.nn.Linear(4, 2))
        self.frozen = torch.nn.Dropout(0.9).eval()

    def forward(self, inputs):
        return self.frozen(self.layers(self.lstm(inputs)[0]))


@pytest.fixture
def tagger():
    torch.manual_seed(0)
    return Tagger()


@pytest.fixture
def inputs():
    return torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(1))


def modes(module):
    return [part.training for part in module.modules()], module.lstm.dropout


def test_is_evaluation_and_differentiable(tagger, inputs):
    with prediction_mode(tagger):
        inside = tagger(inputs)
    assert not torch.allclose(tagger(inputs), inside), "dropout is back"
    torch.testing.assert_close(tagger.eval()(inputs), inside)
    inside.sum().backward()
    assert all(parameter.grad is not None for parameter in tagger.parameters())


def test_a_recurrent_layer_stays_in_training_without_its_dropout(tagger):
    with prediction_mode(tagger):
        assert tagger.lstm.training and tagger.lstm.dropout == 0.0
        assert not tagger.training and not any(part.training for part in tagger.layers)


def test_everything_is_as_before(tagger):
    before = modes(tagger)
    with prediction_mode(tagger):
        assert modes(tagger) != before
    assert modes(tagger) == before
    assert not tagger.frozen.training, "what was in evaluation stays in it"


def test_everything_is_as_before_after_an_error(tagger, inputs):
    before = modes(tagger)
    with pytest.raises(RuntimeError), prediction_mode(tagger):
        tagger(inputs[..., :2])
    assert modes(tagger) == before


def test_nested(tagger):
    before = modes(tagger)
    with prediction_mode(tagger):
        within = modes(tagger)
        with prediction_mode(tagger):
            assert modes(tagger) == within
        assert modes(tagger) == within
    assert modes(tagger) == before


def test_in_evaluation_nothing_is_trained(tagger):
    tagger.eval()
    with prediction_mode(tagger):
        assert not tagger.lstm.training
    assert modes(tagger) == ([False] * len(list(tagger.modules())), 0.4)
