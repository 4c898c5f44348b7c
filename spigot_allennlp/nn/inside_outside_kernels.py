"""
The inside-outside algorithm over projective trees on the CPU, a sentence at a time, with its
derivative in a direction.

The recurrences are those of `spigot_allennlp.nn.eisner` in the real domain: sums of products of
`exp(score)`. Every word's scores are shifted by their largest one, since each tree has one head for
each word; the best arcs then weigh 1. What is left of the range of `float64` serves almost every
sentence, and the others are reported, not approximated.

Outside values are the derivative of the partition function, by running the inside recurrences
backwards. The derivative of the marginals in a direction carries the derivative of every cell along
(forward mode); their Jacobian is symmetric, so that it is the vector-Jacobian product as well.

Charts ending in `_t` are transposed, `[right, left]`: each loop runs along memory. `d_` is a
derivative in the direction.
"""

import numba
import numpy

# Far from the smallest float64, 1e-308: what underflows beside a partition function of this size is
# no marginal.
SMALLEST_PARTITION = 1e-100


@numba.njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _dot(a, b):
    total = 0.0
    for k in range(a.shape[0]):
        total += a[k] * b[k]
    return total


@numba.njit(nogil=True, cache=True, fastmath={"contract"})
def _add(target, factor, values):
    for k in range(target.shape[0]):
        target[k] += factor * values[k]


@numba.njit(nogil=True, cache=True)
def log_partition_and_marginals(scores, lengths, single_root):
    """
    # Parameters

    scores : `numpy.ndarray`
        `(batch_size, num_nodes, num_nodes)`, `float64`, indexed `[batch, modifier, head]`, finite
        on the arcs.
    lengths : `numpy.ndarray`
        `(batch_size,)`, `int64`: words per sentence, without ROOT.
    single_root : `bool`

    # Returns

    `Tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]`
        The logarithms of the partition functions `(batch_size,)`, the marginals in the shape of
        `scores`, and whether a sentence is out of the range of this computation, `(batch_size,)`;
        its results mean nothing then.
    """
    batch_size = scores.shape[0]
    log_partitions = numpy.zeros(batch_size)
    marginals = numpy.zeros(scores.shape)
    failed = numpy.zeros(batch_size, dtype=numpy.bool_)
    for b in range(batch_size):
        n = lengths[b] + 1
        if n == 1:
            continue
        potentials, shift = _potentials(scores[b], n)
        charts = _inside(potentials, n)
        total = _total(potentials, charts, n, single_root)
        if not SMALLEST_PARTITION < total < numpy.inf:
            failed[b] = True
            continue
        log_partitions[b] = numpy.log(total) + shift
        _outside(potentials, charts, total, n, single_root, marginals[b])
        failed[b] = not numpy.isfinite(marginals[b].sum())
    return log_partitions, marginals, failed


@numba.njit(nogil=True, cache=True)
def marginals_derivative(scores, directions, lengths, single_root):
    """
    The derivative of the marginals in the direction of `directions`, which has the shape of
    `scores`.

    # Returns

    `Tuple[numpy.ndarray, numpy.ndarray]`
        The derivatives in the shape of `scores`, and whether a sentence is out of range,
        `(batch_size,)`.
    """
    derivatives = numpy.zeros(scores.shape)
    failed = numpy.zeros(scores.shape[0], dtype=numpy.bool_)
    for b in range(scores.shape[0]):
        n = lengths[b] + 1
        if n == 1:
            continue
        potentials, _ = _potentials(scores[b], n)
        charts = _inside(potentials, n)
        total = _total(potentials, charts, n, single_root)
        if not SMALLEST_PARTITION < total < numpy.inf:
            failed[b] = True
            continue
        d_potentials = potentials * directions[b, :n, :n]
        d_charts = _inside_derivative(potentials, d_potentials, charts, n)
        _outside_derivative(
            potentials, d_potentials, charts, d_charts, total, n, single_root, derivatives[b]
        )
        failed[b] = not numpy.isfinite(derivatives[b].sum())
    return derivatives, failed


@numba.njit(nogil=True, cache=True)
def _potentials(scores, n):
    potentials = numpy.zeros((n, n))
    shift = 0.0
    for m in range(1, n):
        largest = -numpy.inf
        for h in range(n):
            if h != m:
                largest = max(largest, scores[m, h])
        for h in range(n):
            if h != m:
                potentials[m, h] = numpy.exp(scores[m, h] - largest)
        shift += largest
    return potentials, shift


