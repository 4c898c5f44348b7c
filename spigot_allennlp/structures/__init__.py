"""What is legal: sets of structures with their decoders, partition functions and projections."""

from spigot_allennlp.structures.labeled_graphs import LabeledGraphs
from spigot_allennlp.structures.nonprojective_trees import NonprojectiveTrees
from spigot_allennlp.structures.projective_trees import ProjectiveTrees
from spigot_allennlp.structures.structure import Structure
from spigot_allennlp.structures.trees import TopTrees, Trees

__all__ = [
    "LabeledGraphs",
    "NonprojectiveTrees",
    "ProjectiveTrees",
    "Structure",
    "TopTrees",
    "Trees",
]
