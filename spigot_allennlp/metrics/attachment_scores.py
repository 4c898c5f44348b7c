import logging
from typing import Dict, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.nn.util import dist_reduce_sum
from allennlp.training.metrics import Metric
from overrides import overrides

from bilexical.scoring.matches import ratio
from spigot_allennlp.labels import UNKNOWN_LABEL

logger = logging.getLogger(__name__)


@Metric.register("tree_attachment_scores")
class AttachmentScores(Metric):
    """
    Attachment scores of dependency trees with and without punctuation, over the words: node 0
    (ROOT) never counts.

    AllenNLP's metric of this name excludes punctuation by relation; here a mask says which words
    are punctuation (`bilexical.scoring.punctuation`). Counts stay on the device in integers
    until `get_metric`, where those of distributed processes are summed: one may have been called
    more often than another, as with corpora in alternation.

    Registered as a `Metric` with name "tree_attachment_scores".
    """

    supports_distributed = True

    def __init__(self) -> None:
        self._counts: Optional[torch.Tensor] = None
        self._warned = False

    @overrides(check_signature=False)
    def __call__(
        self,
        predicted_heads: torch.Tensor,
        gold_heads: torch.Tensor,
        mask: torch.Tensor,
        predicted_deprels: Optional[torch.Tensor] = None,
        gold_deprels: Optional[torch.Tensor] = None,
        punctuation: Optional[torch.Tensor] = None,
    ) -> None:
        """
        All tensors are of shape (batch_size, num_nodes); entry 0 of each row, ROOT's, is ignored.

        # Parameters

        predicted_heads, gold_heads : `torch.LongTensor`
        mask : `torch.BoolTensor`
            True at the nodes of the sentence, ROOT included.
        predicted_deprels, gold_deprels : `torch.LongTensor`, optional (default = `None`)
            Vocabulary indices of the labels. A word whose gold label is 1 (`@@UNKNOWN@@`) is never
            labeled correctly.
        punctuation : `torch.BoolTensor`, optional (default = `None`)
            True at punctuation. Without it none is known, and all words count.
        """
        if (predicted_deprels is None) != (gold_deprels is None):
            raise ConfigurationError(
                "predicted_deprels and gold_deprels must be given both or neither."
            )
        given = [predicted_heads, gold_heads, mask, predicted_deprels, gold_deprels, punctuation]
        if any(x is not None and x.shape != gold_heads.shape for x in given):
            raise ConfigurationError(
                "heads, mask, deprels and punctuation must all be of shape (batch_size, num_nodes) "
                f"but are {[None if x is None else tuple(x.shape) for x in given]}."
            )
        # Shape of all of these: (batch_size, num_words)
        words, correct = mask[:, 1:], predicted_heads[:, 1:].eq(gold_heads[:, 1:])
        nothing = torch.zeros_like(words)
        labeled_words = labeled = unknown = punctuated = nothing
        counted = words
        if gold_deprels is not None and predicted_deprels is not None:
            labels = gold_deprels[:, 1:]
            unknown = labels.eq(UNKNOWN_LABEL) & words
            labeled_words = words
            labeled = correct & predicted_deprels[:, 1:].eq(labels) & ~unknown
        if punctuation is not None:
            punctuated, counted = words, words & ~punctuation[:, 1:]

        sentences = words.any(dim=1)
        matches = sentences & (correct | ~words).all(dim=1)
        # The order in which get_metric reads them.
        per_word = [
            *(words, words & correct, labeled_words, labeled_words & labeled),
            *(counted, counted & correct, counted & labeled_words, counted & labeled),
            *(punctuated, unknown),
        ]
        counts = torch.cat(
            [
                torch.stack(per_word).sum(dim=(1, 2)),
                torch.stack([sentences, matches]).sum(dim=1),
            ]
        )
        self._counts = counts if self._counts is None else self._counts.to(counts.device) + counts

    @overrides(check_signature=False)
    def get_metric(self, reset: bool = False) -> Dict[str, float]:
        """
        # Returns

        `Dict[str, float]`
            `UAS` and `UEM` (the share of sentences whose heads are all right); `LAS` when labels
            were given; the same as `UAS_without_punctuation` and `LAS_without_punctuation` when
            punctuation was given at least once. 0/0 is 0.0. Nothing when there was nothing to
            score, which is something else than a score of 0.
        """
        local = torch.zeros(12, dtype=torch.long) if self._counts is None else self._counts
        counts = dist_reduce_sum(local).tolist()
        words, heads, labeled_words, labels = counts[:4]
        counted, counted_heads, counted_labeled_words, counted_labels = counts[4:8]
        punctuated, unknown, sentences, matches = counts[8:]
        if not sentences:
            return {}
        scores = {"UAS": ratio(heads, words), "UEM": ratio(matches, sentences)}
        if labeled_words:
            scores["LAS"] = ratio(labels, labeled_words)
        if punctuated:
            scores["UAS_without_punctuation"] = ratio(counted_heads, counted)
        if labeled_words and punctuated:
            scores["LAS_without_punctuation"] = ratio(counted_labels, counted_labeled_words)
        # Once all is counted: progress bars ask after every batch.
        if unknown and reset and not self._warned:
            logger.warning(
                "The gold trees have %d words whose label did not occur in training; "
                "they count as wrongly labeled. This is said once.",
                unknown,
            )
            self._warned = True
        if reset:
            self.reset()
        return scores

    @overrides
    def reset(self) -> None:
        self._counts = None
