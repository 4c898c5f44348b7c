from allennlp.common import FromParams
from allennlp.common.checks import ConfigurationError
from torch import Tensor

from spigot_allennlp.holding.training_clock import TrainingClock

UNITS = ("epochs", "steps")


class WarmUp(FromParams):
    """
    Lets the end task learn to read structures before it changes them: for `after` epochs or steps
    it sends the parser no gradient, and in the `over` ones that follow a growing share of it,
    `1 / over` in the first and all in the last. The parser's own loss is not concerned.

    # Parameters

    after : `int`, optional (default = `0`)
    over : `int`, optional (default = `1`)
        1 for all of the gradient at once.
    unit : `str`, optional (default = `"epochs"`)
        Of both: "epochs", or "steps", which are batches of any corpus.
    """

    def __init__(self, after: int = 0, over: int = 1, unit: str = "epochs") -> None:
        if after < 0 or over < 1:
            raise ConfigurationError(
                f"A warm_up has after >= 0 and over >= 1 but is after {after} over {over}."
            )
        if unit not in UNITS:
            raise ConfigurationError(
                f"The unit of a warm_up is one of {', '.join(UNITS)} but is {unit!r}."
            )
        self.after = after
        self.over = over
        self.unit = unit

    def share(self, clock: TrainingClock) -> float:
        """From 0 to 1: by which the end task's gradient is multiplied."""
        over = clock.epochs if self.unit == "epochs" else clock.steps
        return min(max((over + 1 - self.after) / self.over, 0.0), 1.0)

    def let_through(self, scores: Tensor, clock: TrainingClock) -> Tensor:
        """`scores` as they are, of any shape; of their gradient only the share comes back."""
        share = self.share(clock)
        if share == 0:
            # Without a graph, so that nobody computes the parser's gradient from zeros.
            return scores.detach()
        if share == 1 or not scores.requires_grad:
            return scores
        scores = scores.view_as(scores)
        scores.register_hook(lambda gradient: share * gradient)
        return scores


class LinearWeight(FromParams):
    """
    A weight that changes by the same amount from epoch to epoch.

    # Parameters

    start : `float`
        In the first epoch.
    end : `float`
        After `epochs` epochs, and from then on.
    epochs : `int`
    """

    def __init__(self, start: float, end: float, epochs: int) -> None:
        if start < 0 or end < 0:
            raise ConfigurationError(
                f"Weights must not be negative but are {start} at the start and {end} at the end."
            )
        if epochs < 1:
            raise ConfigurationError(f"epochs must be at least 1 but is {epochs}.")
        self.start = start
        self.end = end
        self.epochs = epochs

    def at(self, clock: TrainingClock) -> float:
        """The weight in the epoch that has begun."""
        passed = min(clock.epochs / self.epochs, 1.0)
        return (1 - passed) * self.start + passed * self.end
