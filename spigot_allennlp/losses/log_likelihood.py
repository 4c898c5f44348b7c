from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.losses.structured_loss import StructuredLoss
from spigot_allennlp.structures import Structure


@StructuredLoss.register("log_likelihood")
class LogLikelihood(StructuredLoss):
    """
    `log Z(s) - <gold, s>`, the negative log-likelihood under the structure's Gibbs distribution.

    Registered as a `StructuredLoss` with name "log_likelihood".
    """

    @overrides
    def __call__(self, structure: Structure, scores: Tensor, mask: Tensor, gold: Tensor) -> Tensor:
        # A score that is not gold's may be -inf, and 0 times that is not a number.
        gold_scores = gold * scores.masked_fill(gold == 0, 0.0)
        return structure.log_partition(scores, mask) - gold_scores.flatten(1).sum(dim=1)
