"""
Enhanced Universal Dependencies (https://universaldependencies.org/u/overview/enhanced-syntax.html)
as a semantic graph: from the column DEPS of CoNLL-U, `head:label|head:label|...`, and back.

An arc from ROOT makes a word a top node. A graph over words has no place for empty nodes and for a
second label between the same two words, and no arc of the standard is there twice: all these are
left out and counted. An arc from a word to itself, which the standard does not have, is kept.
"""

import re
from dataclasses import astuple, dataclass, replace
from typing import Dict, Iterator, List, Set, Tuple

from bilexical.formats.conll_layouts import CONLL_DEPS
from bilexical.formats.errors import FormatError, LabelError
from bilexical.formats.sentence import TOP_LABEL, Arc, Sentence

ROOT_LABEL = "root"

_NODE = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([1-9][0-9]{0,8}))?")

#: The number of a word, or of the word before an empty node and that of the empty node after it.
Node = Tuple[int, int]


@dataclass(frozen=True)
class EnhancedCounts:
    """
    What of one or several enhanced graphs is in the semantic graph, and what is not.

    # Parameters

    sentences : `int`
    unannotated : `int`
        Sentences whose words all have `_` in DEPS; their graph has no arcs.
    arcs : `int`
        Arcs between two words, and from ROOT to one, that were taken over.
    empty_nodes : `int`
    arcs_of_empty_nodes : `int`
        Arcs from and to empty nodes, left out.
    further_labels : `int`
        Labels of an arc beside its first one, left out.
    root_labels : `int`
        Arcs from ROOT with another label than `root`, which a top node does not keep.
    repeated : `int`
        Arcs that are there once more with the same label, left out.
    """

    sentences: int = 0
    unannotated: int = 0
    arcs: int = 0
    empty_nodes: int = 0
    arcs_of_empty_nodes: int = 0
    further_labels: int = 0
    root_labels: int = 0
    repeated: int = 0

    def __add__(self, other: "EnhancedCounts") -> "EnhancedCounts":
        return EnhancedCounts(*(a + b for a, b in zip(astuple(self), astuple(other))))

    def left_out(self) -> Dict[str, int]:
        """How much of each kind is not in the semantic graph."""
        return {
            "arcs of empty nodes": self.arcs_of_empty_nodes,
            "further labels of arcs": self.further_labels,
            "labels of arcs from ROOT": self.root_labels,
            "arcs that are there twice": self.repeated,
        }


def with_enhanced_graph(sentence: Sentence, path: str) -> Tuple[Sentence, EnhancedCounts]:
    """
    A copy of a sentence of CoNLL-U whose semantic graph is the enhanced one, and what it has of it.

    # Parameters

    sentence : `Sentence`
    path : `str`
        The file, for messages.

    Raises `FormatError` for DEPS that do not follow the standard.
    """
    tops: Set[int] = set()
    labels: Dict[Tuple[int, int], str] = {}
    dropped = further_labels = root_labels = repeated = 0
    seen: Set[Tuple[Node, Node, str]] = set()
    for node, head, label in enhanced_arcs(sentence, path):
        is_repeated = (node, head, label) in seen
        seen.add((node, head, label))
        if is_repeated:
            repeated += 1
        elif node[1] or head[1]:
            dropped += 1
        elif head == (0, 0):
            further_labels += node[0] in tops
            root_labels += label != ROOT_LABEL
            tops.add(node[0])
        elif (node[0], head[0]) in labels:
            further_labels += 1
        else:
            labels[node[0], head[0]] = label
    predicates = {head for _, head in labels}
    words = [
        replace(word, is_top=number in tops, is_predicate=number in predicates)
        for number, word in enumerate(sentence.words, 1)
    ]
    arcs = [Arc(modifier, head, label) for (modifier, head), label in labels.items()]
    counts = EnhancedCounts(
        sentences=1,
        unannotated=int(all(word.deps is None for word in words)),
        arcs=len(arcs) + len(tops),
        empty_nodes=len(list(_empty_node_lines(sentence))),
        arcs_of_empty_nodes=dropped,
        further_labels=further_labels,
        root_labels=root_labels,
        repeated=repeated,
    )
    return replace(sentence, words=words, arcs=arcs), counts


