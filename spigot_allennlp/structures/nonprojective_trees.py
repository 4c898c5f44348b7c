from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.nn import matrix_tree
from spigot_allennlp.nn.chu_liu_edmonds import chu_liu_edmonds_argmax
from spigot_allennlp.nn.compiled import has_numba
from spigot_allennlp.nn.parts import num_words
from spigot_allennlp.structures.structure import Structure
from spigot_allennlp.structures.trees import Trees, mask_scores


@Structure.register("nonprojective_trees")
class NonprojectiveTrees(Trees):
    """
    All dependency trees, arcs that cross included: every word has one head, all words descend from
    ROOT.

    Parts are arcs, without a part axis. Registered as a `Structure` with name
    "nonprojective_trees". Its parameters are those of `Trees`.
    """

    @overrides
    def best_heads(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """
        By the algorithm of Chu, Liu and Edmonds; with one root, the best such tree. See
        `Trees.best_heads`.
        """
        return chu_liu_edmonds_argmax(scores, lengths, self.single_root)

    @overrides
    def log_partition(self, scores: Tensor, mask: Tensor) -> Tensor:
        """By the matrix-tree theorem (Koo et al. 2007). See `Structure.log_partition`."""
        masked = mask_scores(scores, mask)
        return matrix_tree.log_partition(masked, num_words(mask), self.single_root)

    @overrides
    def marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        """By the matrix-tree theorem. See `Structure.marginals`."""
        if not has_numba():
            return super().marginals(scores, mask)
        masked = mask_scores(scores, mask)
        marginals = matrix_tree.marginals(masked, num_words(mask), self.single_root)
        return marginals.to(scores.dtype)
