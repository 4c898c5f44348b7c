from collections import Counter
from typing import Dict, List, Optional, Sequence

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.nn.util import dist_reduce_sum
from allennlp.training.metrics import Metric
from overrides import overrides

from bilexical.scoring.matches import Matches, ratio


@Metric.register("classification_scores")
class ClassificationScores(Metric):
    """
    Accuracy, and F1 of each class.

    AllenNLP's `CategoricalAccuracy` and `FBetaMeasure` let processes communicate in every call, and
    so wait forever where one has been called more often than another, as with corpora in
    alternation. Here counts stay on the device in integers until `get_metric`, where those of
    distributed processes are summed.

    Registered as a `Metric` with name "classification_scores".

    # Parameters

    vocabulary : `Vocabulary`
    namespace : `str`, optional (default = `"labels"`)
        That of the classes.
    """

    supports_distributed = True

    def __init__(self, vocabulary: Vocabulary, namespace: str = "labels") -> None:
        names = vocabulary.get_index_to_token_vocabulary(namespace)
        self._names = [names[index] for index in range(len(names))]
        self._counts: Optional[torch.Tensor] = None

    @overrides(check_signature=False)
    def __call__(self, predictions: torch.Tensor, gold_labels: torch.Tensor) -> None:
        """
        # Parameters

        predictions : `torch.FloatTensor`
            `(batch_size, num_classes)`: logits or probabilities. The class with the highest one is
            predicted.
        gold_labels : `torch.LongTensor`
            `(batch_size,)`.
        """
        predictions, gold_labels = self.detach_tensors(predictions, gold_labels)
        wanted = (*gold_labels.shape[:1], len(self._names))
        if gold_labels.dim() != 1 or predictions.shape != wanted:
            raise ConfigurationError(
                "predictions and gold labels must be of shape (batch_size, num_classes), here with "
                f"{len(self._names)} classes, and (batch_size,) but are "
                f"{tuple(predictions.shape)} and {tuple(gold_labels.shape)}."
            )
        classes = torch.arange(len(self._names), device=gold_labels.device)
        # Shape of both: (batch_size, num_classes)
        gold = gold_labels.unsqueeze(1) == classes
        predicted = predictions.argmax(dim=1, keepdim=True) == classes
        # Shape: (3, num_classes)
        counts = torch.stack([gold, predicted, gold & predicted]).sum(dim=1)
        self._counts = counts if self._counts is None else self._counts.to(counts.device) + counts

    @overrides(check_signature=False)
    def get_metric(self, reset: bool = False) -> Dict[str, float]:
        """
        # Returns

        `Dict[str, float]`
            `accuracy` and, with `_` for spaces in the name of the class, `{class}_F1`; classes that
            would be called the same keep their spaces. 0/0 is 0.0. Nothing when there was nothing
            to score, which is something else than a score of 0.
        """
        local = self._counts
        if local is None:
            local = torch.zeros(3, len(self._names), dtype=torch.long)
        gold, predicted, correct = dist_reduce_sum(local).tolist()
        if reset:
            self.reset()
        if not any(gold):
            return {}
        scores = {"accuracy": ratio(sum(correct), sum(gold))}
        for name, *counts in zip(_without_spaces(self._names), gold, predicted, correct):
            scores[f"{name}_F1"] = Matches(*counts).f1
        return scores

    @overrides
    def reset(self) -> None:
        self._counts = None


def _without_spaces(names: Sequence[str]) -> List[str]:
    """With `_` for spaces, but for names that differ in nothing else."""
    changed = [name.replace(" ", "_") for name in names]
    counts = Counter(changed)
    return [new if counts[new] == 1 else name for name, new in zip(names, changed)]
