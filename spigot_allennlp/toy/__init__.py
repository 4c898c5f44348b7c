"""Small corpora of our own, written by a seeded grammar of English."""

from spigot_allennlp.toy.corpus import ToyCorpus, generate, write_corpus
from spigot_allennlp.toy.corruption import CorruptionRates, corrupt
from spigot_allennlp.toy.polarity import polarity
from spigot_allennlp.toy.semantics import annotate, semantic_arcs
from spigot_allennlp.toy.sentiment_corpus import (
    ToySentimentCorpus,
    generate_sentiment,
    write_sentiment_corpus,
)

__all__ = [
    "CorruptionRates",
    "ToyCorpus",
    "ToySentimentCorpus",
    "annotate",
    "corrupt",
    "generate",
    "generate_sentiment",
    "polarity",
    "semantic_arcs",
    "write_corpus",
    "write_sentiment_corpus",
]
