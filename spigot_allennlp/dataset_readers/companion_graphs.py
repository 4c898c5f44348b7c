"""Semantic graphs from a second file with the same sentences."""

import os
from dataclasses import replace
from itertools import tee
from typing import Iterable, Iterator

from bilexical.formats.alignment import align
from bilexical.formats.errors import FormatError
from bilexical.formats.sdp import read_sdp
from bilexical.formats.sentiment import LabeledSentence


def companion_path(path: str, ending: str) -> str:
    """`data/train.sdp` for `data/train.txt` (or `data/train.txt.gz`) and the ending `.sdp`."""
    stem, extension = os.path.splitext(path)
    if extension in (".gz", ".xz"):
        stem = os.path.splitext(stem)[0]
    return stem + ending


def with_companion_graphs(
    sentences: Iterable[LabeledSentence], path: str, ending: str
) -> Iterator[LabeledSentence]:
    """
    The sentences of the file `path` with the graphs of the SDP file beside it (`companion_path`):
    arcs, top nodes, predicates and frames.

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
    labeled, copies = tee(sentences)
    pairs = align((copy.sentence for copy in copies), read_sdp(other_path), (path, other_path))
    for (sentence, graph), (_, phrases) in zip(pairs, labeled):
        words = [
            replace(word, is_top=node.is_top, is_predicate=node.is_predicate, frame=node.frame)
            for word, node in zip(sentence.words, graph.words)
        ]
        yield LabeledSentence(replace(sentence, words=words, arcs=graph.arcs), phrases)
