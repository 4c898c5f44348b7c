"""Semantic graphs from a second file with the same sentences."""

import os
from dataclasses import replace
from itertools import zip_longest
from typing import Iterable, Iterator, Optional

from bilexical.formats.errors import FormatError
from bilexical.formats.sdp import read_sdp
from bilexical.formats.sentence import Sentence
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

    Raises `FormatError` if that is the same file or not a sound SDP file, and if the two do not
    have the same words in the same sentences.
    """
    other_path = companion_path(path, ending)
    if other_path == path:
        raise FormatError(
            path,
            None,
            f"the graphs with the ending {ending!r} would come from this file itself.",
            "Name the ending of the SDP file beside it.",
        )
    for number, (labeled, graph) in enumerate(zip_longest(sentences, read_sdp(other_path)), 1):
        if labeled is None or graph is None:
            shorter, longer = (path, other_path) if labeled is None else (other_path, path)
            raise FormatError(
                shorter,
                None,
                f"the file ends after {number - 1} sentences, but {longer} has more.",
                "The graphs must be those of the same sentences in the same order.",
            )
        sentence = _with_graph(labeled.sentence, graph, number, path, other_path)
        yield LabeledSentence(sentence, labeled.phrases)


def _with_graph(
    sentence: Sentence, graph: Sentence, number: int, path: str, other_path: str
) -> Sentence:
    position = _first_difference(sentence, graph)
    if position is not None:
        forms = [
            repr(words[position].form) if position < len(words) else "no word"
            for words in (sentence.words, graph.words)
        ]
        raise FormatError(
            other_path,
            graph.line,
            f"word {position + 1} of sentence {number} is {forms[1]}, but {forms[0]} in {path}, "
            f"line {sentence.line}.",
            "The graphs must be those of the same sentences in the same order.",
        )
    words = [
        replace(word, is_top=node.is_top, is_predicate=node.is_predicate, frame=node.frame)
        for word, node in zip(sentence.words, graph.words)
    ]
    return replace(sentence, words=words, arcs=graph.arcs)


def _first_difference(first: Sentence, second: Sentence) -> Optional[int]:
    for position, (word, other) in enumerate(zip_longest(first.words, second.words)):
        if word is None or other is None or word.form != other.form:
            return position
    return None
