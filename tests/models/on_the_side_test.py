"""The end task of a pipeline once more, with another structure: what REINFORCE compares with."""

import pytest
import torch

from tests.models.fixture_model import FixtureModel

DROPOUT = {"model.downstream.sentence_encoder.dropout": 0.5, "model.intermediate_loss_weight": 0.0}


def reinforce(baseline):
    return {"model.estimator": {"type": "reinforce", "baseline": baseline}}


class Watched:
    """An estimator of which all is known; its scores are multiplied by `factor`."""

    is_hard = False

    def __init__(self, estimator, factor=1.0):
        self.estimator, self.factor = estimator, factor

    def __call__(self, scores, mask, structure, loss_scale):
        self.scores, self.loss_scale = self.factor * scores, loss_scale
        self.scores.retain_grad()
        self.parts = self.estimator(self.scores, mask, structure, loss_scale)
        self.best = structure.argmax(self.scores, mask)
        self.slopes = self.parts.detach() - structure.marginals(self.scores.detach(), mask)
        self.random_numbers = torch.get_rng_state()
        return self.parts


class TestOnTheSide(FixtureModel):
    def watch(self, factor=1.0):
        watched = Watched(self.model.estimator, factor)
        del self.model.estimator
        self.model.estimator = watched
        return watched

    def test_the_loss_is_compared_with_that_of_the_argmax(self):
        without_labels = {"model.downstream.reads_syntax.deprels": None}
        self.set_up("sdp_pipeline", {**DROPOUT, **without_labels, **reinforce("self_critical")})
        watched = self.watch()
        tensors = self.dataset.as_tensor_dict()
        torch.manual_seed(3)
        self.model(**tensors)["loss"].backward()
        losses = {}
        for name, parts in (("sample", watched.parts), ("argmax", watched.best)):
            # With the dropout that there was.
            torch.set_rng_state(watched.random_numbers)
            inputs = {"tokens": tensors["tokens"], "graph": tensors["graph"]}
            with torch.no_grad():
                losses[name] = self.model._downstream(parts=parts, **inputs)["sentence_losses"]
        torch.testing.assert_close(losses["sample"], watched.loss_scale.losses)
        advantages = losses["sample"] - losses["argmax"]
        assert advantages.abs().max() > 1e-3
        expected = advantages[:, None, None] * watched.slopes / len(advantages)
        torch.testing.assert_close(watched.scores.grad, expected)

    def test_a_sample_that_is_the_argmax_teaches_nothing(self):
        """Although there is dropout."""
        self.set_up("sdp_pipeline", {**DROPOUT, **reinforce("self_critical")})
        watched = self.watch(factor=1e6)
        self.model(**self.dataset.as_tensor_dict())["loss"].backward()
        assert torch.equal(watched.parts, watched.best)
        assert (watched.scores.grad == 0).all()

    @pytest.mark.parametrize("config", ["sdp_pipeline", "three_stages"])
    def test_nothing_else_is_different(self, config):
        """Neither metrics, nor buffers such as clocks, nor random numbers."""
        found = []
        overrides = {"model.downstream.warm_up": {"after": 1}} if config == "three_stages" else {}
        for baseline in ("self_critical", None):
            self.set_up(config, {**overrides, **reinforce(baseline)})
            torch.manual_seed(3)
            for parameter in self.model.parameters():
                torch.nn.init.normal_(parameter)
            tensors = self.dataset.as_tensor_dict()
            losses = []
            for _ in range(2):
                losses.append(self.model(**tensors)["loss"])
                losses[-1].backward()
            metrics = self.model.get_metrics(reset=True)
            norm, _ = metrics.pop("gradient_norm"), metrics.pop("zero_gradients")
            found.append((losses, metrics, torch.get_rng_state(), self.model.state_dict(), norm))
        (losses, metrics, numbers, state, norm), others = found
        assert torch.equal(torch.stack(losses), torch.stack(others[0]))
        assert metrics == others[1]
        assert torch.equal(numbers, others[2])
        assert all(torch.equal(value, others[3][name]) for name, value in state.items())
        # But for the gradient.
        assert norm != others[4] and norm > 0

    def test_mixed_precision(self):
        """What ran without a gradient does not take that of the end task away."""
        self.set_up("sdp_pipeline", {**DROPOUT, **reinforce("self_critical")})
        trained = []
        for enabled in (False, True):
            torch.manual_seed(3)
            self.model.zero_grad(set_to_none=True)
            flags = torch.backends.mkldnn.flags(enabled=False)
            with flags, torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
                self.model(**self.dataset.as_tensor_dict())["loss"].backward()
            gradients = self.gradients("_downstream").items()
            trained.append({name for name, g in gradients if g is not None and g.any()})
        assert trained[0] == trained[1] and len(trained[0]) > 5

    def test_without_gold_nothing_is_run_twice(self):
        self.set_up("sdp_pipeline", reinforce("self_critical"))
        calls = []
        self.model._downstream.register_forward_hook(lambda *_: calls.append(1))
        tensors = self.tensors("graph", "heads", "deprels")
        assert "loss" not in self.model(**tensors)
        assert calls == [1]
