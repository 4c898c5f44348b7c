"""
Eisner's algorithm on the CPU, a sentence at a time: the recurrences of `spigot_allennlp.nn.eisner`,
compiled.
"""

import numba
import numpy

_COMPLETE_RIGHT, _COMPLETE_LEFT, _ARC_RIGHT, _ARC_LEFT = range(4)


# Without NaN and signed zeros, which do not occur in charts, the maximum becomes vector
# instructions.
@numba.njit(nogil=True, cache=True, fastmath={"nnan", "nsz"})
def _best_sums(right, left_after, arc_right, right_rest, left, arc_left):
    """
    The best sums of one span's splits. Its own arcs are not known yet, so the two of complete spans
    leave out the split that needs them.
    """
    inner = right[0] + left_after[0]
    best_right = best_left = -numpy.inf
    for k in range(1, right.shape[0]):
        inner = max(inner, right[k] + left_after[k])
        best_right = max(best_right, arc_right[k] + right_rest[k])
        best_left = max(best_left, left[k] + arc_left[k])
    return inner, best_right, best_left


@numba.njit(nogil=True, cache=True)
def _best_split(left, right):
    best, index = left[0] + right[0], 0
    for k in range(1, left.shape[0]):
        value = left[k] + right[k]
        if value > best:
            best, index = value, k
    return index


@numba.njit(nogil=True, cache=True)
def eisner_heads(scores, lengths, single_root):
    """
    The heads of the best projective trees.

    # Parameters

    scores : `numpy.ndarray`
        `(batch_size, num_nodes, num_nodes)`, `float32` or `float64`, indexed `[batch, modifier,
        head]`, finite on the arcs of each sentence; summed in `float64`.
    lengths : `numpy.ndarray`
        `(batch_size,)`, `int64`: words per sentence, without ROOT.
    single_root : `bool`

    # Returns

    `numpy.ndarray`
        `(batch_size, num_nodes)`, `int64`; 0 for ROOT and padding.
    """
    heads = numpy.zeros(scores.shape[:2], dtype=numpy.int64)
    for b in range(scores.shape[0]):
        if lengths[b] > 0:
            _decode(scores[b], lengths[b] + 1, single_root, heads[b])
    return heads


@numba.njit(nogil=True, cache=True)
def _decode(scores, num_nodes, single_root, heads):
    shape = (num_nodes, num_nodes)
    # Each chart in the order in which the recurrences run through it: by row [left, right], or
    # transposed, [right, left].
    right, right_t = numpy.empty(shape), numpy.empty(shape)
    left, left_t = numpy.empty(shape), numpy.empty(shape)
    arc_right, arc_left_t = numpy.empty(shape), numpy.empty(shape)
    for i in range(num_nodes):
        right[i, i] = right_t[i, i] = left[i, i] = left_t[i, i] = 0.0
    for width in range(1, num_nodes):
        for i in range(num_nodes - width):
            j = i + width
            inner, best_right, best_left = _best_sums(
                right[i, i:j],
                left_t[j, i + 1 : j + 1],
                arc_right[i, i:j],
                right_t[j, i:j],
                left[i, i:j],
                arc_left_t[j, i:j],
            )
            rightward, leftward = inner + scores[j, i], inner + scores[i, j]
            arc_right[i, j], arc_left_t[j, i] = rightward, leftward
            right[i, j] = right_t[j, i] = max(best_right, rightward)
            left[i, j] = left_t[j, i] = max(best_left, leftward)

    # Back-pointers are found again where they are needed. No recursion: a chain of 500 words is as
    # deep as it is long.
    last = num_nodes - 1
    stack = numpy.empty((4 * num_nodes, 3), dtype=numpy.int64)
    if single_root:
        best, root = -numpy.inf, 1
        for r in range(1, num_nodes):
            value = left[1, r] + numpy.float64(scores[r, 0]) + right[r, last]
            if value > best:
                best, root = value, r
        heads[root] = 0
        stack[0] = _COMPLETE_LEFT, 1, root
        stack[1] = _COMPLETE_RIGHT, root, last
        size = 2
    else:
        stack[0] = _COMPLETE_RIGHT, 0, last
        size = 1
    while size > 0:
        size -= 1
        kind, i, j = stack[size]
        if i == j:
            continue
        if kind == _COMPLETE_RIGHT:
            r = i + 1 + _best_split(arc_right[i, i + 1 : j + 1], right_t[j, i + 1 : j + 1])
            stack[size] = _ARC_RIGHT, i, r
            stack[size + 1] = _COMPLETE_RIGHT, r, j
        elif kind == _COMPLETE_LEFT:
            r = i + _best_split(left[i, i:j], arc_left_t[j, i:j])
            stack[size] = _COMPLETE_LEFT, i, r
            stack[size + 1] = _ARC_LEFT, r, j
        else:
            if kind == _ARC_RIGHT:
                heads[j] = i
            else:
                heads[i] = j
            r = i + _best_split(right[i, i:j], left_t[j, i + 1 : j + 1])
            stack[size] = _COMPLETE_RIGHT, i, r
            stack[size + 1] = _COMPLETE_LEFT, r + 1, j
        size += 2
