"""Which polytope a gradient step on a tree is projected onto."""

from spigot_allennlp.projections.projection import Projection
from spigot_allennlp.projections.single_head import SingleHead
from spigot_allennlp.projections.tree_polytope import TreePolytope

__all__ = ["Projection", "SingleHead", "TreePolytope"]
