import copy
from typing import Optional, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from overrides import overrides
from torch import Tensor

from spigot_allennlp.nn.graph_decoding import best_graphs
from spigot_allennlp.nn.labeled_arcs import graph_to_parts, labels_by_head, legal_labeled_arcs
from spigot_allennlp.nn.parts import legal_arcs
from spigot_allennlp.projections import ArcThenLabels, GraphProjection
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

    Everything factors over predicates, so that decoding is exact, also where labels occur once, and
    inference is exact in closed form (Peng et al. 2018, section 3.2).

    # Parameters

    projection : `GraphProjection`, optional (default = `ArcThenLabels()`)
        What `project` does: "arc_then_labels" is the map of the authors' program, "euclidean" the
        Euclidean projection onto the same relaxation.
    """

    def __init__(self, projection: Optional[GraphProjection] = None) -> None:
        self.projection = projection or ArcThenLabels()
        self._illegal_labels: Optional[Tensor] = None
        self._deterministic_labels: Optional[Tensor] = None

    def restricted(
        self, illegal_labels: Tensor, deterministic_labels: Optional[Tensor] = None
    ) -> "LabeledGraphs":
        """
        The structure with other labels; this one stays as it is.

        # Parameters

        illegal_labels : `BoolTensor`
            `(2, 1 + num_labels)`: the labels that arcs from ROOT and arcs from words cannot have.
            They are no parts of a sentence. Entry 0, the arc, is ignored.
        deterministic_labels : `BoolTensor`, optional
            `(1 + num_labels,)`: labels that occur at most once for a predicate. Entry 0 is ignored.

        Both are on the device of the scores that the structure is used with.
        """
        restricted = copy.copy(self)
        restricted._illegal_labels = illegal_labels
        restricted._deterministic_labels = deterministic_labels
        return restricted

    def best_graphs(self, scores: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor]:
        """
        The best graphs `(batch_size, num_nodes, num_nodes)`, which hold labels and 0 for no arc,
        and their predicates `(batch_size, num_nodes)`: what `argmax` returns as parts.
        """
        return best_graphs(
            at_least_single(scores), mask, self._legal_labels(scores), self._deterministic_labels
        )

    @overrides
    def argmax(self, scores: Tensor, mask: Tensor) -> Tensor:
        graph, predicates = self.best_graphs(scores, mask)
        return graph_to_parts(graph, scores.size(-1), predicates).to(scores.dtype)

    @overrides
    def log_partition(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        `sum_p softplus(s_p + sum_m softplus(s_pm + logsumexp_l s_pml))`. See
        `Structure.log_partition`.
        """
        scores = at_least_single(scores)
        totals, _, _ = self._inside(scores, mask)
        return torch.nn.functional.softplus(totals).masked_fill(~mask, 0.0).sum(dim=1)

    @overrides
    def marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        Those of a predicate, times those of its arc given the predicate, times those of the label
        given the arc. See `Structure.marginals`.
        """
        dtype, scores = scores.dtype, at_least_single(scores)
        totals, gains, labels = self._inside(scores, mask)
        predicates = totals.sigmoid().masked_fill(~mask, 0.0)
        support = legal_labeled_arcs(mask, self._legal_labels(scores))
        arcs = (predicates.unsqueeze(1) * gains.sigmoid()).masked_fill(~support[..., 0], 0.0)
        labels = (arcs.unsqueeze(-1) * labels.softmax(dim=-1)).masked_fill(~support[..., 1:], 0.0)
        arcs = arcs + torch.diag_embed(predicates)
        return torch.cat([arcs.unsqueeze(-1), labels], dim=-1).to(dtype)

    @overrides
    def project(self, point: Tensor, mask: Tensor) -> Tensor:
        """
        A map onto consistent arcs and labels, without regard to predicates and to labels that occur
        once: what `projection` names. See `Structure.project`.
        """
        legal_labels = self._legal_labels(point)
        return self.projection(at_least_single(point), mask, legal_labels).to(point.dtype)

    @overrides
    def support(self, scores: Tensor, mask: Tensor) -> Tensor:
        """The arcs, the labelled arcs and the predicates. See `Structure.support`."""
        support = legal_labeled_arcs(mask, self._legal_labels(scores))
        support[..., 0] |= torch.diag_embed(mask)
        return support

    @overrides
    def counted_parts(self, scores: Tensor, mask: Tensor) -> Tensor:
        """The labelled arcs: an arc with a wrong label is one error and not two."""
        counted = legal_labeled_arcs(mask, self._legal_labels(scores))
        counted[..., 0] = False
        return counted

    @overrides
    def contains(self, parts: Tensor, mask: Tensor) -> Tensor:
        arcs = legal_arcs(mask)
        on = parts[..., 0].masked_fill(~arcs, 0)
        labels = parts[..., 1:].masked_fill(~arcs.unsqueeze(-1), 0)
        legal_labels = labels.masked_fill(self._illegal_by_head(parts), 0)
        labels_match = (labels.sum(dim=-1) == on) & (legal_labels.sum(dim=-1) == on)
        has_predicate = on <= predicate_scores(parts).unsqueeze(1)
        contained = (labels_match & has_predicate).flatten(1).all(dim=1)
        if self._deterministic_labels is None:
            return contained
        repeated = (labels.sum(dim=1) > 1) & self._deterministic_labels[1:]
        return contained & ~repeated.flatten(1).any(dim=1)

    def _inside(self, scores: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        """
        The log-odds of predicates `(batch_size, num_nodes)`, those of arcs given their predicate
        `(batch_size, num_nodes, num_nodes)`, and the scores of labels without the illegal ones.
        """
        if self._deterministic_labels is not None and self._deterministic_labels.any():
            raise ConfigurationError(
                "Labelled graphs have no tractable partition function and marginals where labels "
                "occur at most once for a predicate. Use the loss 'hinge' and an estimator that "
                "needs no marginals, such as 'spigot', 'straight_through' or 'modular', or set "
                "`deterministic_labels: false` in the parser of semantic graphs."
            )
        labels = scores[..., 1:]
        if self._illegal_labels is not None:
            # A finite score: an arc without a legal label must not make gradients NaN.
            lowest = torch.finfo(scores.dtype).min
            labels = labels.masked_fill(self._illegal_by_head(scores), lowest)
        gains = scores[..., 0] + labels.logsumexp(dim=-1)
        arcs = legal_labeled_arcs(mask, self._legal_labels(scores))[..., 0]
        gains_if_on = torch.nn.functional.softplus(gains).masked_fill(~arcs, 0.0)
        return predicate_scores(scores) + gains_if_on.sum(dim=1), gains, labels

    def _legal_labels(self, scores: Tensor) -> Tensor:
        """`(2, 1 + num_labels)`: the labels of arcs from ROOT and of arcs from words."""
        if self._illegal_labels is None:
            return torch.ones(2, scores.size(-1), dtype=torch.bool, device=scores.device)
        return ~self._illegal_labels

    def _illegal_by_head(self, scores: Tensor) -> Tensor:
        """`(num_nodes, num_labels)`: the labels that a head's arcs cannot have."""
        return ~labels_by_head(self._legal_labels(scores), scores.size(1))[..., 1:]


def predicate_scores(scores: Tensor) -> Tensor:
    """
    The predicates' entries of `(batch_size, num_nodes, num_nodes, 1 + num_labels)`: `(batch_size,
    num_nodes)`.
    """
    return scores[..., 0].diagonal(dim1=1, dim2=2)
