"""A structure: every word has a head, and nothing says that the heads make a tree."""

import torch
from overrides import overrides

from spigot_allennlp.nn.parts import heads_to_arcs, legal_arcs
from spigot_allennlp.nn.projections import project_onto_simplex
from spigot_allennlp.structures import Structure


@Structure.register("head_selection")
class HeadSelection(Structure):
    @overrides(check_signature=False)
    def argmax(self, scores, mask):
        legal = legal_arcs(mask)
        best = scores.detach().masked_fill(~legal, -torch.inf).argmax(dim=-1)
        return heads_to_arcs(best, mask).to(scores.dtype)

    @overrides(check_signature=False)
    def log_partition(self, scores, mask):
        legal = legal_arcs(mask)
        words = legal.any(dim=-1)
        # ROOT and padding have no heads to sum over.
        rows = scores.masked_fill(~legal & words.unsqueeze(-1), -torch.inf).logsumexp(dim=-1)
        return rows.masked_fill(~words, 0.0).sum(dim=1)

    @overrides(check_signature=False)
    def project(self, point, mask):
        return project_onto_simplex(point.detach(), legal_arcs(mask))

    @overrides(check_signature=False)
    def contains(self, parts, mask):
        legal = legal_arcs(mask)
        return ((parts * legal).sum(dim=-1) == legal.any(dim=-1)).all(dim=1)
