"""Small corpora of our own, written by a seeded grammar of English."""

from toy_corpus.corpus import ToyCorpus, generate, write_corpus
from toy_corpus.corruption import CorruptionRates, corrupt
from toy_corpus.polarity import polarity
from toy_corpus.semantics import annotate, semantic_arcs
from toy_corpus.sentiment_corpus import (
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
