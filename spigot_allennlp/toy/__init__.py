"""A small corpus of our own, written by a seeded grammar of English."""

from spigot_allennlp.toy.corpus import ToyCorpus, generate, write_corpus
from spigot_allennlp.toy.corruption import CorruptionRates, corrupt
from spigot_allennlp.toy.semantics import annotate, semantic_arcs

__all__ = [
    "CorruptionRates",
    "ToyCorpus",
    "annotate",
    "corrupt",
    "generate",
    "semantic_arcs",
    "write_corpus",
]
