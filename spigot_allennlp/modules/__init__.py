"""Neural building blocks of the models."""

from spigot_allennlp.modules.arc_scorer import ArcScorer
from spigot_allennlp.modules.biaffine_arc_scorer import BiaffineArcScorer
from spigot_allennlp.modules.deprel_scorer import DeprelScorer
from spigot_allennlp.modules.fused_lstm import FusedLstm
from spigot_allennlp.modules.graph_features import GraphFeatures
from spigot_allennlp.modules.mlp_arc_scorer import MlpArcScorer
from spigot_allennlp.modules.normal_embedding import NormalEmbedding
from spigot_allennlp.modules.recursive_tree_encoder import RecursiveTreeEncoder
from spigot_allennlp.modules.sentence_encoder import SentenceEncoder
from spigot_allennlp.modules.syntax_reader import SyntaxReader
from spigot_allennlp.modules.vocabulary_axis import VocabularyAxis
from spigot_allennlp.modules.word_characters_encoder import WordCharactersEncoder
from spigot_allennlp.modules.word_dropout import WordDropout

__all__ = [
    "ArcScorer",
    "BiaffineArcScorer",
    "DeprelScorer",
    "FusedLstm",
    "GraphFeatures",
    "MlpArcScorer",
    "NormalEmbedding",
    "RecursiveTreeEncoder",
    "SentenceEncoder",
    "SyntaxReader",
    "VocabularyAxis",
    "WordCharactersEncoder",
    "WordDropout",
]
