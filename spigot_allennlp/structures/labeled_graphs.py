import torch
from overrides import overrides
from torch import Tensor

from spigot_allennlp.nn.labeled_arcs import project_arc_then_labels
from spigot_allennlp.nn.parts import legal_arcs, legal_parts
from spigot_allennlp.structures.structure import Structure, at_least_single


@Structure.register("labeled_graphs")
class LabeledGraphs(Structure):
    """
    Labelled bilexical graphs: an arc is on if and only if exactly one of its labels is, and only a
    predicate has outgoing arcs. Arcs from ROOT lead to the top nodes.

    The part axis has size `1 + num_labels`: entry 0 is the arc and entry l its label l. The
    diagonal, which is never an arc, holds the predicates: part `[batch, p, p, 0]` is on if and only
    if node p is a predicate. A predicate may be on without arcs. Registered as a `Structure` with
    name "labeled_graphs".

    Everything factors over predicates, so that decoding and inference are exact in closed form
    (Peng et al. 2018, section 3.2, without the determinism constraint).
    """

    @overrides
    def argmax(self, scores: Tensor, mask: Tensor) -> Tensor:
        dtype, scores = scores.dtype, at_least_single(scores.detach())
        arcs = legal_arcs(mask)
        labels = scores[..., 1:]
        best_label, best_index = labels.max(dim=-1)
        gains = (scores[..., 0] + best_label).masked_fill(~arcs, 0.0)
        # Shape: (batch_size, num_nodes); column p holds the arcs of predicate p
        totals = predicate_scores(scores) + gains.clamp(min=0.0).sum(dim=1)
        is_predicate = (totals > 0) & mask
        on = (gains > 0) & is_predicate.unsqueeze(1)
        parts = torch.zeros_like(scores, dtype=dtype)
        parts[..., 0] = on.to(dtype) + torch.diag_embed(is_predicate.to(dtype))
        parts.scatter_(-1, best_index.unsqueeze(-1) + 1, on.unsqueeze(-1).to(dtype))
        return parts

    @overrides
    def log_partition(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        `sum_p softplus(s_p + sum_m softplus(s_pm + logsumexp_l s_pml))`. See
        `Structure.log_partition`.
        """
        scores = at_least_single(scores)
        arcs = legal_arcs(mask)
        gains = scores[..., 0] + scores[..., 1:].logsumexp(dim=-1)
        softplus = torch.nn.functional.softplus
        totals = predicate_scores(scores) + softplus(gains).masked_fill(~arcs, 0.0).sum(dim=1)
        return softplus(totals).masked_fill(~mask, 0.0).sum(dim=1)

    @overrides
    def project(self, point: Tensor, mask: Tensor) -> Tensor:
        """
        The authors' map: each arc onto [0, 1], then its labels onto the simplex that sums to the
        arc.

        It fixes every structure and its values satisfy the constraints, but it is not the Euclidean
        projection onto them (Peng et al. 2018, section 3.2, and the authors' program). Predicates
        are clamped to [0, 1], without regard to their arcs. See `Structure.project`.
        """
        values = at_least_single(point)
        arcs, labels = project_arc_then_labels(values[..., 0], values[..., 1:], legal_arcs(mask))
        predicates = torch.diag_embed(predicate_scores(values).clamp(0.0, 1.0) * mask)
        return torch.cat([(arcs + predicates).unsqueeze(-1), labels], dim=-1).to(point.dtype)

    @overrides
    def support(self, scores: Tensor, mask: Tensor) -> Tensor:
        support = legal_parts(mask, scores).repeat(1, 1, 1, scores.size(-1))
        support[..., 0] |= torch.diag_embed(mask)
        return support

    @overrides
    def counted_parts(self, scores: Tensor, mask: Tensor) -> Tensor:
        """The labelled arcs: an arc with a wrong label is one error and not two."""
        counted = legal_parts(mask, scores).repeat(1, 1, 1, scores.size(-1))
        counted[..., 0] = False
        return counted

    @overrides
    def contains(self, parts: Tensor, mask: Tensor) -> Tensor:
        arcs = legal_arcs(mask)
        on = parts[..., 0].masked_fill(~arcs, 0)
        labels_match = (parts[..., 1:].sum(dim=-1) * arcs == on).flatten(1).all(dim=1)
        has_predicate = (on <= predicate_scores(parts).unsqueeze(1)).flatten(1).all(dim=1)
        return labels_match & has_predicate


def predicate_scores(scores: Tensor) -> Tensor:
    """
    The predicates' entries of `(batch_size, num_nodes, num_nodes, 1 + num_labels)`: `(batch_size,
    num_nodes)`.
    """
    return scores[..., 0].diagonal(dim1=1, dim2=2)
