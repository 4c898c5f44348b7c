from torch import Tensor

from spigot_allennlp.common import Registrable


class GraphProjection(Registrable):
    """
    A map onto the relaxation of labeled graphs: `0 <= arc <= 1`, and labels that are not negative
    and sum to their arc. Predicates are clamped to [0, 1], without regard to their arcs, and a
    label may occur any number of times (Peng et al. 2018, section 3.2).
    """

    default_implementation = "arc_then_labels"

    def __call__(self, point: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
        """
        # Parameters

        point : `FloatTensor`
            `(batch_size, num_nodes, num_nodes, 1 + num_labels)`, `float32` or `float64`, indexed
            `[batch, modifier, head, part]`, finite but for padding.
        mask : `BoolTensor`
            `(batch_size, num_nodes)`, true for ROOT and the words.
        legal_labels : `BoolTensor`
            `(2, 1 + num_labels)`: the labels of arcs from ROOT and of arcs from words; entry 0 is
            ignored.

        # Returns

        `FloatTensor`
            The shape and dtype of `point`, without a gradient; 0 for whatever is no part of the
            sentence.
        """
        raise NotImplementedError
