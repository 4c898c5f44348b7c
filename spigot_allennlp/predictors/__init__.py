from spigot_allennlp.predictors.parser import Parser
from spigot_allennlp.predictors.structured_parser import StructuredParserPredictor

__all__ = ["Parser", "StructuredParserPredictor"]
