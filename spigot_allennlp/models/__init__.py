"""Parsers, and the pipeline that trains one through the structure it predicts."""

from spigot_allennlp.models.intermediate_parser import IntermediateParser, PartScores
from spigot_allennlp.models.semantic_graph_parser import SemanticGraphParser
from spigot_allennlp.models.sentence_classifier import SentenceClassifier
from spigot_allennlp.models.structured_pipeline import StructuredPipeline
from spigot_allennlp.models.syntactic_parser import SyntacticParser

__all__ = [
    "IntermediateParser",
    "PartScores",
    "SemanticGraphParser",
    "SentenceClassifier",
    "StructuredPipeline",
    "SyntacticParser",
]
