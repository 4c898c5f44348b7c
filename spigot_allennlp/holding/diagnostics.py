from typing import Dict, List, Optional

import torch
from torch import Tensor

from spigot_allennlp.estimators import LossScale
from spigot_allennlp.holding.score_statistics import (
    changed_words,
    cosines,
    head_margins,
    lost_arcs,
    spread,
)
from spigot_allennlp.metrics import MeanPerSentence
from spigot_allennlp.models.intermediate_parser import PartScores
from spigot_allennlp.nn.parts import legal_parts, num_words
from spigot_allennlp.structures import Structure

#: In training alone.
OF_TRAINING = ("gradient_norm", "zero_gradients", "cosine", "divergence")
#: On the sentences of the end task, in training and in evaluation.
OF_SENTENCES = ("spread", "margin", "changed", "num_candidates", "gold_pruned", "entropy")
NAMES = OF_TRAINING + OF_SENTENCES


class Diagnostics:
    """
    What the end task does to the intermediate parser: means over the sentences of an epoch, as
    `docs/holding-the-parser.md` describes them.

    # Parameters

    is_costly : `bool`
        Whether `entropy` and `cosine` are among them.
    """

    def __init__(self, is_costly: bool) -> None:
        self._is_costly = is_costly
        self._means = {name: MeanPerSentence() for name in NAMES}
        self._gradients: List[Tensor] = []

    def observe(self, name: str, values: Tensor, mask: Optional[Tensor] = None) -> None:
        """`values`, `(batch_size,)`, of one of `NAMES`; see `MeanPerSentence`."""
        self._means[name](values, mask)

    def observe_scores(self, structure: Structure, part_scores: PartScores) -> None:
        """What can be said of the scores that are decided from."""
        scores, mask, _ = part_scores
        sentences = mask.any(dim=1)
        self.observe("spread", spread(structure, scores, mask), sentences)
        if scores.dim() == 3:
            self.observe("margin", head_margins(scores, mask), sentences)
        if self._is_costly:
            with torch.no_grad():
                entropy = structure.entropy(scores, mask) / num_words(mask).clamp(min=1)
                self.observe("entropy", entropy, sentences)

    def observe_change(self, start: Tensor, decided: Tensor, mask: Tensor) -> None:
        """How the structure differs from the start parser's; both are 0 and 1."""
        self.observe("changed", changed_words(start, decided, mask), mask.any(dim=1))

    def observe_candidates(self, candidates: Tensor, mask: Tensor) -> None:
        """How many heads a word may have; `candidates` has the shape of the scores."""
        arcs = candidates & legal_parts(mask, candidates)
        heads = arcs.flatten(3).any(dim=3) if arcs.dim() > 3 else arcs
        numbers = heads.flatten(1).sum(dim=1) / num_words(mask).clamp(min=1)
        self.observe("num_candidates", numbers, mask.any(dim=1))

    def observe_gold(self, gold: Tensor, allowed: Tensor, mask: Tensor) -> None:
        """How much of gold is no candidate."""
        self.observe("gold_pruned", lost_arcs(gold, allowed, mask), mask.any(dim=1))

    def watch(self, scores: Tensor, loss_scale: LossScale) -> Tensor:
        """`scores` as they are; the gradient that the end task sends to them is observed."""
        # A tensor of its own, so that its gradient is the estimator's alone.
        scores = scores.view_as(scores)
        scores.register_hook(lambda gradient: self._observe_gradient(gradient, loss_scale))
        return scores

    def watch_own(self, scores: Tensor) -> Tensor:
        """`scores` as they are; the gradient of the parser's own loss is compared with it."""
        if not (self._is_costly and scores.requires_grad):
            return scores
        scores = scores.view_as(scores)
        scores.register_hook(self._compare)
        return scores

    def begin_batch(self) -> None:
        """Forgets the gradients of the last one, of which there may have been only one."""
        self._gradients.clear()

    def _observe_gradient(self, gradient: Tensor, loss_scale: LossScale) -> None:
        weights = loss_scale.weights_of(gradient).flatten()
        norms = torch.linalg.vector_norm(gradient.flatten(1), dim=1) / weights
        # Mixed precision overflows now and then, and a weight of 0 says nothing about the gradient.
        counted = torch.isfinite(norms)
        self.observe("gradient_norm", norms, counted)
        self.observe("zero_gradients", norms == 0, counted)
        if self._is_costly:
            self._compare(gradient)

    def _compare(self, gradient: Tensor) -> None:
        self._gradients.append(gradient.detach())
        if len(self._gradients) == 2:
            values = cosines(*self._gradients)
            self._gradients.clear()
            self.observe("cosine", values, torch.isfinite(values))

    def get_metrics(self, is_training: bool) -> Dict[str, float]:
        """Of an epoch that is over, those for which there were sentences."""
        names = NAMES if is_training else OF_SENTENCES
        means = {name: self._means[name] for name in names}
        return {name: mean.get_metric(True) for name, mean in means.items() if mean.has_values()}
