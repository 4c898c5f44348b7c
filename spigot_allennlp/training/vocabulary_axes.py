"""The parameters of a model that have an entry for every word or label of its vocabulary."""

from typing import Dict, List

import torch
from allennlp.data import Vocabulary
from allennlp.models import Model
from allennlp.modules.token_embedders import Embedding
from torch import Tensor

from spigot_allennlp.modules import VocabularyAxis


def vocabulary_axes(model: Model) -> Dict[str, List[VocabularyAxis]]:
    """
    The names of the parameters of `model` that have such axes: those of embeddings, and what models
    within it name in `label_parameters`.
    """
    axes: Dict[Tensor, List[VocabularyAxis]] = {}
    for module in model.modules():
        if isinstance(module, Embedding) and module._vocab_namespace is not None:
            axes[module.weight] = [VocabularyAxis(module._vocab_namespace, first_index=0)]
        elif isinstance(module, Model) and hasattr(module, "label_parameters"):
            axes.update(module.label_parameters())
    return {name: axes[value] for name, value in model.named_parameters() if value in axes}


def same_entries(axis: VocabularyAxis, trained: Vocabulary, new: Vocabulary) -> Tensor:
    """
    For every entry of an axis over the vocabulary `new` the entry of the same token over the
    vocabulary `trained`, or that of the unknown token, or -1 where there is neither.

    # Returns

    `LongTensor`
        `(num_entries,)`.
    """
    known_tokens, tokens = (
        tokens_of(vocab, axis.namespace)[axis.first_index :] for vocab in (trained, new)
    )
    known = {token: entry for entry, token in enumerate(known_tokens)}
    unknown = known.get(trained._oov_token, -1)
    entries = torch.tensor([known.get(token, unknown) for token in tokens], dtype=torch.long)
    # Each repetition looks into its own.
    offsets = len(known_tokens) * torch.arange(axis.repeats).unsqueeze(1)
    return torch.where(entries >= 0, entries + offsets, -1).flatten()


def tokens_of(vocab: Vocabulary, namespace: str) -> List[str]:
    """The tokens by index; none for a namespace that the vocabulary does not have."""
    # Asked for one itself, it would make one.
    if namespace not in vocab.get_namespaces():
        return []
    tokens = vocab.get_index_to_token_vocabulary(namespace)
    return [tokens[index] for index in range(len(tokens))]
