"""From the predictions of several systems for the same sentences to everything that is reported."""

from typing import AbstractSet, Any, Dict, List, Optional, Sequence

import numpy as np

from bilexical.comparison.bootstrap import (
    RESAMPLES,
    corpus_scores,
    paired_difference,
    resample,
)
from bilexical.comparison.breakdown import by_length, unseen
from bilexical.comparison.changes import structure_changes
from bilexical.comparison.counting import (
    Column,
    Predictions,
    count_sentences,
    places_of,
    scores_of_runs,
)
from bilexical.comparison.layers import LAYERS, Gold, Layer, sentence_counts


def analyze(
    gold: Sequence[Gold],
    predictions: Predictions,
    baseline: str,
    resamples: int = RESAMPLES,
    seed: int = 1,
    training_forms: Optional[AbstractSet[str]] = None,
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
    training_forms : `Optional[AbstractSet[str]]`, optional (default = `None`)
        The forms of the words of the training data, if they are known.

    # Returns

    `Dict[str, Any]`
        For JSON. `sentences`: their number. `baseline`. `systems`: the runs of each. `layers`: the
        kinds of output, the end task last, and `end_task_score`, the score of that. `bootstrap`:
        `resamples` and `seed`. `scores` by score and system: `runs`, `mean`, `sd` (`None` for a
        single run) and, except for the baseline, `difference`, `low`, `high`, `p_value` (see
        `Difference`) and `better_in`, the runs that are better than the baseline's of the same
        name. `by_length` and `unseen`: see the functions of these names; the latter is `None`
        without `training_forms`. `changes` by layer: `decisions`, `score`, and `systems` by system
        (see `structure_changes`).

    # Raises

    `ValueError`
        When the predictions have nothing in common that can be compared, or nothing that is
        annotated.
    """
    layers = common_layers(predictions)
    # A parser alone has no intermediate structure, and is compared by its own.
    intermediate = layers[:-1] or layers
    columns, counts = count_sentences(gold, predictions, sentence_counts)
    if not columns:
        raise ValueError("the test sentences are not annotated with anything that is predicted.")
    return {
        "sentences": len(gold),
        "baseline": baseline,
        "systems": {name: list(runs) for name, runs in predictions.items()},
        "layers": [layer.name for layer in layers],
        "end_task_score": layers[-1].score,
        "bootstrap": {"resamples": resamples, "seed": seed},
        "scores": _scores(columns, counts, baseline, resamples, seed),
        "by_length": by_length(gold, columns, counts),
        "unseen": None if training_forms is None else unseen(gold, predictions, training_forms),
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
    columns: Sequence[Column], counts: np.ndarray, baseline: str, resamples: int, seed: int
) -> Dict[str, Dict[str, Dict[str, Any]]]:
    sums = resample(counts.reshape(len(counts), -1), resamples, seed)
    numerators, denominators = np.moveaxis(sums.reshape(len(sums), len(columns), 2), 2, 0)
    sampled = corpus_scores(numerators, denominators)
    scores: Dict[str, Dict[str, Dict[str, Any]]] = {}
    for score, systems in places_of(columns).items():
        scores[score] = scores_of_runs(columns, counts, score)
        others = scores[score].get(baseline)
        for system, entry in scores[score].items():
            if system == baseline or others is None:
                continue
            entry.update(
                paired_difference(
                    others["mean"],
                    entry["mean"],
                    sampled[:, list(systems[baseline].values())].mean(axis=1),
                    sampled[:, list(systems[system].values())].mean(axis=1),
                )._asdict()
            )
            entry["better_in"] = [
                run
                for run, value in entry["runs"].items()
                if run in others["runs"] and value > others["runs"][run]
            ]
    return scores
