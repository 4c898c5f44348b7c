from overrides import overrides
from torch import Tensor

from spigot_allennlp.losses.structured_loss import StructuredLoss
from spigot_allennlp.structures import Structure


@StructuredLoss.register("log_likelihood")
class LogLikelihood(StructuredLoss):
    """
    `log Z(s) - <gold, s>`, the negative log-likelihood under the structure's Gibbs distribution.

    Registered as a `StructuredLoss` with name "log_likelihood".
    """

    learns_log_odds = True

    @overrides
    def __call__(self, structure: Structure, scores: Tensor, mask: Tensor, gold: Tensor) -> Tensor:
        return structure.log_partition(scores, mask) - (gold * scores).flatten(1).sum(dim=1)
