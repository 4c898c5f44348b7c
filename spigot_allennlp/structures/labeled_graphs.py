import copy
from typing import Optional, Tuple

import torch
from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.nn.bounded_scores import bound_parts
from spigot_allennlp.nn.graph_decoding import best_graphs
from spigot_allennlp.nn.graph_inference import log_partition, marginals, sample
from spigot_allennlp.nn.labeled_arcs import arcs_with_labels, graph_to_parts, labeled_arcs
from spigot_allennlp.nn.parts import legal_arcs
from spigot_allennlp.nn.sparse_graphs import project_onto_graphs
from spigot_allennlp.nn.uniforms import uniforms
from spigot_allennlp.structures.checks import check_inputs
from spigot_allennlp.structures.projections import ArcThenLabels, GraphProjection
from spigot_allennlp.structures.structure import Structure


@Structure.register("labeled_graphs")
class LabeledGraphs(Structure):
    """
    Labeled bilexical graphs: an arc is on if and only if exactly one of its labels is, and only a
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

        # Raises

        `ValueError`
            When the shapes are others, and when scores with another number of labels come.
        """
        num_parts = illegal_labels.size(-1)
        if illegal_labels.shape != (2, num_parts) or (
            deterministic_labels is not None and deterministic_labels.shape != (num_parts,)
        ):
            raise ValueError(
                "illegal_labels must be (2, 1 + num_labels) and deterministic_labels (1 + "
                f"num_labels,), but they are {tuple(illegal_labels.shape)} and "
                f"{None if deterministic_labels is None else tuple(deterministic_labels.shape)}."
            )
        restricted = copy.copy(self)
        restricted._illegal_labels = illegal_labels
        restricted._deterministic_labels = deterministic_labels
        return restricted

    def best_graphs(self, scores: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor]:
        """
        The best graphs `(batch_size, num_nodes, num_nodes)`, which hold labels and 0 for no arc,
        and their predicates `(batch_size, num_nodes)`: what `argmax` returns as parts.
        """
        legal_labels = self._legal_labels(scores)
        scores, mask, _ = check_inputs(self, scores, mask)
        return best_graphs(scores, mask, legal_labels, self._deterministic_labels)

    @overrides
    def argmax(self, scores: Tensor, mask: Tensor) -> Tensor:
        graph, predicates = self.best_graphs(scores, mask)
        return graph_to_parts(graph, scores.size(-1), predicates).to(scores.dtype)

    @overrides
    def log_partition(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        `sum_p softplus(s_p + sum_m softplus(s_pm + logsumexp_l s_pml))`. See
        `Structure.log_partition`.

        # Raises

        `ConfigurationError`
            With labels that occur at most once for a predicate.
        """
        return log_partition(*self._inference_inputs(scores, mask))

    @overrides
    def marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        """In closed form. See `log_partition` and `Structure.marginals`."""
        return marginals(*self._inference_inputs(scores, mask)).to(scores.dtype)

    @overrides
    def sample(
        self,
        scores: Tensor,
        mask: Tensor,
        num_samples: int = 1,
        generator: Optional[torch.Generator] = None,
    ) -> Tensor:
        """Predicates, their arcs, and labels. See `log_partition` and `Structure.sample`."""
        inputs = self._inference_inputs(scores.detach(), mask)
        graph, predicates = sample(*inputs, uniforms(num_samples, scores, generator))
        parts = graph_to_parts(graph.flatten(0, 1), scores.size(-1), predicates.flatten(0, 1))
        return parts.to(scores.dtype).reshape(num_samples, *scores.shape)

    @overrides
    def centered(self, scores: Tensor, mask: Tensor) -> Tensor:
        return check_inputs(self, scores, mask).scores.double()

    @overrides
    def project(self, point: Tensor, mask: Tensor) -> Tensor:
        """
        A map onto consistent arcs and labels, without regard to predicates and to labels that occur
        once: what `projection` names. See `Structure.project`.
        """
        legal_labels = self._legal_labels(point)
        checked, mask, _ = check_inputs(self, point, mask)
        return self.projection(checked, mask, legal_labels).to(point.dtype)

    @overrides
    def sparse_marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        The Euclidean projection onto the relaxation, in which predicates are by themselves and a
        label may occur any number of times. See `Structure.sparse_marginals`.
        """
        legal_labels = self._legal_labels(scores)
        checked, mask, _ = check_inputs(self, scores, mask)
        return project_onto_graphs(checked, mask, legal_labels).to(scores.dtype)

    @overrides
    def support(self, scores: Tensor, mask: Tensor) -> Tensor:
        """The arcs, the labeled arcs and the predicates. See `Structure.support`."""
        legal_labels = self._legal_labels(scores)
        support = labeled_arcs(mask, legal_labels)
        support[..., 0] = arcs_with_labels(mask, legal_labels) | torch.diag_embed(mask.bool())
        return support

    @overrides
    def without_invariant_directions(self, values: Tensor, candidates: Tensor) -> Tensor:
        """
        Less what an arc has and all of its labels lack, or the other way round: an arc is on
        exactly if one of its labels is. See `Structure.without_invariant_directions`.
        """
        # 1 for an arc and -1 for its labels; 0 for predicates, which have no labels.
        signs = -candidates.to(values.dtype)
        signs[..., 0] *= -candidates[..., 1:].any(dim=-1).to(values.dtype)
        shares = (values * signs).sum(dim=-1) / signs.abs().sum(dim=-1).clamp(min=1.0)
        return (values - shares.unsqueeze(-1) * signs).masked_fill(~candidates, 0.0)

    @overrides
    def counted_parts(self, scores: Tensor, mask: Tensor) -> Tensor:
        """The labeled arcs: an arc with a wrong label is one error and not two."""
        return labeled_arcs(mask, self._legal_labels(scores))

    @overrides
    def contains(self, parts: Tensor, mask: Tensor) -> Tensor:
        arcs = legal_arcs(mask)
        on = parts[..., 0].masked_fill(~arcs, 0)
        labels = parts[..., 1:].masked_fill(~arcs.unsqueeze(-1), 0)
        legal = labels.masked_fill(~labeled_arcs(mask, self._legal_labels(parts))[..., 1:], 0)
        one_label = (labels.sum(dim=-1) == on) & (legal.sum(dim=-1) == on)
        has_predicate = on <= parts[..., 0].diagonal(dim1=1, dim2=2).unsqueeze(1)
        contained = (one_label & has_predicate).flatten(1).all(dim=1)
        if self._deterministic_labels is None:
            return contained
        repeated = (labels.sum(dim=1) > 1) & self._deterministic_labels[1:]
        return contained & ~repeated.flatten(1).any(dim=1)

    def _legal_labels(self, scores: Tensor) -> Tensor:
        """`(2, 1 + num_labels)`: the labels of arcs from ROOT and of arcs from words."""
        num_parts = scores.size(-1)
        if self._illegal_labels is None:
            return torch.ones(2, num_parts, dtype=torch.bool, device=scores.device)
        if self._illegal_labels.size(1) != num_parts:
            raise ValueError(
                f"The graphs are restricted for {self._illegal_labels.size(1) - 1} labels, but the "
                f"part axis has size {num_parts}, an arc and {num_parts - 1} labels."
            )
        return ~self._illegal_labels

    def _inference_inputs(self, scores: Tensor, mask: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        """The arguments of `graph_inference`."""
        if self._deterministic_labels is not None:
            raise ConfigurationError(
                "Labeled graphs in which labels occur at most once for a predicate have no "
                "tractable partition function and marginals. Use the loss 'hinge' and an estimator "
                "that needs no marginals, such as 'spigot' or 'straight_through', or set "
                "`deterministic_labels: false` in the parser of semantic graphs."
            )
        legal_labels = self._legal_labels(scores)
        scores, mask, are_ordinary = check_inputs(self, scores, mask)
        if not are_ordinary:
            scores = bound_parts(scores, self.support(scores, mask))
        return scores, mask, legal_labels
