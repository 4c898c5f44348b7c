"""How the training of several runs went, epoch by epoch and in one number each."""

import statistics
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

#: Of each system, by run: lists with one value per epoch, `None` where nothing was measured, as
#: `seconds`, under `dev` of each score on the validation data, and under `diagnostics` of each of
#: those; `best_epoch` (from 0), that whose weights were kept, and under `best` its scores.
Histories = Mapping[str, Mapping[str, Dict[str, Any]]]


class Band(NamedTuple):
    """The mean over runs of what was measured in an epoch, and the least and the greatest value."""

    mean: float
    low: float
    high: float


def bands(series: Sequence[Sequence[Optional[float]]]) -> List[Optional[Band]]:
    """
    One band per epoch, over the runs that came so far and measured something; `None` where none
    did.

    # Parameters

    series : `Sequence[Sequence[Optional[float]]]`
        For each run one value per epoch.
    """
    result: List[Optional[Band]] = []
    for epoch in range(max(map(len, series), default=0)):
        values = [
            value for values in series for value in values[epoch : epoch + 1] if value is not None
        ]
        result.append(Band(statistics.mean(values), min(values), max(values)) if values else None)
    return result


def summary(runs: Mapping[str, Dict[str, Any]]) -> Dict[str, Optional[float]]:
    """
    `seconds`: the mean over all epochs of all runs, `None` where nothing was measured. `epochs`:
    how many there were on average.
    """
    seconds = [value for run in runs.values() for value in run["seconds"] if value is not None]
    lengths = [len(run["seconds"]) for run in runs.values()]
    return {
        "seconds": statistics.mean(seconds) if seconds else None,
        "epochs": statistics.mean(lengths) if lengths else None,
    }


def mean_and_deviation(values: List[float]) -> Dict[str, Optional[float]]:
    """`mean` and `sd`, the standard deviation of a sample; `None` for fewer than two values."""
    return {
        "mean": statistics.mean(values),
        "sd": statistics.stdev(values) if len(values) > 1 else None,
    }