def enhanced_arcs(sentence: Sentence, path: str) -> Iterator[Tuple[Node, Node, str]]:
    """
    Modifier, head and label of every arc in DEPS, those of empty nodes, from ROOT, which is
    `(0, 0)`, and from a node to itself among them; parameters and errors as in
    `with_enhanced_graph`.
    """
    nodes = {(number, 0) for number in range(len(sentence.words) + 1)}
    nodes |= {_node(text.split("\t")[0]) for _, text in _empty_node_lines(sentence)}
    for node, line, column in _deps(sentence, path):
        for head, label in _parse(path, line, column, nodes):
            yield node, head, label


def with_deps(sentence: Sentence) -> Sentence:
    """
    A copy of a sentence whose column DEPS is its semantic graph, heads in ascending order as the
    standard asks. Top nodes get `0:root`. Empty nodes, which are of another graph, are left out.

    Raises `LabelError` for a label with `|`, which separates the arcs in DEPS.
    """
    heads: List[List[Tuple[int, str]]] = [
        [(0, ROOT_LABEL)] if word.is_top else [] for word in sentence.words
    ]
    for arc in sentence.arcs or []:
        if "|" in arc.label:
            raise LabelError(sentence, arc, "but | separates arcs in the column DEPS of CoNLL-U")
        heads[arc.modifier - 1].append((arc.head, arc.label))
    words = [
        word.changed(deps="|".join(f"{head}:{label}" for head, label in sorted(arcs)) or None)
        for word, arcs in zip(sentence.words, heads)
    ]
    return replace(without_deps(sentence), words=words)


def without_deps(sentence: Sentence, and_misc: bool = False) -> Sentence:
    """
    A copy of a sentence without anything in the column DEPS, and in MISC if `and_misc`, and without
    empty nodes, which only DEPS joins with words.
    """
    columns = ("deps", "misc") if and_misc else ("deps",)
    nothing = dict.fromkeys(columns)
    words = [
        word.changed(**nothing) if any(getattr(word, name) for name in columns) else word
        for word in sentence.words
    ]
    ranges = [line for line in sentence.extra_lines if "-" in line.text.split("\t")[0]]
    return replace(sentence, words=words, extra_lines=ranges)


def _empty_node_lines(sentence: Sentence) -> Iterator[Tuple[int, str]]:
    """The empty nodes with their position among the extra lines."""
    for position, extra in enumerate(sentence.extra_lines):
        if "." in extra.text.split("\t")[0]:
            yield position, extra.text


def _deps(sentence: Sentence, path: str) -> Iterator[Tuple[Node, int, str]]:
    """Node, line in the file and DEPS of each word and empty node that has any."""
    first = sentence.line or 1
    extra_before = [extra.after for extra in sentence.extra_lines]
    for number, word in enumerate(sentence.words, 1):
        if word.deps is not None:
            line = first + number - 1 + sum(after < number for after in extra_before)
            yield (number, 0), line, word.deps
    for position, extra in enumerate(sentence.extra_lines):
        columns = extra.text.split("\t")
        line = first + extra.after + position
        if columns[CONLL_DEPS] == "_":
            continue
        if "-" in columns[0]:
            raise FormatError(
                path,
                line,
                f"the range {columns[0]} has {columns[CONLL_DEPS]!r} in column {CONLL_DEPS + 1} "
                "(deps).",
                "Write _ there: the arcs are those of its words.",
            )
        yield _node(columns[0]), line, columns[CONLL_DEPS]


def _node(name: str) -> Node:
    word, _, empty = name.partition(".")
    return int(word), int(empty or 0)


def _parse(path: str, line: int, column: str, nodes: Set[Node]) -> Iterator[Tuple[Node, str]]:
    """Head and label of each arc in `column`, the DEPS of one of `nodes`."""
    for item in column.split("|"):
        name, _, label = item.partition(":")
        match = _NODE.fullmatch(name)
        if match is None or not label:
            raise FormatError(
                path,
                line,
                f"column {CONLL_DEPS + 1} (deps) is {column!r}, in which {item!r} is not an arc.",
                "Write head:label|head:label|..., or _ where there is none.",
            )
        head = _node(name)
        problem = ""
        if head not in nodes:
            problem = f"comes from {name}, which is no word and no empty node of the sentence."
        elif label == TOP_LABEL:
            problem = "has the models' label for top nodes."
        if problem:
            raise FormatError(
                path,
                line,
                f"the arc {item!r} in column {CONLL_DEPS + 1} (deps) {problem}",
                "Correct the column.",
            )
        yield head, label
