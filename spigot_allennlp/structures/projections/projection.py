from typing import Callable

from torch import Tensor

from spigot_allennlp.common import Registrable

Decoder = Callable[[Tensor, Tensor], Tensor]
"""
From scores `(batch_size, num_nodes, num_nodes)` and numbers of words `(batch_size,)` to the heads
of the best trees, `(batch_size, num_nodes)`.
"""


class Projection(Registrable):
    """
    The Euclidean projection onto a polytope that contains a structure's trees and has each as a
    vertex.
    """

    default_implementation = "single_head"

    def __call__(self, point: Tensor, mask: Tensor, decode: Decoder) -> Tensor:
        """
        # Parameters

        point : `FloatTensor`
            `(batch_size, num_nodes, num_nodes)`, `float32` or `float64`, indexed
            `[batch, modifier, head]`, finite on the arcs of each sentence.
        mask : `BoolTensor`
            `(batch_size, num_nodes)`, true for ROOT and the words.
        decode : `Decoder`
            All that is known of the trees: it finds the best one.

        # Returns

        `FloatTensor`
            The shape and dtype of `point`, without a gradient; 0 for whatever is no arc.
        """
        raise NotImplementedError
