"""Corpora of our own, written by seeded grammars: of English, and of nested lists of digits."""

from toy_corpus.corpus import ToyCorpus, generate, write_corpus
from toy_corpus.corruption import CorruptionRates, corrupt
from toy_corpus.listops_corpus import ListOpsCorpus, generate_listops, write_listops
from toy_corpus.polarity import polarity
from toy_corpus.semantics import annotate, semantic_arcs
from toy_corpus.sentiment_corpus import (
    ToySentimentCorpus,
    generate_sentiment,
    write_sentiment_corpus,
)

__all__ = [
    "CorruptionRates",
    "ListOpsCorpus",
    "ToyCorpus",
    "ToySentimentCorpus",
    "annotate",
    "corrupt",
    "generate",
    "generate_listops",
    "generate_sentiment",
    "polarity",
    "semantic_arcs",
    "write_corpus",
    "write_listops",
    "write_sentiment_corpus",
]
