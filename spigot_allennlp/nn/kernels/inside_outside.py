"""
The inside-outside algorithm over projective trees on the CPU, a sentence at a time, with its
derivative in a direction.

The recurrences are those of `spigot_allennlp.nn.eisner`, in sums of products of `exp(score)`. Every
inside value is a mantissa and an exponent of 2, so that scores of any size are in range and nothing
but a potential takes an exponential. What the outside pass hands down are probabilities: that of a
cell, times the share of each split in the cell's value, goes to the two cells of the split. The
probability of an arc is its marginal.

The derivative of the marginals in a direction carries along the derivative of the logarithm of each
inside value and that of each probability (forward mode); the Jacobian is symmetric, so that it is
the vector-Jacobian product as well.

Charts are `(num_planes, num_nodes, num_nodes)`, with the planes mantissa, exponent and, where
`derive` is true, derivative of the logarithm; or probability and its derivative. Those ending in
`_t` are transposed, `[right, left]`, so that each loop runs along memory. `left_t` and its
probabilities are moved by one besides, `left_t[j, i - 1]` being the span `i..j`: both factors of a
product then have the same index. The loops over it are unsigned, and functions are inlined: tests
for negative indices, and passing arrays on, cost more than a short loop.
"""

import numba
import numpy
from numpy import uint64

_LOG_2 = numpy.log(2.0)
# A float64 is `(1 + fraction / 2**52) * 2**(biased exponent - 1023)`, with the sign, the biased
# exponent and the fraction side by side in 1, 11 and 52 bits.
_BIAS = 1023
_FRACTION_BITS = 52
_FRACTION = (1 << _FRACTION_BITS) - 1

# Without NaN, which is sorted out beforehand, with sums in any order and without tests for zero,
# loops become vector instructions.
_VECTOR_MATH = {"fastmath": {"nnan", "nsz", "reassoc", "contract"}, "error_model": "numpy"}


@numba.njit(nogil=True, cache=True, **_VECTOR_MATH)
def log_partition_and_marginals(scores, lengths, single_root):
    """
    # Parameters

    scores : `numpy.ndarray`
        `(batch_size, num_nodes, num_nodes)`, `float64`, indexed `[batch, modifier, head]`. A
        sentence with an arc that is not finite gives NaN.
    lengths : `numpy.ndarray`
        `(batch_size,)`, `int64`: words per sentence, without ROOT.
    single_root : `bool`

    # Returns

    `Tuple[numpy.ndarray, numpy.ndarray]`
        The logarithms of the partition functions, `(batch_size,)`, and the marginals in the shape
        of `scores`.
    """
    return _infer(scores, scores, lengths, single_root, False)


@numba.njit(nogil=True, cache=True, **_VECTOR_MATH)
def marginals_derivative(scores, directions, lengths, single_root):
    """
    The derivative of the marginals in the direction of `directions`, in the shape of `scores` as
    these.
    """
    return _infer(scores, directions, lengths, single_root, True)[1]


@numba.njit(inline="always")
def _infer(scores, directions, lengths, single_root, derive):
    """The logarithms of the partition functions, and the marginals or their derivatives."""
    log_partitions = numpy.zeros(scores.shape[0])
    results = numpy.zeros(scores.shape)
    # Memory is taken once: giving it back after each sentence costs more than a short sentence.
    longest = lengths.max() + 1 if lengths.size > 0 else 0
    potentials = numpy.empty((2, longest, longest))
    charts = numpy.empty((7, 3 if derive else 2, longest, longest))
    probabilities = numpy.empty((6, 2 if derive else 1, longest, longest))
    for b in numpy.flatnonzero(lengths):
        n = lengths[b] + 1
        finite, shift = _fill_potentials(potentials, scores[b], n)
        if not finite:
            log_partitions[b] = numpy.nan
            results[b, 1:n, :n] = numpy.nan
            continue
        _inside(charts, potentials, directions[b], n, single_root, derive)
        right = charts[0]
        log_partitions[b] = numpy.log(right[0, 0, n - 1]) + right[1, 0, n - 1] * _LOG_2 + shift
        _outside(probabilities, charts, n, single_root, derive, results[b])
    return log_partitions, results


