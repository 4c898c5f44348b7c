"""Where systems err: scores by the length of sentences, and on words unseen in training."""

import math
from typing import AbstractSet, Any, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from bilexical.comparison.counting import Column, Predictions, count_sentences, scores_of_runs
from bilexical.comparison.layers import LAYERS, Counts, Gold, Output

#: The bands: words of the shortest and of the longest sentence; `None` for no limit.
LENGTHS: Tuple[Tuple[int, Optional[int]], ...] = (
    (1, 10),
    (11, 20),
    (21, 30),
    (31, 40),
    (41, None),
)


def by_length(
    gold: Sequence[Gold], columns: Sequence[Column], counts: np.ndarray
) -> Dict[str, List[Dict[str, Any]]]:
    """
    # Parameters

    gold : `Sequence[Gold]`
    columns : `Sequence[Column]`
    counts : `np.ndarray`
        `(num_sentences, num_columns, 2)`; see `count_sentences`.

    # Returns

    `Dict[str, List[Dict[str, Any]]]`
        For JSON. For the score that sums up each layer, the end task's first, those of `LENGTHS` in
        which there are sentences that are annotated with the layer: `low`, `high`, the number of
        these `sentences`, and `systems`, as from `scores_of_runs`.
    """
    lengths = np.array([len(annotated.sentence.words) for annotated in gold])
    bands: Dict[str, List[Dict[str, Any]]] = {}
    for layer in reversed(LAYERS):
        if layer.score not in {score for score, _, _ in columns}:
            continue
        annotated = np.array([layer.is_annotated(sentence) for sentence in gold])
        bands[layer.score] = []
        for low, high in LENGTHS:
            chosen = annotated & (lengths >= low) & (lengths <= (high or math.inf))
            if chosen.any():
                systems = scores_of_runs(columns, counts[chosen], layer.score)
                band = {"low": low, "high": high, "sentences": int(chosen.sum())}
                bands[layer.score].append({**band, "systems": systems})
    return bands


def unseen(
    gold: Sequence[Gold], predictions: Predictions, training_forms: AbstractSet[str]
) -> Dict[str, Dict[str, Any]]:
    """
    Scores of those decisions whose modifier is a word that training has not.

    # Parameters

    gold : `Sequence[Gold]`
    predictions : `Predictions`
    training_forms : `AbstractSet[str]`
        The forms of the training data; case counts.

    # Returns

    `Dict[str, Dict[str, Any]]`
        For JSON. For the score that sums up each layer whose decisions are about words, the end
        task's first: `decisions`, `number`, the gold decisions about unseen words, `of`, the gold
        decisions about any, and `systems`, as from `scores_of_runs`; without any system where
        `number` is 0.
    """

    def counts_of(annotated: Gold, output: Output) -> Counts:
        words = _unseen_words(annotated, training_forms)
        counts: Counts = {}
        for layer in reversed(LAYERS):
            counts.update(layer.counts_among(annotated, output, words))
        return counts

    columns, counts = count_sentences(gold, predictions, counts_of)
    scores = {score for score, _, _ in columns}
    found: Dict[str, Dict[str, Any]] = {}
    for layer in reversed(LAYERS):
        if layer.score in scores:
            is_unseen = [
                modifier in words
                for annotated in gold
                for words in [_unseen_words(annotated, training_forms)]
                for modifier in layer.gold_modifiers(annotated)
            ]
            found[layer.score] = {
                "decisions": layer.decision,
                "number": sum(is_unseen),
                "of": len(is_unseen),
                "systems": scores_of_runs(columns, counts, layer.score) if any(is_unseen) else {},
            }
    return found


def _unseen_words(gold: Gold, training_forms: AbstractSet[str]) -> Set[int]:
    words = enumerate(gold.sentence.words, start=1)
    return {number for number, word in words if word.form not in training_forms}
