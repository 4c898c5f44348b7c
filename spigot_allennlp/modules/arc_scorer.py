from typing import List

from allennlp.common import Registrable
from overrides import overrides
from torch import Tensor
from torch.nn import Module, Parameter


class ArcScorer(Module, Registrable):
    """
    A score, or several, for every pair of nodes of a sentence.

    Implementations take `input_dim: int` and `num_outputs: int` first; the model that owns the
    scorer fills them in.
    """

    default_implementation = "biaffine"

    @overrides(check_signature=False)
    def forward(self, encoded: Tensor) -> Tensor:
        """
        # Parameters

        encoded : `FloatTensor`
            `(batch_size, num_nodes, input_dim)`.

        # Returns

        `FloatTensor`
            `(batch_size, num_nodes, num_nodes, num_outputs)`, indexed `[batch, modifier, head]`.
        """
        raise NotImplementedError

    def output_parameters(self) -> List[Parameter]:
        """The parameters whose first axis is that of the `num_outputs` scores."""
        raise NotImplementedError
