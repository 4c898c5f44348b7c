import logging
from typing import Dict, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.nn.util import dist_reduce_sum
from allennlp.training.metrics import Metric
from overrides import overrides

from bilexical.scoring.sdp_counts import ArcCounts
from spigot_allennlp.labels import UNKNOWN_LABEL

logger = logging.getLogger(__name__)


@Metric.register("semantic_dependency_scores")
class SemanticDependencyScores(Metric):
    """
    The scores of the official SDP scorer (see `bilexical.scoring.sdp_counts`) from tensors.

    Counts stay on the device in integers until `get_metric`, where those of distributed processes
    are summed: one may have been called more often than another, as with corpora in alternation.

    Registered as a `Metric` with name "semantic_dependency_scores".
    """

    supports_distributed = True

    def __init__(self) -> None:
        self._counts: Optional[torch.Tensor] = None
        self._warned = False

    @overrides(check_signature=False)
    def __call__(
        self,
        predicted: torch.Tensor,
        gold: torch.Tensor,
        mask: Optional[torch.Tensor] = None,
    ) -> None:
        """
        # Parameters

        predicted, gold : `torch.LongTensor`
            Of shape (batch_size, num_nodes, num_nodes), indexed `[batch, modifier, head]`, node 0
            being ROOT: 0 where there is no arc, else the vocabulary index of its label. Arcs from
            head 0 mark top nodes. An arc whose gold or predicted label is 1 (`@@UNKNOWN@@`) counts
            as an arc but never as a correctly labeled one.
        mask : `torch.BoolTensor`, optional (default = `None`)
            Of shape (batch_size, num_nodes), true at the nodes of the sentence, ROOT included.
            A sentence without any node is padding and does not count as a graph.
        """
        predicted, gold, mask = self.detach_tensors(predicted, gold, mask)
        if predicted.dim() != 3 or predicted.shape != gold.shape:
            raise ConfigurationError(
                "predicted and gold graphs must be of shape (batch_size, num_nodes, num_nodes) "
                f"but are {tuple(predicted.shape)} and {tuple(gold.shape)}."
            )
        if mask is None:
            mask = torch.ones_like(gold[:, 0], dtype=torch.bool)
        if mask.shape != gold.shape[:2]:
            raise ConfigurationError(
                f"the mask must be of shape {tuple(gold.shape[:2])} but is {tuple(mask.shape)}."
            )
        counts = _count(predicted, gold, mask)
        self._counts = counts if self._counts is None else self._counts.to(counts.device) + counts

    @overrides(check_signature=False)
    def get_metric(self, reset: bool = False) -> Dict[str, float]:
        """
        # Returns

        `Dict[str, float]`
            `LP`, `LR`, `LF`, `LM`, `UP`, `UR`, `UF`, `UM`: precision, recall, F and exact match,
            labeled and unlabeled, including the virtual arcs to top nodes, and the same followed by
            `_without_tops`. 0/0 is 0.0. Nothing when there was nothing to score, which is something
            else than a score of 0.
        """
        counts = torch.zeros(15, dtype=torch.long) if self._counts is None else self._counts
        *counts, unknown = dist_reduce_sum(counts).tolist()
        including, excluding = ArcCounts(*counts[:7]), ArcCounts(*counts[7:])
        if not including.graphs:
            return {}
        # Once all is counted: progress bars ask after every batch.
        if unknown and reset and not self._warned:
            logger.warning(
                "The gold graphs have %d arcs whose label did not occur in training; "
                "they count as wrongly labeled. This is said once.",
                unknown,
            )
            self._warned = True
        if reset and including.gold and not including.system:
            logger.warning(
                "All %d predicted graphs are empty, without any arc: the scores of 0 say that no "
                "arc has become likely yet. Train longer, or with more sentences.",
                including.graphs,
            )
        scores = including.scores()
        scores.update((f"{name}_without_tops", x) for name, x in excluding.scores().items())
        if reset:
            self.reset()
        return scores

    @overrides
    def reset(self) -> None:
        self._counts = None


def _count(predicted: torch.Tensor, gold: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """
    The fields of `ArcCounts` including tops, those excluding tops, and the number of gold arcs with
    an unknown label: a tensor of shape (15,).
    """
    # Shape: (batch_size, num_nodes, num_nodes)
    pairs = mask.unsqueeze(2) & mask.unsqueeze(1)
    pairs = torch.cat([torch.zeros_like(pairs[:, :1]), pairs[:, 1:]], dim=1)
    gold_arcs = gold.ne(0) & pairs
    predicted_arcs = predicted.ne(0) & pairs
    unlabeled = gold_arcs & predicted_arcs
    labeled = unlabeled & gold.eq(predicted) & gold.ne(UNKNOWN_LABEL)

    # Shape: (4, batch_size, num_nodes, num_nodes)
    arcs = torch.stack([gold_arcs, predicted_arcs, unlabeled, labeled])
    # Shape: (4, batch_size)
    including = arcs.sum(dim=(2, 3))
    excluding = including - arcs[:, :, :, 0].sum(dim=2)

    sentences = mask.any(dim=1)
    unknown = (gold.eq(UNKNOWN_LABEL) & gold_arcs).sum()
    return torch.cat(
        [_totals(including, sentences), _totals(excluding, sentences), unknown.unsqueeze(0)]
    )


def _totals(per_sentence: torch.Tensor, sentences: torch.Tensor) -> torch.Tensor:
    """
    From counts per sentence of shape (4, batch_size) to the fields of `ArcCounts`, of shape (7,).
    """
    gold, predicted, unlabeled, labeled = per_sentence
    same_number = gold.eq(predicted) & sentences
    matches = [sentences, same_number & unlabeled.eq(gold), same_number & labeled.eq(gold)]
    return torch.cat([per_sentence.sum(dim=1), torch.stack(matches).sum(dim=1)])
