from spigot_allennlp.predictors.structured_parser import StructuredParserPredictor

__all__ = ["StructuredParserPredictor"]
