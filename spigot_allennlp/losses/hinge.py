from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.losses.structured_loss import StructuredLoss
from spigot_allennlp.structures import Structure


@StructuredLoss.register("hinge")
class Hinge(StructuredLoss):
    """
    `max_z <z - gold, s> + cost(z, gold)`: the structured hinge loss with a cost for every wrong
    part (Taskar, Guestrin and Koller 2003; Peng et al. 2018, section 4).

    Registered as a `StructuredLoss` with name "hinge".

    # Parameters

    false_positive_cost, false_negative_cost : `float`, optional (default = `0.5`)
        For a part that is in `z` alone, and for one that is in `gold` alone. The authors use 0.5
        and 0.5 for syntactic trees, 0.4 and 0.6 for the labeled arcs of semantic graphs.
    """

    def __init__(self, false_positive_cost: float = 0.5, false_negative_cost: float = 0.5) -> None:
        if false_positive_cost < 0 or false_negative_cost < 0:
            raise ConfigurationError(
                "The costs of the hinge loss must not be negative but are "
                f"{false_positive_cost} (false positives) and {false_negative_cost} "
                "(false negatives)."
            )
        self.false_positive_cost = false_positive_cost
        self.false_negative_cost = false_negative_cost

    @overrides
    def __call__(self, structure: Structure, scores: Tensor, mask: Tensor, gold: Tensor) -> Tensor:
        counted = structure.counted_parts(scores, mask).to(scores.dtype)
        cost_when_on = self.false_positive_cost * counted * (1 - gold)
        cost_when_off = self.false_negative_cost * counted * gold
        # What turning a part on adds to the cost; the rest of it does not depend on the decision.
        worst = structure.argmax(scores.detach() + cost_when_on - cost_when_off, mask)
        # Exactly 0 where the worst structure is gold: no rounding error makes the loss negative.
        cost = worst * cost_when_on + (1 - worst) * cost_when_off
        # A score may be -inf where both agree, and 0 times that is not a number.
        differences = (worst - gold) * scores.masked_fill(worst == gold, 0.0)
        return (differences + cost).flatten(1).sum(dim=1)
