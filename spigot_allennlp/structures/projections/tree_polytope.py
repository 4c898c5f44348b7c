from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.nn.min_norm_point import project_onto_trees
from spigot_allennlp.nn.parts import legal_arcs, num_words
from spigot_allennlp.structures.projections.projection import Decoder, Projection


@Projection.register("tree_polytope")
class TreePolytope(Projection):
    """
    Onto the convex hull of the trees themselves, by an active-set method that needs only the best
    tree for given scores (see `spigot_allennlp.nn.min_norm_point`; Niculae et al. 2018 use one for
    SparseMAP).

    The result is the average of a few trees, with weights. Registered as a `Projection` with name
    "tree_polytope".

    # Parameters

    max_iterations : `int`, optional (default = `1000`)
        Trees that are taken in for a sentence before its projection is given up as it is, with
        a warning that says how far it may be from the exact one. It is an average of trees also
        then.
    tolerance : `float`, optional (default = `1e-4`)
        The largest Euclidean distance from the exact projection that is accepted. It is certified
        by the duality gap, not estimated.
    """

    def __init__(self, max_iterations: int = 1000, tolerance: float = 1e-4) -> None:
        if max_iterations < 1:
            raise ConfigurationError(f"max_iterations must be positive but got {max_iterations}.")
        if not tolerance > 0:
            raise ConfigurationError(f"tolerance must be positive but got {tolerance}.")
        self.max_iterations = max_iterations
        self.tolerance = tolerance

    def differentiable(self, point: Tensor, lengths: Tensor, decode: Decoder) -> Tensor:
        """See `spigot_allennlp.nn.min_norm_point.project_onto_trees`."""
        return project_onto_trees(point, lengths, decode, self.max_iterations, self.tolerance)

    @overrides
    def __call__(self, point: Tensor, mask: Tensor, decode: Decoder) -> Tensor:
        lengths = num_words(mask)
        projected = self.differentiable(point.detach(), lengths, decode)
        return projected.masked_fill(~legal_arcs(mask), 0.0)
