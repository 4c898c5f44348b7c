import torch
from overrides import overrides
from torch import Tensor

from spigot_allennlp.nn import inside_outside
from spigot_allennlp.nn.eisner import eisner_argmax
from spigot_allennlp.nn.parts import (
    arcs_to_heads,
    has_crossing_arcs,
    heads_to_arcs,
    legal_arcs,
)
from spigot_allennlp.nn.projections import project_onto_simplex
from spigot_allennlp.structures.structure import Structure, at_least_single


@Structure.register("projective_trees")
class ProjectiveTrees(Structure):
    """
    Projective dependency trees: every word has one head, arcs do not cross, all words descend from
    ROOT.

    Parts are arcs, without a part axis. Registered as a `Structure` with name "projective_trees".

    # Parameters

    single_root : `bool`, optional (default = `True`)
        Whether ROOT has exactly one child, as in the authors' program, or any number of them.
    """

    def __init__(self, single_root: bool = True) -> None:
        self.single_root = single_root

    @overrides
    def argmax(self, scores: Tensor, mask: Tensor) -> Tensor:
        """The best tree by Eisner's algorithm (Eisner 1996). See `Structure.argmax`."""
        heads = eisner_argmax(at_least_single(scores), num_words(mask), self.single_root)
        return heads_to_arcs(heads, mask).to(scores.dtype)

    @overrides
    def log_partition(self, scores: Tensor, mask: Tensor) -> Tensor:
        """By the inside algorithm (Eisner 2000; Paskin 2001). See `Structure.log_partition`."""
        return inside_outside.log_partition(
            self._masked(scores, mask), num_words(mask), self.single_root
        )

    @overrides
    def marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        """By the inside-outside algorithm. See `Structure.marginals`."""
        return inside_outside.marginals(
            self._masked(scores, mask), num_words(mask), self.single_root
        ).to(scores.dtype)

    @overrides
    def project(self, point: Tensor, mask: Tensor) -> Tensor:
        """
        The Euclidean projection onto "every word has one head": one simplex for each modifier.

        That is the relaxation of Peng et al. (2018), section 3.1, the same for projective and
        non-projective trees; it knows nothing of cycles, crossing arcs or the number of roots. See
        `Structure.project`.
        """
        return project_onto_simplex(at_least_single(point), legal_arcs(mask)).to(point.dtype)

    @overrides
    def contains(self, parts: Tensor, mask: Tensor) -> Tensor:
        heads = arcs_to_heads(parts)
        legal = legal_arcs(mask)
        one_head = ((parts * legal).sum(dim=2) == legal.any(dim=2)).all(dim=1)
        num_roots = parts[:, :, 0].sum(dim=1)
        # Without crossing arcs, one head each and an arc from ROOT there is still room for a cycle
        # beside the tree.
        connected = reaches_root(heads, mask)
        allowed = num_roots <= 1 if self.single_root else torch.ones_like(one_head)
        return one_head & allowed & connected & ~has_crossing_arcs(heads, mask)

    @staticmethod
    def _masked(scores: Tensor, mask: Tensor) -> Tensor:
        return at_least_single(scores).masked_fill(~legal_arcs(mask), 0.0)


def num_words(mask: Tensor) -> Tensor:
    """Words per sentence, without ROOT: `(batch_size,)`."""
    return mask.sum(dim=1) - 1


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
