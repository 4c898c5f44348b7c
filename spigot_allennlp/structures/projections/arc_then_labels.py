from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.nn.graph_projections import project_arc_then_labels
from spigot_allennlp.structures.projections.graph_projection import GraphProjection


@GraphProjection.register("arc_then_labels")
class ArcThenLabels(GraphProjection):
    """
    Each arc onto [0, 1], then its labels onto the simplex that sums to the arc: what the authors'
    program does (Peng et al. 2018).

    It fixes every point of the relaxation but is not the Euclidean projection: an arc that is
    mapped to 0 takes its labels with it, whatever they are. Registered as a `GraphProjection` with
    name "arc_then_labels".
    """

    @overrides
    def __call__(self, point: Tensor, mask: Tensor, legal_labels: Tensor) -> Tensor:
        return project_arc_then_labels(point, mask, legal_labels)
