"""The words that the corpus, or whoever asks, says are predicates."""

from typing import Any, Dict, List, Optional

import torch
from allennlp.common.checks import ConfigurationError
from torch import Tensor

from bilexical.formats.sentence import Sentence


def given_predicates(
    metadata: Optional[List[Dict[str, Any]]], mask: Tensor, has_gold: bool
) -> Tensor:
    """
    # Parameters

    metadata : `List[Dict[str, Any]]`, optional
        Of each sentence, with `sentence`, a `Sentence` whose words say it.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`.
    has_gold : `bool`
        Whether the graphs of these sentences are to be learned, or compared with.

    # Returns

    `BoolTensor`
        `(batch_size, num_nodes)`, false for ROOT.

    Raises `ConfigurationError` without metadata, and for a gold arc from another word.
    """
    if metadata is None:
        raise ConfigurationError(
            "The semantic graph parser has `predicates: given` but got no metadata, in which the "
            "sentences are: give it instances of a reader of this package."
        )
    predicates = torch.zeros(mask.shape, dtype=torch.bool)
    for row, entry in zip(predicates, metadata):
        sentence = entry["sentence"]
        if has_gold:
            _check_heads(sentence)
        words = sentence.words
        row[1 : 1 + len(words)] = torch.tensor([word.is_predicate for word in words])
    return predicates.to(mask.device)


def _check_heads(sentence: Sentence) -> None:
    for arc in sentence.arcs or []:
        if arc.head != arc.modifier and not sentence.words[arc.head - 1].is_predicate:
            raise ConfigurationError(
                f"The semantic graph parser has `predicates: given`, but an arc of the sentence "
                f"{sentence.id!r} comes from word {arc.head}, "
                f"{sentence.words[arc.head - 1].form!r}, which is not marked as a predicate. Mark "
                "it in the corpus, or set `predicates: predicted`."
            )
