"""The counts of all runs for all sentences, from which every score is computed."""

from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from bilexical.comparison.bootstrap import corpus_scores
from bilexical.comparison.layers import Counts, Gold, Output
from bilexical.comparison.training_summary import mean_and_deviation

#: The predictions of each system, by run (its seed), in the order of the test sentences.
Predictions = Mapping[str, Mapping[str, Sequence[Output]]]

#: Score, system and run.
Column = Tuple[str, str, str]


def count_sentences(
    gold: Sequence[Gold],
    predictions: Predictions,
    counts_of: Callable[[Gold, Output], Counts],
) -> Tuple[List[Column], np.ndarray]:
    """
    The columns and their counts, `(num_sentences, num_columns, 2)`: numerators and denominators,
    0 where a sentence has none. A score that a run has for no sentence has no column.
    """
    by_column: Dict[Column, np.ndarray] = {}
    for system, runs in predictions.items():
        for run, outputs in runs.items():
            for number, (annotated, output) in enumerate(zip(gold, outputs)):
                for score, pair in counts_of(annotated, output).items():
                    column = by_column.setdefault((score, system, run), np.zeros((len(gold), 2)))
                    column[number] = pair
    if not by_column:
        return [], np.zeros((len(gold), 0, 2))
    return list(by_column), np.stack(list(by_column.values()), axis=1)


def places_of(columns: Sequence[Column]) -> Dict[str, Dict[str, Dict[str, int]]]:
    """The indices of columns by score, system and run."""
    places: Dict[str, Dict[str, Dict[str, int]]] = {}
    for place, (score, system, run) in enumerate(columns):
        places.setdefault(score, {}).setdefault(system, {})[run] = place
    return places


def scores_of_runs(
    columns: Sequence[Column], counts: np.ndarray, score: str
) -> Dict[str, Dict[str, Any]]:
    """
    For each system that has `score`: `runs`, the score of each, `mean` and `sd` (see
    `mean_and_deviation`).

    # Parameters

    columns : `Sequence[Column]`
    counts : `np.ndarray`
        `(num_sentences, num_columns, 2)`, of the sentences to score.
    score : `str`
    """
    values = corpus_scores(*counts.sum(axis=0).T)
    entries = {}
    for system, runs in places_of(columns).get(score, {}).items():
        of_runs = {run: float(values[place]) for run, place in runs.items()}
        entries[system] = {"runs": of_runs, **mean_and_deviation(list(of_runs.values()))}
    return entries
