from dataclasses import dataclass

import torch
from torch import Tensor

from spigot_allennlp.structures import Structure


@dataclass(frozen=True)
class Decision:
    """
    The hard decision that an estimator sends a gradient back through, and what is known of it: a
    structure, bound to the sentences of a batch.

    Tensors are `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch, modifier, head]`. A
    part whose score is `-inf` is forbidden for whatever the three methods are given.
    """

    scores: Tensor
    """What was decided from, without a gradient."""
    parts: Tensor
    """The argmax of the scores: 0 and 1."""
    mask: Tensor
    """`(batch_size, num_nodes)`."""
    structure: Structure

    def argmax(self, scores: Tensor) -> Tensor:
        """The best structure for other scores: see `Structure.argmax`."""
        return argmax_of(self.structure, self._allowed(scores), self.mask)

    def marginals(self, scores: Tensor) -> Tensor:
        """The expected structure: see `Structure.marginals`."""
        return self.structure.marginals(self._allowed(scores), self.mask)

    def project(self, point: Tensor) -> Tensor:
        """The point of the structure's polytope: see `Structure.project`."""
        projected = self.structure.project(self._allowed(point), self.mask)
        return _checked(projected, point, self.structure, "project")

    def restrict(self, values: Tensor) -> Tensor:
        """`Structure.restrict`, with 0 also for forbidden parts, whose scores are `-inf`."""
        own = self.structure.restrict(values, self.mask)
        return own.masked_fill(self.scores == -torch.inf, 0.0)

    def _allowed(self, values: Tensor) -> Tensor:
        return values.masked_fill(self.scores == -torch.inf, -torch.inf)


def argmax_of(structure: Structure, scores: Tensor, mask: Tensor) -> Tensor:
    """
    `Structure.argmax` for scores `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch,
    modifier, head]`; `ValueError` if what it returns has not their form.
    """
    return _checked(structure.argmax(scores, mask), scores, structure, "argmax")


# A structure may be a user's.
def _checked(result: Tensor, values: Tensor, structure: Structure, method: str) -> Tensor:
    if (result.shape, result.dtype) != (values.shape, values.dtype):
        raise ValueError(
            f"`{type(structure).__name__}.{method}` returned a tensor of shape "
            f"{tuple(result.shape)} and {result.dtype}. It has to return one with the shape and "
            f"dtype of what it is given, {tuple(values.shape)} and {values.dtype}."
        )
    return result