@numba.njit(nogil=True, cache=True)
def _inside(potentials, n):
    right, right_t = numpy.eye(n), numpy.eye(n)
    left, left_t = numpy.eye(n), numpy.eye(n)
    arc_right, arc_left_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    for width in range(1, n):
        for i in range(n - width):
            j = i + width
            inner = _dot(right[i, i:j], left_t[j, i + 1 : j + 1])
            arc_right[i, j] = inner * potentials[j, i]
            arc_left_t[j, i] = inner * potentials[i, j]
            right[i, j] = right_t[j, i] = _dot(
                arc_right[i, i + 1 : j + 1], right_t[j, i + 1 : j + 1]
            )
            left[i, j] = left_t[j, i] = _dot(left[i, i:j], arc_left_t[j, i:j])
    return right, right_t, left, left_t, arc_right, arc_left_t


@numba.njit(nogil=True, cache=True)
def _total(potentials, charts, n, single_root):
    right, right_t, left, _, _, _ = charts
    if not single_root:
        return right[0, n - 1]
    total = 0.0
    for r in range(1, n):
        total += left[1, r] * potentials[r, 0] * right_t[n - 1, r]
    return total


@numba.njit(nogil=True, cache=True)
def _outside(potentials, charts, total, n, single_root, marginals):
    right, right_t, left, left_t, arc_right, arc_left_t = charts
    # Derivatives of log total with respect to each cell; those of a complete span are the sum of
    # both orders of memory.
    g_right, g_right_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    g_left, g_left_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    g_arc_right, g_arc_left_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    if single_root:
        for r in range(1, n):
            g_left[1, r] = potentials[r, 0] * right_t[n - 1, r] / total
            g_right_t[n - 1, r] = left[1, r] * potentials[r, 0] / total
            marginals[r, 0] = left[1, r] * g_left[1, r]
    else:
        g_right[0, n - 1] = 1 / total
    for width in range(n - 1, 0, -1):
        for i in range(n - width):
            j = i + width
            g = g_right[i, j] + g_right_t[j, i]
            _add(g_arc_right[i, i + 1 : j + 1], g, right_t[j, i + 1 : j + 1])
            _add(g_right_t[j, i + 1 : j + 1], g, arc_right[i, i + 1 : j + 1])
            g = g_left[i, j] + g_left_t[j, i]
            _add(g_left[i, i:j], g, arc_left_t[j, i:j])
            _add(g_arc_left_t[j, i:j], g, left[i, i:j])
            g = g_arc_right[i, j] * potentials[j, i] + g_arc_left_t[j, i] * potentials[i, j]
            _add(g_right[i, i:j], g, left_t[j, i + 1 : j + 1])
            _add(g_left_t[j, i + 1 : j + 1], g, right[i, i:j])
            marginals[j, i] += g_arc_right[i, j] * arc_right[i, j]
            marginals[i, j] += g_arc_left_t[j, i] * arc_left_t[j, i]


@numba.njit(nogil=True, cache=True)
def _inside_derivative(potentials, d_potentials, charts, n):
    right, right_t, left, left_t, arc_right, arc_left_t = charts
    d_right, d_right_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    d_left, d_left_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    d_arc_right, d_arc_left_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    for width in range(1, n):
        for i in range(n - width):
            j = i + width
            inner = _dot(right[i, i:j], left_t[j, i + 1 : j + 1])
            d_inner = _dot(d_right[i, i:j], left_t[j, i + 1 : j + 1])
            d_inner += _dot(right[i, i:j], d_left_t[j, i + 1 : j + 1])
            d_arc_right[i, j] = d_inner * potentials[j, i] + inner * d_potentials[j, i]
            d_arc_left_t[j, i] = d_inner * potentials[i, j] + inner * d_potentials[i, j]
            d = _dot(d_arc_right[i, i + 1 : j + 1], right_t[j, i + 1 : j + 1])
            d += _dot(arc_right[i, i + 1 : j + 1], d_right_t[j, i + 1 : j + 1])
            d_right[i, j] = d_right_t[j, i] = d
            d = _dot(d_left[i, i:j], arc_left_t[j, i:j])
            d += _dot(left[i, i:j], d_arc_left_t[j, i:j])
            d_left[i, j] = d_left_t[j, i] = d
    return d_right, d_right_t, d_left, d_left_t, d_arc_right, d_arc_left_t


