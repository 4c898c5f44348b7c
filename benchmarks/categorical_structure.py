"""A structure that is one choice among several categories, for whatever takes a `Structure`."""

import torch
from overrides import overrides
from torch import Tensor

from spigot_allennlp.nn.projections import project_onto_simplex
from spigot_allennlp.structures import Structure
from spigot_allennlp.structures.checks import check_inputs


class Categories(Structure):
    """
    Exactly one category. A sentence has one node, whose part axis has the categories: scores are
    `(batch_size, 1, 1, num_categories)` and the mask, `(batch_size, 1)`, is true for a sentence.
    """

    @overrides
    def support(self, scores: Tensor, mask: Tensor) -> Tensor:
        return mask.bool()[:, :, None, None]

    @overrides
    def argmax(self, scores: Tensor, mask: Tensor) -> Tensor:
        scores = check_inputs(self, scores.detach(), mask).scores
        best = scores.argmax(dim=-1, keepdim=True)
        return torch.zeros_like(scores).scatter_(-1, best, 1.0) * self.support(scores, mask)

    @overrides
    def log_partition(self, scores: Tensor, mask: Tensor) -> Tensor:
        scores = check_inputs(self, scores, mask).scores
        return (scores.logsumexp(dim=-1) * mask.unsqueeze(1)).flatten()

    @overrides
    def marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        scores = check_inputs(self, scores, mask).scores
        return scores.softmax(dim=-1) * self.support(scores, mask)

    @overrides(check_signature=False)
    def sample(self, scores, mask, num_samples=1, generator=None):
        probabilities = check_inputs(self, scores.detach(), mask).scores.softmax(dim=-1)
        shape = (num_samples, *scores.shape)
        # The smallest of exponential variables over their rates is that of each with its share.
        noise = torch.empty(shape, dtype=scores.dtype).exponential_(generator=generator)
        drawn = (probabilities / noise).argmax(dim=-1, keepdim=True)
        samples = torch.zeros(shape, dtype=scores.dtype).scatter_(-1, drawn, 1.0)
        return samples * self.support(scores, mask)

    @overrides
    def project(self, point: Tensor, mask: Tensor) -> Tensor:
        support = self.support(point, mask) & (point != -torch.inf)
        return project_onto_simplex(point.detach().masked_fill(~support, 0.0), support)

    @overrides
    def sparse_marginals(self, scores: Tensor, mask: Tensor) -> Tensor:
        """Sparsemax: what remains of the scores above a threshold that they share."""
        chosen = self.project(scores, mask) > 0
        over = scores.masked_fill(~chosen, 0.0)
        number = chosen.sum(dim=-1, keepdim=True).clamp(min=1)
        threshold = (over.sum(dim=-1, keepdim=True) - 1) / number
        return (over - threshold).masked_fill(~chosen, 0.0)

    @overrides
    def without_invariant_directions(self, values: Tensor, candidates: Tensor) -> Tensor:
        number = candidates.sum(dim=-1, keepdim=True).clamp(min=1)
        mean = values.masked_fill(~candidates, 0.0).sum(dim=-1, keepdim=True) / number
        return (values - mean).masked_fill(~candidates, 0.0)

    @overrides
    def contains(self, parts: Tensor, mask: Tensor) -> Tensor:
        number = (parts * self.support(parts, mask)).flatten(1).sum(dim=1)
        return number == mask.flatten().to(parts.dtype)