# Numba would hand the caller's arithmetic down, in which nothing is NaN.
@numba.njit(nogil=True, cache=True, fastmath=False)
def _fill_potentials(potentials, scores, n):
    """
    `exp(score)` for each arc, with a word's best arc weighing 1. Returns whether all scores are
    finite, and what that takes off the logarithm of the partition function.
    """
    zero, shift = 0.0, 0.0
    for m in range(1, n):
        largest = -numpy.inf
        for h in range(n):
            if h != m:
                largest = max(largest, scores[m, h])
        for h in range(n):
            if h == m:
                continue
            score = scores[m, h] - largest
            # NaN for a score that is not finite.
            zero += score - score
            exponent = numpy.floor(score / _LOG_2)
            rest = score - exponent * _LOG_2
            # Beyond 1e16 there are no digits left for the rest.
            potentials[0, m, h] = numpy.exp(min(max(rest, 0.0), _LOG_2))
            potentials[1, m, h] = exponent
        shift += largest
    return zero == 0.0, shift


@numba.njit(inline="always")
def _inside(charts, potentials, direction, n, single_root, derive):
    right, right_t, left, left_t, arc_right, arc_left_t, inner = charts
    for i in range(n):
        _set(right, i, i, 1.0, 0.0, 0.0, derive)
        _set(right_t, i, i, 1.0, 0.0, 0.0, derive)
        _set(left, i, i, 1.0, 0.0, 0.0, derive)
        if i > 0:
            _set(left_t, i, i - 1, 1.0, 0.0, 0.0, derive)
    for j in range(1, n):
        for i in range(j - 1, -1, -1):
            # With one child of ROOT, nothing but ROOT itself lies left of the span of the child.
            stop = 1 if single_root and i == 0 else j
            m, e, d = _sum(right, i, left_t, j, i, stop, derive)
            _set(inner, i, j, m, e, d, derive)
            to, fro = (direction[j, i], direction[i, j]) if derive else (0.0, 0.0)
            p, q = potentials[0, j, i], potentials[1, j, i]
            _set(arc_right, i, j, m * p, e + q, d + to, derive)
            if i > 0:
                p, q = potentials[0, i, j], potentials[1, i, j]
                _set(arc_left_t, j, i, m * p, e + q, d + fro, derive)
                m, e, d = _sum(left, i, arc_left_t, j, i, j, derive)
                _set(left, i, j, m, e, d, derive)
                _set(left_t, j, i - 1, m, e, d, derive)
            if i > 0 or j == n - 1 or not single_root:
                m, e, d = _sum(arc_right, i, right_t, j, i + 1, j + 1, derive)
                _set(right, i, j, m, e, d, derive)
                _set(right_t, j, i, m, e, d, derive)


@numba.njit(inline="always")
def _outside(probabilities, charts, n, single_root, derive, result):
    """Writes the marginals, or their derivatives, into `result`."""
    right, right_t, left, left_t, arc_right, arc_left_t, inner = charts
    # The probability of a complete span is the sum of both orders of memory.
    p_right, p_right_t, p_left, p_left_t, p_arc_right, p_arc_left_t = probabilities
    last = 1 if derive else 0
    for chart in range(6):
        for plane in range(last + 1):
            for row in range(n):
                for column in range(n):
                    probabilities[chart, plane, row, column] = 0.0
    p_right[0, 0, n - 1] = 1.0
    for j in range(n - 1, 0, -1):
        for i in range(j):
            if i > 0 or j == n - 1 or not single_root:
                p = p_right[0, i, j] + p_right_t[0, j, i]
                d = p_right[last, i, j] + p_right_t[last, j, i]
                a, p_a = arc_right, p_arc_right
                _share(a, i, right_t, j, i + 1, j + 1, right, p, d, p_a, p_right_t, derive)
            if i > 0:
                p = p_left[0, i, j] + p_left_t[0, j, i - 1]
                d = p_left[last, i, j] + p_left_t[last, j, i - 1]
                _share(left, i, arc_left_t, j, i, j, left, p, d, p_left, p_arc_left_t, derive)
                result[i, j] = p_arc_left_t[last, j, i]
            result[j, i] = p_arc_right[last, i, j]
            p = p_arc_right[0, i, j] + p_arc_left_t[0, j, i]
            d = p_arc_right[last, i, j] + p_arc_left_t[last, j, i]
            stop = 1 if single_root and i == 0 else j
            _share(right, i, left_t, j, i, stop, inner, p, d, p_right, p_left_t, derive)


