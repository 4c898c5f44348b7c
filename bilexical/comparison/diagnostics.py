"""What was measured, epoch by epoch, of what the end task does to the intermediate parser."""

from typing import Any, Dict, List, Mapping, Optional, Tuple

from bilexical.comparison.training_summary import Histories

#: What each of them is, in the order in which they are shown.
DIAGNOSTICS = {
    "gradient_norm": "norm of the surrogate gradient",
    "zero_gradients": "share of sentences",
    "cosine": "cosine of the gradients of end task and parser",
    "spread": "standard deviation of scores",
    "margin": "best head's score minus the second's",
    "entropy": "nats per word",
    "changed": "share of words",
    "divergence": "nats per sentence",
    "num_candidates": "heads per word",
    "gold_pruned": "share of gold arcs",
}

#: What AllenNLP puts before the name of a metric, and what is said of it.
_DATA = {"training_": "training", "validation_": "validation data"}

#: What a pipeline puts before those of a pipeline within it.
_NESTED = "downstream_"


def diagnostics(metrics: Mapping[str, Any]) -> List[str]:
    """The names, such as `training_downstream_spread`, of those metrics that are diagnostics."""
    return [
        name for name in metrics if name.startswith(tuple(_DATA)) and _base(name) in DIAGNOSTICS
    ]


def diagnostics_of(training: Histories) -> List[str]:
    """The names of all that some run has: of the outermost pipeline first, training first."""
    names = {
        name for runs in training.values() for run in runs.values() for name in run["diagnostics"]
    }
    order = list(DIAGNOSTICS)
    return sorted(names, key=lambda name: (name.count(_NESTED), order.index(_base(name)), name))


def name_and_data(name: str) -> Tuple[str, str]:
    """`downstream_spread` and `training` of `training_downstream_spread`."""
    prefix = next(prefix for prefix in _DATA if name.startswith(prefix))
    return name[len(prefix) :], _DATA[prefix]


def description(name: str) -> str:
    """What the values are."""
    return DIAGNOSTICS[_base(name)]


def in_kept_epoch(run: Dict[str, Any], name: str) -> Optional[float]:
    """The value in the epoch whose weights were kept; `None` if nothing was measured there."""
    best, values = run["best_epoch"], run["diagnostics"].get(name, [])
    return values[best] if best is not None and best < len(values) else None


def _base(name: str) -> str:
    return name_and_data(name)[0].rpartition(_NESTED)[2]
