"""The Gibbs distribution of the structures of one sentence, by enumeration."""

import pytest
import torch

from spigot_allennlp.structures.projections import ArcThenLabels, TreePolytope
from tests.structures.numbers_test import INF
from tests.structures.structure_test import CASES, IDS, enumerate_sentence, inner

# Projections do not matter here: each structure and its options once.
ONCE = [
    (case, id)
    for case, id in zip(CASES, IDS)
    if not isinstance(case[1].projection, (TreePolytope, ArcThenLabels))
]
every_structure = pytest.mark.parametrize(
    "name, structure, options, most",
    [case for case, _ in ONCE],
    ids=[id.rsplit("-", 1)[0] for _, id in ONCE],
)


class Gibbs:
    """The distribution of one sentence without padding, by enumeration."""

    def __init__(self, name, options, scores):
        structures = enumerate_sentence(name, scores.size(1) - 1, options)
        is_forbidden = inner(structures, scores[0].detach() == -INF) > 0
        self.structures = structures[~is_forbidden]
        self.totals = inner(self.structures, scores[0].masked_fill(scores[0] == -INF, 0.0))
        self.log_probabilities = self.totals.double().log_softmax(dim=0)
        self.probabilities = self.log_probabilities.exp()

    def entropy(self):
        return -(self.probabilities * self.log_probabilities).sum()


def generator(seed):
    return torch.Generator().manual_seed(seed)
