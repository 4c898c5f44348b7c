"""What is legal: sets of structures with their decoders, partition functions and projections."""

from spigot_allennlp.structures.labeled_graphs import LabeledGraphs
from spigot_allennlp.structures.projective_trees import ProjectiveTrees
from spigot_allennlp.structures.structure import Structure

__all__ = ["LabeledGraphs", "ProjectiveTrees", "Structure"]
