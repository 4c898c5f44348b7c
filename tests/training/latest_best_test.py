"""Which of equally good epochs is kept, and when training stops."""

from types import SimpleNamespace

import pytest
from allennlp.common import Params
from allennlp.training.callbacks import TrainerCallback
from allennlp.training.metric_tracker import MetricTracker

from tests import PROJECT_ROOT


def tracker_of(*before, patience=None, metric="+LF"):
    """That of a trainer which has recovered after the scores `before`."""
    tracker = MetricTracker(metric, patience)
    for score in before:
        tracker.add_metrics({"LF": score, "UF": 0.0})
    trainer = SimpleNamespace(_metric_tracker=tracker)
    callback = TrainerCallback.from_params(Params({"type": "latest_best"}), serialization_dir="run")
    callback.on_start(trainer)
    return trainer._metric_tracker


@pytest.mark.parametrize(
    ("scores", "best"), [([0, 0, 0], 2), ([0, 1, 1, 0], 2), ([1, 0, 0], 0), ([2, 1, 2, 1], 2)]
)
@pytest.mark.parametrize("num_before", [0, 1])
@pytest.mark.parametrize(("metric", "sign"), [("+LF", 1), ("-LF", -1), (["+UF", "-LF"], -1)])
def test_the_latest_of_the_best_epochs(scores, best, num_before, metric, sign):
    scores = [sign * score for score in scores]
    tracker = tracker_of(*scores[:num_before], metric=metric)
    for score in scores[num_before:]:
        tracker.add_metrics({"LF": score, "UF": 0.0})
    assert tracker.best_epoch == best
    assert tracker.is_best_so_far() == (best == len(scores) - 1)


def test_patience_is_for_epochs_that_are_worse():
    tracker = tracker_of(0.0, patience=2)
    for _ in range(5):
        tracker.add_metrics({"LF": 0.0})
        assert not tracker.should_stop_early()
    for _ in range(2):
        tracker.add_metrics({"LF": -1.0})
    assert tracker.should_stop_early()


def test_the_shipped_configurations_have_it():
    params = Params.from_file(PROJECT_ROOT / "training_configs" / "sdp_spigot.jsonnet").as_dict()
    assert {"type": "latest_best"} in params["trainer"]["callbacks"]
