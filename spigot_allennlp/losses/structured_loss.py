from torch import Tensor

from spigot_allennlp.common import Registrable
from spigot_allennlp.structures import Structure


class StructuredLoss(Registrable):
    """How a parser's scores are trained on gold structures."""

    default_implementation = "log_likelihood"

    def __call__(self, structure: Structure, scores: Tensor, mask: Tensor, gold: Tensor) -> Tensor:
        """
        # Parameters

        structure : `Structure`
        scores : `FloatTensor`
            `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch, modifier, head]`.
        mask : `BoolTensor`
            `(batch_size, num_nodes)`.
        gold : `FloatTensor`
            The shape of `scores`, 0 and 1; one of the structures.

        # Returns

        `FloatTensor`
            `(batch_size,)`: the loss of each sentence, summed over its parts.
        """
        raise NotImplementedError
