"""Semantic graphs from files of other formats than SDP; what a graph cannot hold is counted."""

import logging
import os
from typing import Iterable, Iterator, List, Optional

from bilexical.formats.conll import read_conll
from bilexical.formats.conll09 import read_conll09
from bilexical.formats.enhanced import EnhancedCounts, with_enhanced_graph
from bilexical.formats.errors import FormatError
from bilexical.formats.lenient import GRAPH, read_sound_layers
from bilexical.formats.sentence import Arc, Sentence

logger = logging.getLogger(__name__)


def enhanced_graphs(path: str) -> Iterator[Sentence]:
    """
    The sentences of a CoNLL-U file with their enhanced graphs, if the file has any DEPS at all; a
    sentence without DEPS then has a graph without arcs. What was left out is logged after the last.

    Raises `FormatError` as `read_conll` and `with_enhanced_graph` do.
    """
    path = os.fspath(path)
    if not any(word.deps for sentence in read_conll(path) for word in sentence.words):
        logger.warning("%s: no word has enhanced dependencies, so there are no graphs.", path)
        yield from read_conll(path)
        return
    total = EnhancedCounts()
    for sentence in read_conll(path):
        sentence, counts = with_enhanced_graph(sentence, path)
        total += counts
        yield sentence
    logger.info(
        "%s: %d enhanced graphs with %d arcs, those to top nodes among them.",
        path,
        total.sentences,
        total.arcs,
    )
    if total.unannotated:
        logger.warning(
            "%s: %d sentences have no enhanced dependencies: their graphs have no arcs. "
            "Remove such sentences from the file if that is not meant.",
            path,
            total.unannotated,
        )
    for what, count in total.left_out().items():
        if count:
            logger.warning("%s: %d %s were left out.", path, count, what)


def with_sound_enhanced_graphs(sentences: Iterable[Sentence], path: str) -> Iterator[Sentence]:
    """Sentences of CoNLL-U, with their enhanced graphs where these are sound."""
    return read_sound_layers(
        path,
        sentences,
        lambda sentence, layers: (
            with_enhanced_graph(sentence, path)[0] if GRAPH in layers else sentence
        ),
    )


def semantic_roles(path: str) -> Iterator[Sentence]:
    """
    The sentences of a CoNLL-2009 file, without graphs if no sentence has predicates with APRED
    columns.

    Raises `FormatError` as `read_conll09` does, and if only some sentences have graphs.
    """
    path = os.fspath(path)
    if not any(map(_has_arguments, read_conll09(path))):
        logger.warning("%s: no sentence has columns for arguments, so there are no graphs.", path)
        for sentence in read_conll09(path):
            sentence.arcs = None
            yield sentence
        return
    for sentence in read_conll09(path):
        if sentence.arcs is None:
            raise FormatError(
                path,
                sentence.line,
                "the sentence has predicates (Y) but no columns for arguments, unlike others.",
                "Give each predicate of the file its column, or none.",
            )
        yield sentence


def arcs_between_words(sentence: Sentence) -> Optional[List[Arc]]:
    """The arcs of the graph but those from a word to itself, which no instance has."""
    if sentence.arcs is None:
        return None
    return [arc for arc in sentence.arcs if arc.head != arc.modifier]


def with_counted_loops(sentences: Iterable[Sentence], path: str) -> Iterator[Sentence]:
    """
    The same sentences. Arcs from a word to itself, which no instance has, are counted in a warning
    after the last one.
    """
    num_loops = 0
    for sentence in sentences:
        num_loops += sum(arc.head == arc.modifier for arc in sentence.arcs or [])
        yield sentence
    if num_loops:
        logger.warning("%s: %d arcs from a word to itself were left out.", path, num_loops)


def _has_arguments(sentence: Sentence) -> bool:
    return sentence.arcs is not None and any(word.is_predicate for word in sentence.words)
