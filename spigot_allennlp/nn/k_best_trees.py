"""The best trees of each sentence, exactly and without repetition, on the CPU."""

from heapq import heappop, heappush
from typing import Iterator, List, Tuple

import numpy
from torch import Tensor

from spigot_allennlp.nn.host import from_numpy, to_numpy


def k_best_projective(
    scores: Tensor, lengths: Tensor, single_root: bool, k: int
) -> Tuple[Tensor, Tensor]:
    """
    By Eisner's algorithm with the k best of each cell, in memory that grows with k and the square
    of the words.

    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, finite on the arcs
        of each sentence, whatever elsewhere. Computed with in `float64`.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    single_root : `bool`
        Whether ROOT has exactly one child.
    k : `int`

    # Returns

    `Tuple[LongTensor, LongTensor]`
        The heads `(k, batch_size, num_nodes)`, the best tree first; 0 for ROOT, padding and where a
        sentence has no more trees. And the number of trees, `(batch_size,)`.
    """
    from spigot_allennlp.nn.kernels.k_best_eisner import k_best_heads

    arrays = to_numpy(scores.double(), lengths)
    heads, counts = k_best_heads(*arrays, single_root, k)
    return from_numpy(heads, scores.device), from_numpy(counts, scores.device)


def k_best_nonprojective(
    scores: Tensor, lengths: Tensor, single_root: bool, k: int
) -> Tuple[Tensor, Tensor]:
    """
    By the algorithm of Chu, Liu and Edmonds on what the trees so far have left (Lawler 1972), once
    for each word of each tree. See `k_best_projective`.
    """
    values, words = to_numpy(scores.double(), lengths)
    heads = numpy.zeros((k, *values.shape[:2]), dtype=numpy.int64)
    counts = numpy.zeros(len(values), dtype=numpy.int64)
    for b, num_words in enumerate(words.tolist()):
        num_nodes = num_words + 1
        trees = _best_first(values[b, :num_nodes, :num_nodes], single_root)
        for rank, tree in zip(range(k), trees):
            heads[rank, b, :num_nodes] = tree
            counts[b] = rank + 1
    return from_numpy(heads, scores.device), from_numpy(counts, scores.device)


def _best_first(scores: numpy.ndarray, single_root: bool) -> Iterator[numpy.ndarray]:
    """The heads of all trees of a sentence."""
    num_nodes = len(scores)
    allowed = ~numpy.eye(num_nodes, dtype=bool)
    allowed[0] = False
    # The best tree of each part that the trees are divided into, and the arcs that such trees have.
    parts: List[Tuple[float, int, numpy.ndarray, numpy.ndarray]] = []
    num_parts = 0
    rest = allowed[None]
    while True:
        for cost, heads, arcs in _best_trees(scores, rest, single_root):
            heappush(parts, (cost, num_parts, heads, arcs))
            num_parts += 1
        if not parts:
            return
        _, _, heads, allowed = heappop(parts)
        yield heads
        rest = _divide(allowed, heads)


def _divide(allowed: numpy.ndarray, heads: numpy.ndarray) -> numpy.ndarray:
    """
    The trees of a part but one, divided by the first word whose head is another: the arcs of each
    new part, `(num_parts, num_nodes, num_nodes)`.
    """
    words = numpy.flatnonzero(allowed.sum(axis=1) > 1)
    rest = numpy.repeat(allowed[None], len(words), axis=0)
    for i, word in enumerate(words):
        rest[i, word, heads[word]] = False
        rest[i + 1 :, word] = False
        rest[i + 1 :, word, heads[word]] = True
    return rest


def _best_trees(
    scores: numpy.ndarray, allowed: numpy.ndarray, single_root: bool
) -> Iterator[Tuple[float, numpy.ndarray, numpy.ndarray]]:
    """The negative score and the heads of the best tree of each part that has one, and its arcs."""
    from spigot_allennlp.nn.kernels.chu_liu_edmonds import chu_liu_edmonds_heads

    num_nodes = len(scores)
    if len(allowed) == 0:
        return
    is_arc = ~numpy.eye(num_nodes, dtype=bool)
    is_arc[0] = False
    values = scores[is_arc]
    # A tree with one more arc that is not allowed is worse. As small as can be, for rounding.
    penalty = num_nodes * (values.max() - values.min() + 1.0) if values.size else 0.0
    lengths = numpy.full(len(allowed), num_nodes - 1)
    constrained = numpy.where(allowed, scores, scores - penalty)
    trees = chu_liu_edmonds_heads(constrained, lengths, single_root)
    words = numpy.arange(1, num_nodes)
    for heads, arcs in zip(trees, allowed):
        if arcs[words, heads[1:]].all():
            yield -scores[words, heads[1:]].sum(), heads, arcs
