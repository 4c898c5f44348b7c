"""
Where labels are in the vocabulary.

The namespaces have, unlike AllenNLP's for labels, an entry for padding, 0, and one for labels that
training did not see, 1. Such a label is counted as wrong and never predicted.
"""

import torch
from allennlp.data import Vocabulary
from torch import Tensor

from bilexical.formats.sentence import TOP_LABEL

DEPRELS_NAMESPACE = "deprels"
ROLES_NAMESPACE = "roles"
UNKNOWN_LABEL = 1


def has_deprels(vocab: Vocabulary) -> bool:
    """Whether trees have labels; those that only an end task trains have none."""
    return vocab.get_vocab_size(DEPRELS_NAMESPACE) > UNKNOWN_LABEL + 1


def illegal_roles(vocab: Vocabulary) -> Tensor:
    """
    `(2, 1 + num_labels)`: the labels that arcs from ROOT, and arcs from words, cannot have.

    The label of top nodes is that of arcs from ROOT and of no others. The unknown label stands for
    labels that training never saw, and is nobody's.
    """
    roles = vocab.get_token_to_index_vocabulary(ROLES_NAMESPACE)
    illegal = torch.zeros(2, vocab.get_vocab_size(ROLES_NAMESPACE), dtype=torch.bool)
    illegal[0, 1:] = True
    illegal[:, UNKNOWN_LABEL] = True
    if TOP_LABEL in roles:
        illegal[:, roles[TOP_LABEL]] = torch.tensor([False, True])
    return illegal
