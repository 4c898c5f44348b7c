from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.nn.graph_projections import project_euclidean
from spigot_allennlp.structures.projections.graph_projection import GraphProjection


@GraphProjection.register("euclidean")
class Euclidean(GraphProjection):
    """
    The Euclidean projection onto the relaxation, arcs and labels together: an arc rises with its
    labels and falls with them.

    Registered as a `GraphProjection` with name "euclidean".
    """

    @overrides
    def __call__(self, point: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
        return project_euclidean(point, mask, legal_labels)
