"""
All structures of a few nodes, by enumeration. Shares no code with the package.

A structure is a NumPy array of 0 and 1, indexed `[modifier, head]` (and `[..., part]` for labeled
graphs).
"""

import itertools
from typing import Any, Dict, Iterator, List, Optional, Tuple

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


Parts = List[Tuple[int, int, int]]


def predicate_choices(
    predicate: int,
    num_words: int,
    num_labels: int,
    illegal_labels: Optional[numpy.ndarray] = None,
    deterministic_labels: Optional[numpy.ndarray] = None,
) -> Iterator[Parts]:
    """
    What one predicate of a labeled graph may be: off, or on with none or one label for each of its
    arguments. Labels that are illegal for its arcs, or that occur twice though they may not, are
    left out.
    """
    arguments = [word for word in range(1, num_words + 1) if word != predicate]
    illegal = () if illegal_labels is None else illegal_labels[min(predicate, 1)].nonzero()[0]
    once = () if deterministic_labels is None else deterministic_labels.nonzero()[0]
    yield []
    for labels in itertools.product(range(num_labels + 1), repeat=len(arguments)):
        if any(label and label in illegal for label in labels):
            continue
        if any(label and labels.count(label) > 1 for label in once):
            continue
        on = [(predicate, predicate, 0)]
        for argument, label in zip(arguments, labels):
            if label:
                on += [(argument, predicate, 0), (argument, predicate, label)]
        yield on


def labeled_graphs(
    num_words: int, num_labels: int, **restrictions: Optional[numpy.ndarray]
) -> Iterator[numpy.ndarray]:
    """All combinations of choices for the predicates. See `predicate_choices`."""
    columns = [
        list(predicate_choices(predicate, num_words, num_labels, **restrictions))
        for predicate in range(num_words + 1)
    ]
    for choices in itertools.product(*columns):
        parts = numpy.zeros((num_words + 1, num_words + 1, num_labels + 1))
        for part in itertools.chain(*choices):
            parts[part] = 1
        yield parts


def all_structures(name: str, num_words: int, **options: Any) -> numpy.ndarray:
    """
    Every structure of the registered name: `(num_structures, num_nodes, num_nodes, *part)`. They
    are enumerated once, and the caller may change his copy.
    """
    values = [(option, numpy.asarray(value).tobytes()) for option, value in options.items()]
    key = (name, num_words, *sorted(values))
    if key not in _ENUMERATED:
        _ENUMERATED[key] = numpy.stack(list(_enumerate(name, num_words, **options)))
    return _ENUMERATED[key].copy()


def _enumerate(name: str, num_words: int, **options: Any) -> Iterator[numpy.ndarray]:
    if name == "projective_trees":
        return trees(num_words, True, options["single_root"])
    if name == "nonprojective_trees":
        return trees(num_words, False, options["single_root"])
    if name == "labeled_graphs":
        return labeled_graphs(num_words, NUM_LABELS, **options)
    raise KeyError(f"There is no enumeration of {name}.")


_ENUMERATED: Dict[Tuple, numpy.ndarray] = {}
NUM_LABELS = 2
