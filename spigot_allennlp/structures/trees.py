from typing import Optional, Tuple

import torch
from overrides import overrides
from torch import Tensor

from spigot_allennlp.nn.compiled import has_kernels
from spigot_allennlp.nn.host import to_numpy
from spigot_allennlp.nn.parts import arcs_to_heads, heads_to_arcs, legal_arcs, num_words
from spigot_allennlp.structures.projections import Projection, SingleHead
from spigot_allennlp.structures.structure import Structure, at_least_single


class Trees(Structure):
    """
    Dependency trees: every word has one head, and all words descend from ROOT. Parts are arcs,
    without a part axis.

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
            `(batch_size, num_nodes, num_nodes)`, `float32` or `float64`.
        lengths : `LongTensor`
            `(batch_size,)`: words per sentence, without ROOT.
        """
        raise NotImplementedError

    @overrides
    def argmax(self, scores: Tensor, mask: Tensor) -> Tensor:
        heads = self.best_heads(at_least_single(scores), num_words(mask))
        return heads_to_arcs(heads, mask).to(scores.dtype)

    @overrides
    def project(self, point: Tensor, mask: Tensor) -> Tensor:
        """
        The Euclidean projection onto the polytope that `projection` names. See
        `Structure.project`.
        """
        return self.projection(at_least_single(point), mask, self.best_heads).to(point.dtype)

    @overrides
    def restrict(self, values: Tensor, mask: Tensor) -> Tensor:
        is_float = values.dtype in (torch.float32, torch.float64)
        if not is_float or not has_kernels(values):
            return super().restrict(values, mask)
        from spigot_allennlp.nn.kernels.parts import copy_arcs

        return torch.from_numpy(copy_arcs(*to_numpy(values, num_words(mask))))

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


def mask_scores(scores: Tensor, mask: Tensor) -> Tensor:
    """`scores` of the arcs of each sentence, at least in `float32`, and 0 elsewhere."""
    return at_least_single(scores).masked_fill(~legal_arcs(mask), 0.0)


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