@numba.njit(nogil=True, cache=True)
def _outside_derivative(
    potentials, d_potentials, charts, d_charts, total, n, single_root, derivatives
):
    right, right_t, left, left_t, arc_right, arc_left_t = charts
    d_right, d_right_t, d_left, d_left_t, d_arc_right, d_arc_left_t = d_charts
    g_right, g_right_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    g_left, g_left_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    g_arc_right, g_arc_left_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    dg_right, dg_right_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    dg_left, dg_left_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    dg_arc_right, dg_arc_left_t = numpy.zeros((n, n)), numpy.zeros((n, n))
    last = n - 1
    if single_root:
        d_total = 0.0
        for r in range(1, n):
            d_total += d_left[1, r] * potentials[r, 0] * right_t[last, r]
            d_total += left[1, r] * d_potentials[r, 0] * right_t[last, r]
            d_total += left[1, r] * potentials[r, 0] * d_right_t[last, r]
        relative = d_total / total
        for r in range(1, n):
            p, dp = potentials[r, 0] / total, d_potentials[r, 0] / total
            g_left[1, r] = p * right_t[last, r]
            dg_left[1, r] = dp * right_t[last, r] + p * d_right_t[last, r] - relative * g_left[1, r]
            g_right_t[last, r] = left[1, r] * p
            dg_right_t[last, r] = d_left[1, r] * p + left[1, r] * dp - relative * g_right_t[last, r]
            derivatives[r, 0] = d_left[1, r] * g_left[1, r] + left[1, r] * dg_left[1, r]
    else:
        relative = d_right[0, last] / total
        g_right[0, last] = 1 / total
        dg_right[0, last] = -relative / total
    for width in range(last, 0, -1):
        for i in range(n - width):
            j = i + width
            g, dg = g_right[i, j] + g_right_t[j, i], dg_right[i, j] + dg_right_t[j, i]
            _add(g_arc_right[i, i + 1 : j + 1], g, right_t[j, i + 1 : j + 1])
            _add(dg_arc_right[i, i + 1 : j + 1], dg, right_t[j, i + 1 : j + 1])
            _add(dg_arc_right[i, i + 1 : j + 1], g, d_right_t[j, i + 1 : j + 1])
            _add(g_right_t[j, i + 1 : j + 1], g, arc_right[i, i + 1 : j + 1])
            _add(dg_right_t[j, i + 1 : j + 1], dg, arc_right[i, i + 1 : j + 1])
            _add(dg_right_t[j, i + 1 : j + 1], g, d_arc_right[i, i + 1 : j + 1])
            g, dg = g_left[i, j] + g_left_t[j, i], dg_left[i, j] + dg_left_t[j, i]
            _add(g_left[i, i:j], g, arc_left_t[j, i:j])
            _add(dg_left[i, i:j], dg, arc_left_t[j, i:j])
            _add(dg_left[i, i:j], g, d_arc_left_t[j, i:j])
            _add(g_arc_left_t[j, i:j], g, left[i, i:j])
            _add(dg_arc_left_t[j, i:j], dg, left[i, i:j])
            _add(dg_arc_left_t[j, i:j], g, d_left[i, i:j])
            gr, dgr = g_arc_right[i, j], dg_arc_right[i, j]
            gl, dgl = g_arc_left_t[j, i], dg_arc_left_t[j, i]
            g = gr * potentials[j, i] + gl * potentials[i, j]
            dg = dgr * potentials[j, i] + dgl * potentials[i, j]
            dg += gr * d_potentials[j, i] + gl * d_potentials[i, j]
            _add(g_right[i, i:j], g, left_t[j, i + 1 : j + 1])
            _add(dg_right[i, i:j], dg, left_t[j, i + 1 : j + 1])
            _add(dg_right[i, i:j], g, d_left_t[j, i + 1 : j + 1])
            _add(g_left_t[j, i + 1 : j + 1], g, right[i, i:j])
            _add(dg_left_t[j, i + 1 : j + 1], dg, right[i, i:j])
            _add(dg_left_t[j, i + 1 : j + 1], g, d_right[i, i:j])
            derivatives[j, i] += dgr * arc_right[i, j] + gr * d_arc_right[i, j]
            derivatives[i, j] += dgl * arc_left_t[j, i] + gl * d_arc_left_t[j, i]
