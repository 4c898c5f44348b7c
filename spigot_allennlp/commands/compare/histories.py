"""What AllenNLP wrote down while a model was trained, epoch by epoch."""

import re
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from bilexical.comparison.diagnostics import diagnostics
from bilexical.comparison.layers import LAYERS
from spigot_allennlp.training.whole_json import read_json_if_whole

#: In the folder of a run that was interrupted and recovered: how many epochs were finished then.
RECOVERIES = "recoveries.json"

_DURATION = re.compile(r"(?:(\d+) days?, )?(\d+):(\d+):(\d+(?:\.\d+)?)$")


def epoch_metrics(folder: Path) -> List[Dict[str, Any]]:
    """The contents of `metrics_epoch_0.json` and so on, as far as they are there and whole."""
    epochs: List[Dict[str, Any]] = []
    while True:
        metrics = read_json_if_whole(folder / f"metrics_epoch_{len(epochs)}.json")
        if metrics is None:
            return epochs
        epochs.append(metrics)


def history(folder: Path, scores: Sequence[str]) -> Dict[str, Any]:
    """
    # Parameters

    folder : `Path`
        Of a run.
    scores : `Sequence[str]`
        Names of scores on the validation data.

    # Returns

    `Dict[str, Any]`
        For JSON. Lists with one value per epoch, `None` where there is none: `seconds` (with
        validation), under `dev` those of `scores` that there are, and under `diagnostics` those of
        `DIAGNOSTICS` that there are. Of the epoch that was chosen, `best_epoch` (from 0) and, under
        `best`, its scores.
    """
    epochs = epoch_metrics(folder)
    last = epochs[-1] if epochs else {}
    return {
        "best_epoch": last.get("best_epoch"),
        "best": {
            score: last[f"best_validation_{score}"]
            for score in scores
            if f"best_validation_{score}" in last
        },
        "seconds": _seconds(epochs, read_json_if_whole(folder / RECOVERIES) or []),
        "dev": {
            score: [metrics.get(f"validation_{score}") for metrics in epochs]
            for score in scores
            if any(f"validation_{score}" in metrics for metrics in epochs)
        },
        "diagnostics": {
            name: [metrics.get(name) for metrics in epochs]
            for name in dict.fromkeys(chain.from_iterable(map(diagnostics, epochs)))
        },
    }


def validation_metrics(config: Dict[str, Any]) -> List[str]:
    """The names, without signs, of the metrics by which a configuration chooses its epoch."""
    chosen = config.get("trainer", {}).get("validation_metric", "-loss")
    return [name.lstrip("+-") for name in ([chosen] if isinstance(chosen, str) else chosen)]


def dev_scores(config: Dict[str, Any]) -> List[str]:
    """
    The scores on the validation data to show: those by which a configuration chooses its epoch, and
    those that sum up the layers.
    """
    scores = [*validation_metrics(config), *(layer.score for layer in LAYERS)]
    return list(dict.fromkeys(scores))


def _seconds(epochs: List[Dict[str, Any]], recoveries: Sequence[int]) -> List[Optional[float]]:
    # The clock starts anew when training is recovered.
    elapsed = [parse_duration(metrics.get("training_duration")) for metrics in epochs]
    seconds: List[Optional[float]] = []
    for number, now in enumerate(elapsed):
        before = 0.0 if number == 0 or number in recoveries else elapsed[number - 1]
        seconds.append(None if now is None or before is None else now - before)
    return seconds


def parse_duration(text: Optional[str]) -> Optional[float]:
    """Seconds of what `str` makes of a `timedelta`."""
    match = _DURATION.match(text or "")
    if match is None:
        return None
    days, hours, minutes, seconds = match.groups()
    duration = timedelta(
        days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=float(seconds)
    )
    return duration.total_seconds()
