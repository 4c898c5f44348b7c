"""
Random projective trees on the CPU, a sentence at a time: top-down through the inside chart, each
split of a cell with its share in the cell's sum.

The recurrences are those of `spigot_allennlp.nn.eisner`, of logarithms. `complete[h, e]` is what h
heads from h itself to the end e, on either side of it, and `complete_t` its transpose; `arcs[h, r]`
is the arc from h to r with what stands between the two.
"""

import numpy

from spigot_allennlp.nn.backend import njit

_COMPLETE, _INNER = range(2)


@njit(nogil=True, cache=True)
def sample_heads(scores, lengths, uniforms, single_root):
    """
    # Parameters

    scores : `numpy.ndarray`
        `(batch_size, num_nodes, num_nodes)`, `float64`, indexed `[batch, modifier, head]`, finite
        on the arcs of each sentence.
    lengths : `numpy.ndarray`
        `(batch_size,)`, `int64`: words per sentence, without ROOT.
    uniforms : `numpy.ndarray`
        `(num_samples, batch_size, 2 * num_words)`, `float64`: random numbers from [0, 1), of which
        a tree takes two for each word.
    single_root : `bool`

    # Returns

    `numpy.ndarray`
        The heads `(num_samples, batch_size, num_nodes)`, `int64`; 0 for ROOT and padding.
    """
    num_samples, batch_size = uniforms.shape[:2]
    heads = numpy.zeros((num_samples, batch_size, scores.shape[1]), dtype=numpy.int64)
    for b in range(batch_size):
        if lengths[b] > 0:
            charts = _inside(scores[b], lengths[b] + 1, single_root)
            for s in range(num_samples):
                _descend(charts, single_root, uniforms[s, b], heads[s, b])
    return heads


@njit(nogil=True, cache=True)
def _inside(scores, n, single_root):
    complete, complete_t, arcs = numpy.zeros((3, n, n))
    for width in range(1, n):
        for i in range(n - width):
            j = i + width
            # With one child of ROOT, nothing but ROOT itself lies left of the span of the child.
            last = 1 if single_root and i == 0 else j
            inner = _log_sum(complete[i, i:last], complete[j, i + 1 : last + 1])
            arcs[i, j] = inner + scores[j, i]
            value = _log_sum(arcs[i, i + 1 : j + 1], complete_t[j, i + 1 : j + 1])
            complete[i, j] = complete_t[j, i] = value
            if i > 0:
                arcs[j, i] = inner + scores[i, j]
                value = _log_sum(arcs[j, i:j], complete_t[i, i:j])
                complete[j, i] = complete_t[i, j] = value
    return complete, complete_t, arcs


@njit(nogil=True, cache=True)
def _descend(charts, single_root, uniforms, heads):
    complete, complete_t, arcs = charts
    n = len(complete)
    # No recursion: a chain of 500 words is as deep as it is long.
    stack = numpy.empty((4 * n, 3), dtype=numpy.int64)
    stack[0] = _COMPLETE, 0, n - 1
    size, used = 1, 0
    while size > 0:
        size -= 1
        kind, i, j = stack[size]
        if i == j:
            continue
        if kind == _COMPLETE:
            first, last = (i + 1, j + 1) if i < j else (j, i)
            choice = _choose(arcs[i, first:last], complete_t[j, first:last], uniforms[used])
            r = first + choice
            heads[r] = i
            stack[size] = _INNER, min(i, r), max(i, r)
            stack[size + 1] = _COMPLETE, r, j
        else:
            last = 1 if single_root and i == 0 else j
            choice = _choose(complete[i, i:last], complete[j, i + 1 : last + 1], uniforms[used])
            stack[size] = _COMPLETE, i, i + choice
            stack[size + 1] = _COMPLETE, j, i + choice + 1
        size += 2
        used += 1


@njit(nogil=True, cache=True)
def _log_sum(left, right):
    sums = left + right
    largest = sums.max()
    return largest + numpy.log(numpy.exp(sums - largest).sum())


@njit(nogil=True, cache=True)
def _choose(left, right, uniform):
    """An index of `left + right`, which are logarithms of weights."""
    sums = left + right
    weights = numpy.exp(sums - sums.max()).cumsum()
    index = numpy.searchsorted(weights, uniform * weights[-1], side="right")
    # Bounded, because scores that are not numbers cannot be compared.
    return min(index, len(weights) - 1)
