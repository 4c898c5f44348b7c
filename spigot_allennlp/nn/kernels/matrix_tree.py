"""
The matrix-tree theorem without a subtraction, on the CPU, a sentence at a time.

The partition function of all trees is the determinant of a Laplacian (Tutte 1984; for dependency
trees Koo et al. 2007, McDonald and Satta 2007, Smith and Smith 2007). Eliminating a word from the
Laplacian is eliminating it from a graph: with `w[m, h]` the weight of the arc from h to m,

    d(k) = sum_h w[k, h],     w[m, h] <- w[m, h] + w[m, k] w[k, h] / d(k),

where h runs through ROOT and the words that are left, and loops are ignored. The determinant is the
product of all `d` (Grassmann, Taksar and Heyman 1985). No two weights are subtracted, so that every
result has almost all digits right, however unequal the weights are (O'Cinneide 1993).

One root: the weights of arcs from ROOT are multiplied by an infinitesimal, and the lowest order of
each number is kept. Then ROOT counts in `d(k)` only where no other word is left, and nothing else
changes.

Marginals: let `e[h]` be the probability that a walk from word to head, `h` being the first, comes
to ROOT before word m. The marginals of the heads of m are in proportion to `w[m, h] e[h]`, and
with m eliminated last, `e` follows from substituting the other words back. To have each word last,
the words are halved: one half is eliminated and the other one halved again, then the other way
round, which costs little more than twice a single elimination.

Numbers are kept as they are, each word's weights divided by the largest one. Where that leaves the
range of `float64` they are kept as logarithms. Arrays begin with an axis of size 2: the number, and
its derivative in a direction, which is carried along where `derive` is true. Loops along rows are
unsigned: tests for negative indices would keep them from becoming vector instructions.
"""

import numba
import numpy
from numpy import uint64

# What falls below 1e-308 beside sums of at least this size changes no digit of a result.
SMALLEST_SUM = 1e-60


