from typing import Tuple

from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.nn import matrix_tree
from spigot_allennlp.nn.chu_liu_edmonds import chu_liu_edmonds_argmax
from spigot_allennlp.nn.k_best_trees import k_best_nonprojective
from spigot_allennlp.nn.tree_sampling import sample_nonprojective
from spigot_allennlp.nn.uniforms import Draw
from spigot_allennlp.structures.structure import Structure
from spigot_allennlp.structures.trees import Trees


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
    def arc_log_partition(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """By the matrix-tree theorem (Koo et al. 2007). See `Trees.arc_log_partition`."""
        return matrix_tree.log_partition(scores, lengths, self.single_root)

    @overrides
    def arc_marginals(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """By the matrix-tree theorem. See `Trees.arc_marginals`."""
        return matrix_tree.marginals(scores, lengths, self.single_root)

    @overrides
    def sample_heads(self, scores: Tensor, lengths: Tensor, draw: Draw) -> Tensor:
        """By putting back words that were eliminated. See `Trees.sample_heads`."""
        return sample_nonprojective(scores, lengths, self.single_root, draw)

    @overrides
    def top_heads(self, scores: Tensor, lengths: Tensor, k: int) -> Tuple[Tensor, Tensor]:
        """
        By dividing what is left after each tree (Lawler 1972).
        See `Trees.top_heads`.
        """
        return k_best_nonprojective(scores, lengths, self.single_root, k)
