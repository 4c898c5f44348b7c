from typing import NamedTuple, Optional, Tuple

import torch
from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.nn.bounded_scores import bound_scores
from spigot_allennlp.nn.parts import arcs_to_heads, heads_to_arcs, is_word, legal_arcs, num_words
from spigot_allennlp.nn.uniforms import Draw, uniforms
from spigot_allennlp.structures.checks import check_inputs, check_that_any_is_left
from spigot_allennlp.structures.projections import Projection, SingleHead, TreePolytope
from spigot_allennlp.structures.structure import Structure


class TopTrees(NamedTuple):
    """
    The best trees of each sentence, the best one first.

    # Parameters

    arcs : `FloatTensor`
        `(k, batch_size, num_nodes, num_nodes)`: exactly 0 and 1, without a gradient; 0 where a
        sentence has no more trees.
    scores : `FloatTensor`
        `(k, batch_size)`: the sums of the arcs' scores, differentiable; `-inf` where a sentence has
        no more trees.
    counts : `LongTensor`
        `(batch_size,)`: how many of the k trees there are.
    """

    arcs: Tensor
    scores: Tensor
    counts: Tensor


class Trees(Structure):
    """
    Dependency trees: every word has one head, and all words descend from ROOT. Parts are arcs,
    without a part axis.

    Where every tree of a sentence has a forbidden arc, `argmax` is the best of those with the
    fewest, `log_partition` is `-inf`, and `marginals` and `project` raise a `ValueError`. An arc
    that is worth 1e9 less than the best one of its word counts as forbidden.

    # Parameters

    single_root : `bool`, optional (default = `True`)
        Whether ROOT has exactly one child, as in the authors' program, or any number of them.
    projection : `Projection`, optional (default = `SingleHead()`)
        What `project` does: "single_head" projects onto the relaxation of Peng et al. (2018),
        "tree_polytope" onto the convex hull of the trees.
    """

    limits: Tuple[str, ...] = (
        "several roots (`single_root: false` in the model's `structure` allows them)",
    )

    def __init__(self, single_root: bool = True, projection: Optional[Projection] = None) -> None:
        self.single_root = single_root
        self.projection = projection or SingleHead()

    def best_heads(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """
        The heads of the best trees, `(batch_size, num_nodes)`; 0 for ROOT and padding.

        # Parameters

        scores : `FloatTensor`
            `(batch_size, num_nodes, num_nodes)`, `float32` or `float64`, finite on the arcs of each
            sentence.
        lengths : `LongTensor`
            `(batch_size,)`: words per sentence, without ROOT.
        """
        raise NotImplementedError

    def arc_log_partition(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """`log_partition` of scores that are finite everywhere. See `best_heads`."""
        raise NotImplementedError

    def arc_marginals(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """`marginals` of scores that are finite everywhere. See `best_heads`."""
        raise NotImplementedError

    def sample_heads(self, scores: Tensor, lengths: Tensor, draw: Draw) -> Tensor:
        """
        The heads of independent samples, `(num_samples, batch_size, num_nodes)`, with the random
        numbers of `draw`. See `best_heads`.
        """
        raise NotImplementedError

    def top_heads(self, scores: Tensor, lengths: Tensor, k: int) -> Tuple[Tensor, Tensor]:
        """
        The heads of the k best trees, `(k, batch_size, num_nodes)`, and how many there are,
        `(batch_size,)`. See `best_heads`.
        """
        raise NotImplementedError

    @overrides
    def argmax(self, scores: Tensor, mask: Tensor) -> Tensor:
        checked, mask, are_ordinary = check_inputs(self, scores, mask)
        if not are_ordinary:
            checked = bound_scores(checked, legal_arcs(mask)).scores
        return heads_to_arcs(self.best_heads(checked, num_words(mask)), mask).to(scores.dtype)

    @overrides
    def log_partition(self, scores: Tensor, mask: Tensor) -> Tensor:
        scores, mask, are_ordinary = check_inputs(self, scores, mask)
        legal, lengths = legal_arcs(mask), num_words(mask)
        if are_ordinary:
            return self.arc_log_partition(scores.masked_fill(~legal, 0.0), lengths)
        bounded = bound_scores(scores, legal)
        total = self.arc_log_partition(bounded.scores, lengths)
        log_partition = (total + bounded.shifts).masked_fill(total < bounded.lowest, -torch.inf)
        return log_partition.to(scores.dtype)

    @overrides
    def marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        checked, mask, are_ordinary = check_inputs(self, scores, mask)
        legal, lengths = legal_arcs(mask), num_words(mask)
        if are_ordinary:
            marginals = self.arc_marginals(checked.masked_fill(~legal, 0.0), lengths)
        else:
            bounded = bound_scores(checked, legal)
            marginals = self.arc_marginals(bounded.scores, lengths)
            marginals = without_forbidden(marginals, bounded.forbidden)
        return marginals.to(scores.dtype)

    @overrides
    def sample(
        self,
        scores: Tensor,
        mask: Tensor,
        num_samples: int = 1,
        generator: Optional[torch.Generator] = None,
    ) -> Tensor:
        draw = uniforms(num_samples, scores, generator)
        checked, mask, are_ordinary = check_inputs(self, scores.detach(), mask)
        bounded = None if are_ordinary else bound_scores(checked, legal_arcs(mask))
        checked = checked if bounded is None else bounded.scores
        heads = self.sample_heads(checked, num_words(mask), draw)
        masks = mask.expand(num_samples, -1, -1).flatten(0, 1)
        arcs = heads_to_arcs(heads.flatten(0, 1), masks).reshape(num_samples, *scores.shape)
        if bounded is not None:
            is_broken = (arcs * bounded.forbidden).flatten(2).any(dim=2).any(dim=0)
            check_that_any_is_left(~is_broken)
        return arcs.to(scores.dtype)

    def top_k(self, scores: Tensor, mask: Tensor, k: int) -> TopTrees:
        """
        The k best trees, no two of which are the same. Trees with a forbidden arc are none.

        # Raises

        `ValueError`
            When k is not positive.
        """
        if k < 1:
            raise ValueError(f"k must be positive but got {k}.")
        scores, mask, are_ordinary = check_inputs(self, scores, mask)
        bounded = None if are_ordinary else bound_scores(scores.detach(), legal_arcs(mask))
        values = scores if bounded is None else bounded.scores
        heads, counts = self.top_heads(values.detach(), num_words(mask), k)
        masks = mask.expand(k, -1, -1).flatten(0, 1)
        arcs = heads_to_arcs(heads.flatten(0, 1), masks).reshape(k, *scores.shape)
        # Shape: (k, batch_size)
        is_tree = torch.arange(k, device=counts.device).unsqueeze(1) < counts
        if bounded is not None:
            is_tree &= ~(arcs * bounded.forbidden).flatten(2).any(dim=2)
        of_arcs = scores.expand(k, -1, -1, -1).gather(3, heads.unsqueeze(3)).squeeze(3)
        of_arcs = of_arcs.masked_fill(~(is_word(mask) & is_tree.unsqueeze(2)), 0.0)
        totals = of_arcs.double().sum(dim=2).masked_fill(~is_tree, -torch.inf).to(scores.dtype)
        arcs = arcs.masked_fill(~is_tree[..., None, None], 0.0)
        return TopTrees(arcs.to(scores.dtype), totals, is_tree.sum(dim=0))

    @overrides
    def centered(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        Where some are forbidden or huge, less the best score of each word: see
        `Structure.centered`.
        """
        checked, mask, are_ordinary = check_inputs(self, scores, mask)
        if are_ordinary:
            return checked.double()
        bounded = bound_scores(checked, legal_arcs(mask))
        return bounded.scores.masked_fill(bounded.forbidden, -torch.inf)

    @overrides
    def sparse_marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        """
        The Euclidean projection onto the convex hull of the trees, with the limits of the
        `tree_polytope` that `projection` may be. See `Structure.sparse_marginals`.
        """
        checked, mask, are_ordinary = check_inputs(self, scores, mask)
        legal, lengths = legal_arcs(mask), num_words(mask)
        polytope = self.projection if isinstance(self.projection, TreePolytope) else TreePolytope()
        if are_ordinary:
            checked = checked.masked_fill(~legal, 0.0)
            return polytope.differentiable(checked, lengths, self.best_heads).to(scores.dtype)
        bounded = bound_scores(checked, legal)
        projected = polytope.differentiable(bounded.scores, lengths, self.best_heads)
        return without_forbidden(projected, bounded.forbidden).to(scores.dtype)

    @overrides
    def project(self, point: Tensor, mask: Tensor) -> Tensor:
        """
        The Euclidean projection onto the polytope that `projection` names. See
        `Structure.project`.
        """
        checked, mask, are_ordinary = check_inputs(self, point, mask)
        if are_ordinary:
            return self.projection(checked, mask, self.best_heads).to(point.dtype)
        bounded = bound_scores(checked, legal_arcs(mask))
        projected = self.projection(bounded.scores, mask, self.best_heads)
        return without_forbidden(projected, bounded.forbidden).to(point.dtype)

    @overrides
    def without_invariant_directions(self, values: Tensor, candidates: Tensor) -> Tensor:
        """
        Less the mean over the candidate heads of each word: see
        `Structure.without_invariant_directions`.
        """
        means = (values * candidates).sum(dim=2) / candidates.sum(dim=2).clamp(min=1)
        return (values - means.unsqueeze(2)).masked_fill(~candidates, 0.0)

    @overrides
    def contains(self, parts: Tensor, mask: Tensor) -> Tensor:
        legal = legal_arcs(mask)
        one_head = ((parts * legal).sum(dim=2) == legal.any(dim=2)).all(dim=1)
        exceeds = self.exceeds(parts, mask).any(dim=1)
        # With one head each and an arc from ROOT there is still room for a cycle beside the tree.
        return one_head & ~exceeds & reaches_root(arcs_to_heads(parts), mask)

    @overrides
    def exceeds(self, parts: Tensor, mask: Tensor) -> Tensor:
        several_roots = (parts[:, :, 0].sum(dim=1) > 1) & self.single_root
        return several_roots.unsqueeze(1)


def without_forbidden(arcs: Tensor, forbidden: Tensor) -> Tensor:
    """
    An average of trees, of which all have forbidden arcs or none has any but for rounding, without
    them. See `check_that_any_is_left`.
    """
    check_that_any_is_left((arcs.detach() * forbidden).flatten(1).sum(dim=1) < 0.5)
    return arcs.masked_fill(forbidden, 0.0)


def reaches_root(heads: Tensor, mask: Tensor) -> Tensor:
    """
    Whether every word descends from ROOT, `(batch_size,)`; `heads` is `(batch_size, num_nodes)`
    with 0 for ROOT.
    """
    ancestors = heads * mask
    # Doubling the distance each time, log2(num_nodes) look-ups lead from any word past ROOT.
    for _ in range(mask.size(1).bit_length()):
        ancestors = ancestors.gather(1, ancestors)
    return (ancestors == 0).all(dim=1)
