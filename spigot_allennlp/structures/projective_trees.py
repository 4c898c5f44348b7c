import torch
from overrides import overrides
from torch import Tensor

from spigot_allennlp.nn import inside_outside
from spigot_allennlp.nn.eisner import eisner_argmax
from spigot_allennlp.nn.parts import arcs_to_heads, has_crossing_arcs, num_words
from spigot_allennlp.structures.structure import Structure
from spigot_allennlp.structures.trees import Trees, mask_scores


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
    def log_partition(self, scores: Tensor, mask: Tensor) -> Tensor:
        """By the inside algorithm (Eisner 2000; Paskin 2001). See `Structure.log_partition`."""
        masked = mask_scores(scores, mask)
        return inside_outside.log_partition(masked, num_words(mask), self.single_root)

    @overrides
    def marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        """By the inside-outside algorithm. See `Structure.marginals`."""
        masked, lengths = mask_scores(scores, mask), num_words(mask)
        if not inside_outside.uses_kernels(masked, lengths, self.single_root):
            return super().marginals(scores, mask)
        marginals = inside_outside.marginals(masked, lengths, self.single_root)
        return marginals.to(scores.dtype)

    @overrides
    def exceeds(self, parts: Tensor, mask: Tensor) -> Tensor:
        crossing = has_crossing_arcs(arcs_to_heads(parts), mask)
        return torch.cat([super().exceeds(parts, mask), crossing.unsqueeze(1)], dim=1)
