"""Which polytope a gradient step on a tree or a graph is projected onto."""

from spigot_allennlp.structures.projections.arc_then_labels import ArcThenLabels
from spigot_allennlp.structures.projections.euclidean import Euclidean
from spigot_allennlp.structures.projections.graph_projection import GraphProjection
from spigot_allennlp.structures.projections.projection import Projection
from spigot_allennlp.structures.projections.single_head import SingleHead
from spigot_allennlp.structures.projections.tree_polytope import TreePolytope

__all__ = [
    "ArcThenLabels",
    "Euclidean",
    "GraphProjection",
    "Projection",
    "SingleHead",
    "TreePolytope",
]
