from typing import Any, Dict, Optional

from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback
from allennlp.training.metric_tracker import MetricTracker
from overrides import overrides


@TrainerCallback.register("latest_best")
class LatestBest(TrainerCallback):
    """
    Takes the latest of equally good epochs for the best one, and for progress as to `patience`.

    AllenNLP takes the first, so that a model whose score begins with a few epochs of 0 ends as it
    was after one epoch, or is stopped there. Registered as a `TrainerCallback` with name
    "latest_best".
    """

    @overrides
    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        tracker = trainer._metric_tracker
        names = [f"{'+' if sign > 0 else '-'}{name}" for sign, name in tracker.tracked_metrics]
        trainer._metric_tracker = LatestBestTracker(names, tracker._patience)
        # Of a run that is recovered.
        trainer._metric_tracker.load_state_dict(tracker.state_dict())


class LatestBestTracker(MetricTracker):
    """A `MetricTracker` for which a score as good as the best one is a new best one."""

    _best_so_far: Optional[float]

    @overrides
    def add_metrics(self, metrics: Dict[str, float]) -> None:
        if self.combined_score(metrics) == self._best_so_far:
            self._best_so_far = None
        super().add_metrics(metrics)
