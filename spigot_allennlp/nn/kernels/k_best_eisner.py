"""
The best projective trees on the CPU, a sentence at a time: Eisner's algorithm with the k best of
each cell (Huang and Chiang 2005, algorithm 2).

The recurrences are those of `spigot_allennlp.nn.eisner`. `complete[h, e]` is what h heads from h
itself to the end e, on either side of it; `inner[i, j]`, for `i < j`, is what stands between the
ends of an arc. Each tree has one derivation, so that trees are distinct.
"""

from heapq import heapify, heappop, heappush

import numpy

from spigot_allennlp.nn.backend import njit

_COMPLETE, _INNER = range(2)


@njit(nogil=True, cache=True)
def k_best_heads(scores, lengths, single_root, k):
    """
    # Parameters

    scores : `numpy.ndarray`
        `(batch_size, num_nodes, num_nodes)`, `float64`, indexed `[batch, modifier, head]`, finite
        on the arcs of each sentence.
    lengths : `numpy.ndarray`
        `(batch_size,)`, `int64`: words per sentence, without ROOT.
    single_root : `bool`
    k : `int`

    # Returns

    `Tuple[numpy.ndarray, numpy.ndarray]`
        The heads `(k, batch_size, num_nodes)`, `int64`, the best ones first, with 0 for ROOT,
        padding and whatever is no tree any more; and the number of trees, `(batch_size,)`, `int64`.
    """
    batch_size, num_nodes = scores.shape[:2]
    heads = numpy.zeros((k, batch_size, num_nodes), dtype=numpy.int64)
    counts = numpy.ones(batch_size, dtype=numpy.int64)
    for b in range(batch_size):
        n = lengths[b] + 1
        if n > 1:
            tables = _fill(scores[b], n, single_root, k)
            counts[b] = tables[-1][_COMPLETE, 0, n - 1]
            for rank in range(counts[b]):
                _descend(tables, n, rank, heads[rank, b])
    return heads, counts


@njit(nogil=True, cache=True)
def _fill(scores, n, single_root, k):
    """
    The sums of each cell, the best first, where they come from (a split, and the ranks in the two
    cells of the split), and how many there are.
    """
    values = numpy.empty((2, n, n, k))
    splits = numpy.empty((2, n, n, k), dtype=numpy.int32)
    left_ranks = numpy.empty((2, n, n, k), dtype=numpy.int32)
    right_ranks = numpy.empty((2, n, n, k), dtype=numpy.int32)
    sizes = numpy.zeros((2, n, n), dtype=numpy.int64)
    for i in range(n):
        values[_COMPLETE, i, i, 0] = 0.0
        sizes[_COMPLETE, i, i] = 1
    tables = values, splits, left_ranks, right_ranks, sizes
    for width in range(1, n):
        for i in range(n - width):
            j = i + width
            # With one child of ROOT, nothing but ROOT itself lies left of the span of the child.
            last = i + 1 if single_root and i == 0 else j
            _best_of_cell(scores, tables, _INNER, i, j, i, last, k)
            if i > 0 or j == n - 1 or not single_root:
                _best_of_cell(scores, tables, _COMPLETE, i, j, i + 1, j + 1, k)
            if i > 0:
                _best_of_cell(scores, tables, _COMPLETE, j, i, i, j, k)
    return tables


@njit(nogil=True, cache=True)
def _cells(kind, i, j, r):
    """The two cells of the split r of a cell."""
    if kind == _COMPLETE:
        return (_INNER, min(i, r), max(i, r)), (_COMPLETE, r, j)
    return (_COMPLETE, i, r), (_COMPLETE, j, r + 1)


@njit(nogil=True, cache=True)
def _best_of_cell(scores, tables, kind, i, j, first, last, k):
    values, splits, left_ranks, right_ranks, sizes = tables
    heap = [(0.0, 0, 0, 0)]
    heap.clear()
    for r in range(first, last):
        left, right = _cells(kind, i, j, r)
        total = values[left][0] + values[right][0]
        if kind == _COMPLETE:
            total += scores[r, i]
        heap.append((-total, r, 0, 0))
    heapify(heap)
    size = 0
    while size < k and len(heap) > 0:
        cost, r, a, b = heappop(heap)
        values[kind, i, j, size] = -cost
        splits[kind, i, j, size] = r
        left_ranks[kind, i, j, size] = a
        right_ranks[kind, i, j, size] = b
        size += 1
        left, right = _cells(kind, i, j, r)
        arc = scores[r, i] if kind == _COMPLETE else 0.0
        # Each pair of ranks is pushed once, behind one that is not worse.
        if b + 1 < sizes[right]:
            total = values[left][a] + values[right][b + 1] + arc
            heappush(heap, (-total, r, a, b + 1))
        if b == 0 and a + 1 < sizes[left]:
            total = values[left][a + 1] + values[right][0] + arc
            heappush(heap, (-total, r, a + 1, 0))
    sizes[kind, i, j] = size


@njit(nogil=True, cache=True)
def _descend(tables, n, rank, heads):
    _, splits, left_ranks, right_ranks, _ = tables
    stack = numpy.empty((4 * n, 4), dtype=numpy.int64)
    stack[0] = _COMPLETE, 0, n - 1, rank
    size = 1
    while size > 0:
        size -= 1
        kind, i, j, rank = stack[size]
        if i == j:
            continue
        r = splits[kind, i, j, rank]
        if kind == _COMPLETE:
            heads[r] = i
        left, right = _cells(kind, i, j, r)
        a, b = left_ranks[kind, i, j, rank], right_ranks[kind, i, j, rank]
        stack[size] = left[0], left[1], left[2], numpy.int64(a)
        stack[size + 1] = right[0], right[1], right[2], numpy.int64(b)
        size += 2
