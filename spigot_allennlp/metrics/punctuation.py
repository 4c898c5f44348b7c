from typing import Optional, Sequence

import torch

from bilexical.formats.sentence import Sentence
from bilexical.scoring.punctuation import is_punctuation


def punctuation_mask(
    sentences: Sequence[Sentence], num_nodes: int, device: Optional[torch.device] = None
) -> Optional[torch.Tensor]:
    """
    # Parameters

    sentences : `Sequence[Sentence]`
    num_nodes : `int`
        At least 1 + the words of the longest sentence.
    device : `torch.device`, optional (default = `None`)

    # Returns

    `Optional[torch.BoolTensor]`
        Of shape (batch_size, num_nodes), true at punctuation, node 0 being ROOT; `None` when no
        word of any of the sentences has a tag, as punctuation is unknown then.
    """
    if not any(word.pos or word.upos for sentence in sentences for word in sentence.words):
        return None
    rows = []
    for sentence in sentences:
        row = [False] + [is_punctuation(word) for word in sentence.words]
        if len(row) > num_nodes:
            raise ValueError(
                f"sentence '{sentence.id}' has {len(row)} nodes with ROOT, "
                f"more than num_nodes = {num_nodes}."
            )
        rows.append(row + [False] * (num_nodes - len(row)))
    return torch.tensor(rows, dtype=torch.bool, device=device)
