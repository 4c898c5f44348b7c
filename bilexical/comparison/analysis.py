"""From the predictions of several systems for the same sentences to everything that is reported."""

from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from bilexical.comparison.bootstrap import (
    RESAMPLES,
    corpus_scores,
    paired_difference,
    resample,
)
from bilexical.comparison.changes import structure_changes
from bilexical.comparison.layers import LAYERS, Gold, Layer, Output, sentence_counts
from bilexical.comparison.training_summary import mean_and_deviation

#: The predictions of each system, by run (its seed), in the order of the test sentences.
Predictions = Mapping[str, Mapping[str, Sequence[Output]]]


def analyze(
    gold: Sequence[Gold],
    predictions: Predictions,
    baseline: str,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> Dict[str, Any]:
    """
    # Parameters

    gold : `Sequence[Gold]`
    predictions : `Predictions`
        At least one run of each system.
    baseline : `str`
        The system that the others are compared with.
    resamples : `int`, optional (default = `RESAMPLES`)
    seed : `int`, optional (default = `1`)
        Of the bootstrap.

    # Returns

    `Dict[str, Any]`
        For JSON. `sentences`: their number. `baseline`. `systems`: the runs of each. `layers`: the
        kinds of output, the end task last, and `end_task_score`, the score of that. `bootstrap`:
        `resamples` and `seed`. `scores` by score and system: `runs`, `mean`, `sd` (`None` for a
        single run) and, except for the baseline, `difference`, `low`, `high`, `p_value` (see
        `Difference`) and `better_in`, the runs that are better than the baseline's of the same
        name. `changes` by layer: `decisions`, `score`, and `systems` by system (see
        `structure_changes`).
    """
    layers = common_layers(predictions)
    # A parser alone has no intermediate structure, and is compared by its own.
    intermediate = layers[:-1] or layers
    return {
        "sentences": len(gold),
        "baseline": baseline,
        "systems": {name: list(runs) for name, runs in predictions.items()},
        "layers": [layer.name for layer in layers],
        "end_task_score": layers[-1].score,
        "bootstrap": {"resamples": resamples, "seed": seed},
        "scores": _scores(gold, predictions, baseline, resamples, seed),
        "changes": {
            layer.name: {
                "decisions": layer.decision,
                "score": layer.score,
                "systems": {
                    name: structure_changes(gold, predictions[baseline], runs, layer, layers[-1])
                    for name, runs in predictions.items()
                    if name != baseline
                },
            }
            for layer in intermediate
        },
    }


def common_layers(predictions: Predictions) -> List[Layer]:
    """
    The layers that every prediction has. `ValueError` is raised when there is none.
    """
    outputs = [output for runs in predictions.values() for run in runs.values() for output in run]
    layers = [layer for layer in LAYERS if all(map(layer.is_in, outputs))]
    if not layers:
        raise ValueError(
            "the systems predict nothing in common that can be compared: "
            f"{', '.join(layer.name for layer in LAYERS)}."
        )
    return layers


def _scores(
    gold: Sequence[Gold], predictions: Predictions, baseline: str, resamples: int, seed: int
) -> Dict[str, Dict[str, Dict[str, Any]]]:
    columns, counts = _count(gold, predictions)
    observed = corpus_scores(*counts.sum(axis=0).T)
    sums = resample(counts.reshape(len(gold), -1), resamples, seed)
    numerators, denominators = np.moveaxis(sums.reshape(len(sums), len(columns), 2), 2, 0)
    sampled = corpus_scores(numerators, denominators)
    places: Dict[str, Dict[str, Dict[str, int]]] = {}
    for place, (score, system, run) in enumerate(columns):
        places.setdefault(score, {}).setdefault(system, {})[run] = place
    scores: Dict[str, Dict[str, Dict[str, Any]]] = {}
    for score, systems in places.items():
        scores[score] = {}
        for system, runs in systems.items():
            values = {run: float(observed[place]) for run, place in runs.items()}
            entry: Dict[str, Any] = {"runs": values, **mean_and_deviation(list(values.values()))}
            if system != baseline and baseline in systems:
                others = systems[baseline]
                entry.update(
                    paired_difference(
                        observed[list(others.values())].mean(),
                        observed[list(runs.values())].mean(),
                        sampled[:, list(others.values())].mean(axis=1),
                        sampled[:, list(runs.values())].mean(axis=1),
                    )._asdict()
                )
                entry["better_in"] = [
                    run
                    for run, place in runs.items()
                    if run in others and observed[place] > observed[others[run]]
                ]
            scores[score][system] = entry
    return scores


def _count(
    gold: Sequence[Gold], predictions: Predictions
) -> Tuple[List[Tuple[str, str, str]], np.ndarray]:
    """
    The columns, as (score, system, run), and their counts, `(num_sentences, num_columns, 2)`.
    """
    by_column: Dict[Tuple[str, str, str], np.ndarray] = {}
    for system, runs in predictions.items():
        for run, outputs in runs.items():
            for number, (annotated, output) in enumerate(zip(gold, outputs)):
                for score, pair in sentence_counts(annotated, output).items():
                    column = by_column.setdefault((score, system, run), np.zeros((len(gold), 2)))
                    column[number] = pair
    if not by_column:
        raise ValueError("the test sentences are not annotated with anything that is predicted.")
    return list(by_column), np.stack(list(by_column.values()), axis=1)
