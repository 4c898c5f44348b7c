"""Semantic graphs from a second file with the same sentences."""

import logging
import os
from dataclasses import replace
from itertools import tee
from typing import Iterable, Iterator

from bilexical.formats.alignment import align
from bilexical.formats.errors import FormatError
from bilexical.formats.sdp import read_sdp
from bilexical.formats.sentiment import LabeledSentence
from spigot_allennlp.dataset_readers.graph_sources import with_counted_loops

logger = logging.getLogger(__name__)


def companion_path(path: str, ending: str) -> str:
    """`data/train.sdp` for `data/train.txt` (or `data/train.txt.gz`) and the ending `.sdp`."""
    stem, extension = os.path.splitext(path)
    if extension in (".gz", ".xz"):
        stem = os.path.splitext(stem)[0]
    return stem + ending


def with_companion_graphs(
    sentences: Iterable[LabeledSentence], path: str, ending: str, leniently: bool = False
) -> Iterator[LabeledSentence]:
    """
    The sentences of the file `path` with the graphs of the SDP file beside it (`companion_path`):
    arcs, top nodes, predicates and frames. `leniently` leaves out graphs that are not sound, and
    all of them if there is no such file; either is said in a warning.

    Raises `FormatError` if that is the same file or not a sound SDP file, and as `align` does.
    """
    other_path = companion_path(path, ending)
    if other_path == path:
        raise FormatError(
            path,
            None,
            f"the graphs with the ending {ending!r} would come from this file itself.",
            "Name the ending of the SDP file beside it.",
        )
    if leniently and not os.path.exists(other_path):
        logger.warning("%s: there is no %s, so there are no graphs.", path, other_path)
        yield from sentences
        return
    labeled, copies = tee(sentences)
    graphs = with_counted_loops(read_sdp(other_path, leniently=leniently), other_path)
    pairs = align((copy.sentence for copy in copies), graphs, (path, other_path))
    for (sentence, graph), (_, phrases) in zip(pairs, labeled):
        words = [
            replace(word, is_top=node.is_top, is_predicate=node.is_predicate, frame=node.frame)
            for word, node in zip(sentence.words, graph.words)
        ]
        yield LabeledSentence(replace(sentence, words=words, arcs=graph.arcs), phrases)
