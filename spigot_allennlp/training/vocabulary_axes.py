"""The parameters of a model that have an entry for every word or label of its vocabulary."""

from typing import Dict, List

import torch
from allennlp.data import Vocabulary
from allennlp.models import Model
from allennlp.modules.token_embedders import Embedding
from torch import Tensor
from torch.nn import Parameter

from spigot_allennlp.models.intermediate_parser import IntermediateParser, VocabularyAxis


def vocabulary_axes(model: Model) -> Dict[str, VocabularyAxis]:
    """The names of the parameters of `model` that have such an axis, which is the first one."""
    axes: Dict[Parameter, VocabularyAxis] = {}
    for module in model.modules():
        if isinstance(module, Embedding) and module._vocab_namespace is not None:
            axes[module.weight] = VocabularyAxis(module._vocab_namespace, first_index=0)
        elif isinstance(module, IntermediateParser):
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
    known = {
        token: index - axis.first_index
        for token, index in trained.get_token_to_index_vocabulary(axis.namespace).items()
        if index >= axis.first_index
    }
    unknown = known.get(trained._oov_token, -1)
    tokens = _tokens(new, axis.namespace)[axis.first_index :]
    return torch.tensor([known.get(token, unknown) for token in tokens], dtype=torch.long)


def _tokens(vocab: Vocabulary, namespace: str) -> List[str]:
    # Asked for a namespace that it does not have, a vocabulary makes one.
    if namespace not in vocab.get_namespaces():
        return []
    tokens = vocab.get_index_to_token_vocabulary(namespace)
    return [tokens[index] for index in range(len(tokens))]
