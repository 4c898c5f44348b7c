"""
All structures of a few nodes, by enumeration. Shares no code with the package.

A structure is a NumPy array of 0 and 1, indexed `[modifier, head]` (and `[..., part]` for labelled
graphs).
"""

import itertools
from typing import Iterator, List, Tuple

import numpy


def trees(num_words: int, projective: bool, single_root: bool) -> Iterator[numpy.ndarray]:
    words = range(1, num_words + 1)
    for heads in itertools.product(range(num_words + 1), repeat=num_words):
        pairs = list(zip(words, heads))
        if any(head == modifier for modifier, head in pairs):
            continue
        if single_root and num_words and heads.count(0) != 1:
            continue
        if not all(_descends_from_root(word, heads) for word in words):
            continue
        if projective and not _is_projective(pairs, heads):
            continue
        arcs = numpy.zeros((num_words + 1, num_words + 1))
        for modifier, head in pairs:
            arcs[modifier, head] = 1
        yield arcs


def _descends_from_root(word: int, heads: Tuple[int, ...]) -> bool:
    for _ in heads:
        if word == 0:
            return True
        word = heads[word - 1]
    return word == 0


def _is_projective(pairs: List[Tuple[int, int]], heads: Tuple[int, ...]) -> bool:
    """Every word between a modifier and its head descends from the head."""
    for modifier, head in pairs:
        for between in range(min(modifier, head) + 1, max(modifier, head)):
            ancestor = between
            while ancestor not in (0, head):
                ancestor = heads[ancestor - 1]
            if ancestor != head:
                return False
    return True


def labeled_graphs(num_words: int, num_labels: int) -> Iterator[numpy.ndarray]:
    """
    For each predicate a choice of on or off and, when on, of none or one label for each of its
    arguments.
    """
    nodes = range(num_words + 1)
    choices = []
    for predicate in nodes:
        arguments = [word for word in nodes if word not in (0, predicate)]
        column: List[List[Tuple[int, int, int]]] = [[]]
        for labels in itertools.product(range(num_labels + 1), repeat=len(arguments)):
            on = [(predicate, predicate, 0)]
            for argument, label in zip(arguments, labels):
                if label:
                    on += [(argument, predicate, 0), (argument, predicate, label)]
            column.append(on)
        choices.append(column)
    for columns in itertools.product(*choices):
        parts = numpy.zeros((num_words + 1, num_words + 1, num_labels + 1))
        for part in itertools.chain(*columns):
            parts[part] = 1
        yield parts


def all_structures(name: str, num_words: int, **options: bool) -> numpy.ndarray:
    """Every structure of the registered name: `(num_structures, num_nodes, num_nodes, *part)`."""
    if name == "projective_trees":
        return numpy.stack(list(trees(num_words, True, options["single_root"])))
    if name == "nonprojective_trees":
        return numpy.stack(list(trees(num_words, False, options["single_root"])))
    if name == "labeled_graphs":
        return numpy.stack(list(labeled_graphs(num_words, NUM_LABELS)))
    raise KeyError(f"There is no enumeration of {name}.")


NUM_LABELS = 2
