"""The words that the corpus, or whoever asks, says are predicates."""

from typing import Any, Dict, List, Optional

import torch
from allennlp.common.checks import ConfigurationError
from torch import Tensor


def given_predicates(metadata: Optional[List[Dict[str, Any]]], mask: Tensor) -> Tensor:
    """
    # Parameters

    metadata : `List[Dict[str, Any]]`, optional
        Of each sentence, with `sentence`, a `Sentence` whose words say it.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`.

    # Returns

    `BoolTensor`
        `(batch_size, num_nodes)`, false for ROOT. `ConfigurationError` is raised without metadata.
    """
    if metadata is None:
        raise ConfigurationError(
            "The semantic graph parser has `predicates: given` but got no metadata, in which the "
            "sentences are: give it instances of a reader of this package."
        )
    predicates = torch.zeros(mask.shape, dtype=torch.bool)
    for row, entry in zip(predicates, metadata):
        words = entry["sentence"].words
        row[1 : 1 + len(words)] = torch.tensor([word.is_predicate for word in words])
    return predicates.to(mask.device)
