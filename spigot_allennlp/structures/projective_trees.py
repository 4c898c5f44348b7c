from typing import Tuple

import torch
from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.nn import inside_outside
from spigot_allennlp.nn.eisner import eisner_argmax
from spigot_allennlp.nn.k_best_trees import k_best_projective
from spigot_allennlp.nn.parts import arcs_to_heads, has_crossing_arcs
from spigot_allennlp.nn.tree_sampling import sample_projective
from spigot_allennlp.nn.uniforms import Draw
from spigot_allennlp.structures.structure import Structure
from spigot_allennlp.structures.trees import Trees


@Structure.register("projective_trees")
class ProjectiveTrees(Trees):
    """
    Projective dependency trees: every word has one head, arcs do not cross, all words descend from
    ROOT.

    Parts are arcs, without a part axis. Registered as a `Structure` with name "projective_trees".
    Its parameters are those of `Trees`.
    """

    limits = (
        *Trees.limits,
        "crossing arcs (`nonprojective: projectivize` in the dataset reader removes them, and the "
        "structure `nonprojective_trees` allows them)",
    )

    @overrides
    def best_heads(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """By Eisner's algorithm (Eisner 1996). See `Trees.best_heads`."""
        return eisner_argmax(scores, lengths, self.single_root)

    @overrides
    def arc_log_partition(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """By the inside algorithm (Eisner 2000; Paskin 2001). See `Trees.arc_log_partition`."""
        return inside_outside.log_partition(scores, lengths, self.single_root)

    @overrides
    def arc_marginals(self, scores: Tensor, lengths: Tensor) -> Tensor:
        """By the inside-outside algorithm. See `Trees.arc_marginals`."""
        return inside_outside.marginals(scores, lengths, self.single_root)

    @overrides
    def sample_heads(self, scores: Tensor, lengths: Tensor, draw: Draw) -> Tensor:
        """Top-down through the inside chart. See `Trees.sample_heads`."""
        return sample_projective(scores, lengths, self.single_root, draw)

    @overrides
    def top_heads(self, scores: Tensor, lengths: Tensor, k: int) -> Tuple[Tensor, Tensor]:
        """
        By Eisner's algorithm with the k best of each cell (Huang and Chiang 2005).
        See `Trees.top_heads`.
        """
        return k_best_projective(scores, lengths, self.single_root, k)

    @overrides
    def exceeds(self, parts: Tensor, mask: Tensor) -> Tensor:
        crossing = has_crossing_arcs(arcs_to_heads(parts), mask)
        return torch.cat([super().exceeds(parts, mask), crossing.unsqueeze(1)], dim=1)