@numba.njit(nogil=True, cache=True, error_model="numpy")
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

    `Tuple[numpy.ndarray, numpy.ndarray]`
        The logarithms of the partition functions, `(batch_size,)`, and the marginals in the shape
        of `scores`.
    """
    log_partitions = numpy.zeros(scores.shape[0])
    marginals = numpy.zeros(scores.shape)
    for b in numpy.flatnonzero(lengths):
        arcs = scores[b, : lengths[b] + 1, : lengths[b] + 1]
        log_partitions[b] = _solve(arcs, arcs, single_root, False, marginals[b])
    return log_partitions, marginals


@numba.njit(nogil=True, cache=True, error_model="numpy")
def marginals_derivative(scores, directions, lengths, single_root):
    """
    The derivative of the marginals in the direction of `directions`, in the shape of `scores` as
    these. It is the vector-Jacobian product as well, since the Jacobian is symmetric.
    """
    derivatives = numpy.zeros(scores.shape)
    for b in numpy.flatnonzero(lengths):
        n = lengths[b] + 1
        _solve(scores[b, :n, :n], directions[b, :n, :n], single_root, True, derivatives[b])
    return derivatives


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _solve(scores, direction, single_root, derive, result):
    for in_logs in (False, True):
        weights, shift = _weights(scores, in_logs)
        if derive:
            weights[1] = direction if in_logs else weights[0] * direction
        ok, log_partition, escapes = _eliminate_all(weights, single_root, in_logs, derive)
        if ok and _marginals(weights, escapes, in_logs, derive, result):
            break
    return log_partition + shift


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _weights(scores, in_logs):
    n = scores.shape[0]
    weights = numpy.zeros((2, n, n))
    shift = 0.0
    for m in range(1, n):
        largest = -numpy.inf
        for h in range(n):
            if h != m:
                largest = max(largest, scores[m, h])
        for h in range(n):
            if h != m:
                weight = scores[m, h] - largest
                weights[0, m, h] = weight if in_logs else numpy.exp(weight)
        shift += largest
    return weights, shift


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _eliminate_all(weights, single_root, in_logs, derive):
    """Whether the range sufficed, log Z, and `escapes[:, h - 1, m - 1]`: the `e[h]` of word m."""
    n = weights.shape[1] - 1
    num_levels = 2
    while 1 << (num_levels - 2) < n:
        num_levels += 1
    # What is left at each depth of the halving, and above it what was eliminated on the way there.
    words = numpy.empty((num_levels, 2, n, n))
    roots, sums = numpy.empty((num_levels, 2, n)), numpy.empty((num_levels, 2, n))
    words[0], roots[0] = weights[:, 1:, 1:], weights[:, 1:, 0]
    escapes = numpy.zeros((2, n, n))

    log_partition = 0.0
    # No recursion: for each level the words that are left, and how many of their halves are done.
    starts, ends, halves = numpy.zeros((3, num_levels), numpy.int64)
    ends[0] = n
    level = 0
    while level >= 0:
        i, j = starts[level], ends[level]
        below = level + 1
        if j - i == 1:
            last = roots[level, 0, i]
            if not in_logs and not SMALLEST_SUM < last < numpy.inf:
                return False, 0.0, escapes
            if i == 0:
                log_partition += last if in_logs else numpy.log(last)
            escapes[0, i, i] = -numpy.inf if in_logs else 0.0
            level -= 1
            continue
        middle = (i + j) // 2
        if halves[level] > 0:
            half = (i, middle, j, halves[level] == 1)
            _substitute(words[below], roots[below], sums[below], escapes, half, in_logs, derive)
            if halves[level] == 2:
                level -= 1
                continue
        keeps_first = halves[level] == 0
        half = (i, middle, j, keeps_first)
        halves[level] += 1
        for d in range(2 if derive else 1):
            for m in range(i, j):
                for h in range(i, j):
                    words[below, d, m, h] = words[level, d, m, h]
                roots[below, d, m] = roots[level, d, m]
        ok, log_product = _eliminate(
            words[below], roots[below], sums[below], half, single_root, in_logs, derive
        )
        if not ok:
            return False, 0.0, escapes
        log_partition += log_product
        level = below
        starts[level] = i if keeps_first else middle
        ends[level] = middle if keeps_first else j
        halves[level] = 0
    return True, log_partition, escapes


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _eliminate(words, roots, sums, half, single_root, in_logs, derive):
    """
    Of one half, from the outside in; whether the range sufficed, and the log of all sums where that
    is asked for, which is on the way to word 0 as the last one.
    """
    i, middle, j, keeps_first = half
    log_product = 0.0
    for step in range(j - middle if keeps_first else middle - i):
        k = j - 1 - step if keeps_first else i + step
        # The words that are left lie side by side.
        a, b = (i, k) if keeps_first else (k + 1, j)
        total, d_total = _sum(words, k, a, b, in_logs, derive)
        if not single_root:
            total, d_total = _plus(total, d_total, roots[0, k], roots[1, k], in_logs, derive)
        if not in_logs and not total > SMALLEST_SUM:
            return False, log_product
        sums[0, k], sums[1, k] = total, d_total
        # A logarithm costs as much as a short row.
        if i == 0 and keeps_first:
            log_product += total if in_logs else numpy.log(total)
        for m in range(a, b):
            p, dp = _quotient(words[0, m, k], words[1, m, k], total, d_total, in_logs, derive)
            x, dx = _product(p, dp, roots[0, k], roots[1, k], in_logs, derive)
            roots[0, m], roots[1, m] = _plus(roots[0, m], roots[1, m], x, dx, in_logs, derive)
            _add_multiple(words, m, k, p, dp, a, b, in_logs, derive)
    return True, log_product


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _substitute(words, roots, sums, escapes, half, in_logs, derive):
    """`escapes` of the words that were eliminated, for each m of those that were not."""
    i, middle, j, keeps_first = half
    first, last = (i, middle) if keeps_first else (middle, j)
    for step in range(j - middle if keeps_first else middle - i):
        k = middle + step if keeps_first else middle - 1 - step
        total, d_total = sums[0, k], sums[1, k]
        p, dp = _quotient(roots[0, k], roots[1, k], total, d_total, in_logs, derive)
        for m in range(first, last):
            escapes[0, k, m], escapes[1, k, m] = p, dp
        for h in range(i if keeps_first else k + 1, k if keeps_first else j):
            p, dp = _quotient(words[0, k, h], words[1, k, h], total, d_total, in_logs, derive)
            _add_multiple(escapes, k, h, p, dp, first, last, in_logs, derive)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _marginals(weights, escapes, in_logs, derive, result):
    """Fills `result` with the marginals or their derivatives; whether the range sufficed."""
    n = weights.shape[1]
    products = weights.copy()
    for m in range(1, n):
        for h in range(1, n):
            x, dx = weights[0, m, h], weights[1, m, h]
            y, dy = escapes[0, h - 1, m - 1], escapes[1, h - 1, m - 1]
            products[0, m, h], products[1, m, h] = _product(x, dx, y, dy, in_logs, derive)
        total, d_total = _sum(products, m, 0, n, in_logs, derive)
        if not in_logs and not SMALLEST_SUM < total < numpy.inf:
            return False
        for h in range(n):
            x, dx = products[0, m, h], products[1, m, h]
            p, dp = _quotient(x, dx, total, d_total, in_logs, derive)
            if in_logs:
                # The derivative of a probability is itself times that of its logarithm.
                p, dp = numpy.exp(p), numpy.exp(p) * dp
            result[m, h] = dp if derive else p
    return True


# Arithmetic on numbers and on logarithms, with derivatives.


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _plus(x, dx, y, dy, in_logs, derive):
    if not in_logs:
        return x + y, dx + dy
    if x < y:
        x, dx, y, dy = y, dy, x, dx
    # Otherwise the sum is x to the last digit; also where both are -inf and the difference is NaN.
    if y - x > -40.0:
        ratio = numpy.exp(y - x)
        x += numpy.log1p(ratio)
        if derive:
            dx += ratio / (1.0 + ratio) * (dy - dx)
    return x, dx


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _product(x, dx, y, dy, in_logs, derive):
    if in_logs:
        return x + y, dx + dy
    return x * y, (dx * y + x * dy if derive else 0.0)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _quotient(x, dx, y, dy, in_logs, derive):
    if in_logs:
        return x - y, dx - dy
    ratio = x / y
    return ratio, ((dx - ratio * dy) / y if derive else 0.0)


@numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _sum(numbers, k, a, b, in_logs, derive):
    """Of `numbers[:, k, a:b]`; without slices, which cost as much as short rows."""
    total, d_total = 0.0, 0.0
    if not in_logs:
        for h in range(uint64(a), uint64(b)):
            total += numbers[0, k, h]
        if derive:
            for h in range(uint64(a), uint64(b)):
                d_total += numbers[1, k, h]
        return total, d_total
    largest = -numpy.inf
    for h in range(uint64(a), uint64(b)):
        largest = max(largest, numbers[0, k, h])
    for h in range(uint64(a), uint64(b)):
        total += numpy.exp(numbers[0, k, h] - largest)
    total = largest + numpy.log(total)
    if derive:
        for h in range(uint64(a), uint64(b)):
            d_total += numpy.exp(numbers[0, k, h] - total) * numbers[1, k, h]
    return total, d_total


@numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _add_multiple(numbers, m, k, factor, d_factor, a, b, in_logs, derive):
    """`factor` times `numbers[:, k, a:b]` to `numbers[:, m, a:b]`."""
    if in_logs:
        for h in range(uint64(a), uint64(b)):
            x, dx = numbers[0, m, h], numbers[1, m, h]
            y, dy = factor + numbers[0, k, h], d_factor + numbers[1, k, h]
            numbers[0, m, h], numbers[1, m, h] = _plus(x, dx, y, dy, True, derive)
        return
    if derive:
        for h in range(uint64(a), uint64(b)):
            numbers[1, m, h] += d_factor * numbers[0, k, h] + factor * numbers[1, k, h]
    for h in range(uint64(a), uint64(b)):
        numbers[0, m, h] += factor * numbers[0, k, h]
