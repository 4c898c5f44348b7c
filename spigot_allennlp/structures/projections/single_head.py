from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.nn.projections import project_onto_single_heads
from spigot_allennlp.structures.projections.projection import Decoder, Projection


@Projection.register("single_head")
class SingleHead(Projection):
    """
    Onto "every word has one head": one simplex for each modifier.

    That is the relaxation of Peng et al. (2018), section 3.1, the same for projective and
    non-projective trees; it knows nothing of cycles, crossing arcs or the number of roots.
    Registered as a `Projection` with name "single_head".
    """

    @overrides
    def __call__(self, point: Tensor, mask: Tensor, decode: Decoder) -> Tensor:
        return project_onto_single_heads(point, mask)