@numba.njit(forceinline=True, **_VECTOR_MATH)
def _set(chart, row, column, mantissa, exponent, derivative, derive):
    chart[0, row, column] = mantissa
    chart[1, row, column] = exponent
    if derive:
        chart[2, row, column] = derivative


@numba.njit(inline="always")
def _sum(a, i, b, j, start, stop, derive):
    """
    The sum of `a[i, k] * b[j, k]` for `start <= k < stop`: its mantissa, its exponent and the
    derivative of its logarithm, which is the mean of that of the products.
    """
    exponent = a[1, i, start] + b[1, j, start]
    for k in range(uint64(start + 1), uint64(stop)):
        exponent = max(exponent, a[1, i, k] + b[1, j, k])
    total, derivative = 0.0, 0.0
    if derive:
        for k in range(uint64(start), uint64(stop)):
            term = a[0, i, k] * b[0, j, k] * _power(a[1, i, k] + b[1, j, k] - exponent)
            total += term
            derivative += term * (a[2, i, k] + b[2, j, k])
        derivative /= total
    else:
        for k in range(uint64(start), uint64(stop)):
            total += a[0, i, k] * b[0, j, k] * _power(a[1, i, k] + b[1, j, k] - exponent)
    bits = numpy.float64(total).view(numpy.int64)
    exponent += (bits >> _FRACTION_BITS) - _BIAS
    bits = (bits & _FRACTION) | (_BIAS << _FRACTION_BITS)
    return numpy.int64(bits).view(numpy.float64), exponent, derivative


@numba.njit(inline="always")
def _share(a, i, b, j, start, stop, whole, p, d, p_a, p_b, derive):
    """
    Adds the share of each product in the cell `whole[i, j]`, times the cell's probability `p`, to
    the probabilities of its factors; `d` is the derivative of `p`.
    """
    exponent = whole[1, i, j]
    factor = 1.0 / whole[0, i, j]
    if derive:
        d -= p * whole[2, i, j]
        for k in range(uint64(start), uint64(stop)):
            share = factor * a[0, i, k] * b[0, j, k] * _power(a[1, i, k] + b[1, j, k] - exponent)
            p_a[0, i, k] += p * share
            p_b[0, j, k] += p * share
            derivative = share * (d + p * (a[2, i, k] + b[2, j, k]))
            p_a[1, i, k] += derivative
            p_b[1, j, k] += derivative
    else:
        factor *= p
        for k in range(uint64(start), uint64(stop)):
            share = factor * a[0, i, k] * b[0, j, k] * _power(a[1, i, k] + b[1, j, k] - exponent)
            p_a[0, i, k] += share
            p_b[0, j, k] += share


@numba.njit(forceinline=True, **_VECTOR_MATH)
def _power(exponent):
    """`2**exponent` of an integer that is not positive; 0 below the range of `float64`."""
    # The lowest bits of `2**52 + k` are those of k.
    biased = min(max(exponent, -1023.0), 0.0) + (2.0**_FRACTION_BITS + _BIAS)
    bits = numpy.float64(biased).view(numpy.int64) << _FRACTION_BITS
    return numpy.int64(bits).view(numpy.float64)
