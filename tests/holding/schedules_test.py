"""What changes from batch to batch and from epoch to epoch, and where it goes on."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.holding import LinearWeight, TrainingClock, WarmUp
from tests.holding.conftest import CORPORA, Pipeline


def clock_at(epochs=0, steps=0):
    clock = TrainingClock()
    for _ in range(epochs):
        clock.end_epoch()
    for _ in range(steps):
        clock.end_step()
    return clock


class TestClock:
    def test_counts(self):
        clock = clock_at(2, 5)
        assert (clock.epochs, clock.steps) == (2, 5)
        assert clock.counts.tolist() == [2, 5]

    def test_goes_on_from_a_state(self):
        clock = clock_at(1, 1)
        clock.load_state_dict(clock_at(3, 7).state_dict())
        clock.end_step()
        assert (clock.epochs, clock.steps) == (3, 8)
        assert clock.counts.tolist() == [3, 8]


class TestWarmUp:
    @pytest.mark.parametrize(
        ("after", "over", "expected"),
        [
            (0, 1, [1.0, 1.0, 1.0]),
            (2, 1, [0.0, 0.0, 1.0, 1.0]),
            (1, 4, [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]),
            (0, 2, [0.5, 1.0, 1.0]),
        ],
    )
    def test_share(self, after, over, expected):
        for unit in ("epochs", "steps"):
            warm_up = WarmUp(after, over, unit)
            assert [warm_up.share(clock_at(**{unit: n})) for n in range(len(expected))] == expected

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"after": -1}, "after -1 over 1"),
            ({"over": 0}, "after 0 over 0"),
            ({"unit": "days"}, "one of epochs, steps but is 'days'"),
        ],
    )
    def test_errors(self, options, message):
        with pytest.raises(ConfigurationError, match=message):
            WarmUp(**options)


class TestLinearWeight:
    def test_weights(self):
        weight = LinearWeight(1.0, 0.2, 4)
        found = [weight.at(clock_at(n)) for n in range(6)]
        assert found == pytest.approx([1.0, 0.8, 0.6, 0.4, 0.2, 0.2])
        # Exactly, so that a loss of weight 0 is not computed.
        assert LinearWeight(0.3, 0.0, 3).at(clock_at(3)) == 0.0

    def test_errors(self):
        with pytest.raises(ConfigurationError, match=r"1\.0 at the start and -0\.5 at the end"):
            LinearWeight(1.0, -0.5, 3)
        with pytest.raises(ConfigurationError, match="epochs must be at least 1 but is 0"):
            LinearWeight(1.0, 0.5, 0)


def gradient(made):
    """Of the intermediate scorer."""
    made.model.train()
    made.model.zero_grad(set_to_none=True)
    torch.manual_seed(1)
    made.model(**made.tensors("heads", "deprels"))["loss"].backward()
    return made.model.intermediate.get_parameter("_arc_scorer._bilinear").grad


@pytest.mark.parametrize("name", CORPORA)
@pytest.mark.parametrize("unit", ["epochs", "steps"])
def test_the_gradient_comes_in_linearly(name, unit, pipeline):
    made = pipeline(
        name, warm_up={"after": 2, "over": 4, "unit": unit}, intermediate_loss_weight=0.0
    )
    without = pipeline(name, intermediate_loss_weight=0.0)
    without.model.load_state_dict(made.model.state_dict(), strict=False)
    whole = gradient(without)
    for share in (0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0):
        found = gradient(made)
        if share == 0.0:
            assert found is None
        elif share == 1.0:
            assert torch.equal(found, whole)
        else:
            torch.testing.assert_close(found, share * whole)
        metrics = made.model.get_metrics(reset=unit == "epochs")
        assert "gradient_norm" not in metrics or share > 0
        # Evaluation takes no time.
        made.model.eval()
        made.model(**made.tensors())
        made.model.get_metrics(reset=True)


def test_the_norm_is_that_before_the_share(pipeline):
    norms = []
    for warm_up in ({"over": 4}, None):
        made = pipeline(warm_up=warm_up)
        torch.manual_seed(0)
        for parameter in made.model.parameters():
            torch.nn.init.normal_(parameter)
        gradient(made)
        norms.append(made.model.get_metrics(reset=True)["gradient_norm"])
    assert norms[0] == norms[1] > 0


def test_a_weight_of_the_own_loss(pipeline):
    weight = {"start": 2.0, "end": 0.0, "epochs": 2}
    made, plain = (
        pipeline(**{"intermediate.sentence_encoder.word_dropout": None, **options})
        for options in (
            {"intermediate_loss_weight": weight, "downstream.sentence_encoder.word_dropout": None},
            {},
        )
    )
    plain.model.load_state_dict(made.model.state_dict(), strict=False)
    plain.model.train()
    own = plain.model(**plain.tensors("graph"))["loss"].item()
    made.model.train()
    for expected in (2.0, 1.0, 0.0, 0.0):
        output = made.model(**made.tensors("graph"))
        assert output["loss"].item() == pytest.approx(expected * own, rel=1e-6)
        # On the sentences of the end task there is no loss without a weight.
        both, end_task = (
            made.model(**made.tensors(*fields))["loss"].item() for fields in ([], ["heads"])
        )
        assert both - end_task == pytest.approx(expected * own, rel=1e-4)
        made.model.get_metrics(reset=True)


def test_without_a_key_there_is_no_state():
    names = set(Pipeline("sdp_pipeline", {}).model.state_dict())
    assert not any(name.startswith(("_clock", "_start_parser")) for name in names)
    with_clock = Pipeline("sdp_pipeline", {"model.warm_up": {}})
    assert set(with_clock.model.state_dict()) - names == {"_clock.counts"}
