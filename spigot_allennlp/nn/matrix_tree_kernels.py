"""
The matrix-tree theorem without a subtraction, on the CPU, a sentence at a time.

The partition function of all trees is the determinant of a Laplacian (Tutte 1984; for dependency
trees Koo et al. 2007, McDonald and Satta 2007, Smith and Smith 2007). Eliminating a word from the
Laplacian is eliminating it from a graph: with `w[m, h]` the weight of the arc from h to m,

    d(k) = sum_h w[k, h],     w[m, h] <- w[m, h] + w[m, k] w[k, h] / d(k),

where h runs through ROOT and the words that are left, and loops are ignored. The determinant is the
product of all `d` (Grassmann, Taksar and Heyman 1985). Nothing is subtracted, so that every
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
range of `float64` they are kept as logarithms. `d_` is a derivative in a direction, carried along
where `derive` is true.
"""

import numba
import numpy

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
    for b in range(scores.shape[0]):
        n = lengths[b]
        if n > 0:
            arcs = scores[b, : n + 1, : n + 1]
            log_partitions[b] = _solve(arcs, arcs, single_root, False, marginals[b])
    return log_partitions, marginals


@numba.njit(nogil=True, cache=True, error_model="numpy")
def marginals_derivative(scores, directions, lengths, single_root):
    """
    The derivative of the marginals in the direction of `directions`, which has the shape of
    `scores`; the result does, too. It is the vector-Jacobian product as well, since the Jacobian
    is symmetric.
    """
    derivatives = numpy.zeros(scores.shape)
    for b in range(scores.shape[0]):
        n = lengths[b]
        if n > 0:
            arcs = scores[b, : n + 1, : n + 1]
            direction = directions[b, : n + 1, : n + 1]
            _solve(arcs, direction, single_root, True, derivatives[b])
    return derivatives


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _solve(scores, direction, single_root, derive, result):
    n = scores.shape[0] - 1
    d_weights = numpy.zeros((n + 1, n + 1))
    for in_logs in (False, True):
        weights, shift = _weights(scores, in_logs)
        if derive:
            d_weights[:] = direction
            if not in_logs:
                d_weights *= weights
        ok, log_partition, escapes, d_escapes = _eliminate_all(
            weights, d_weights, single_root, in_logs, derive
        )
        if ok and _marginals(weights, d_weights, escapes, d_escapes, in_logs, derive, result):
            break
    return log_partition + shift


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _weights(scores, in_logs):
    n = scores.shape[0]
    weights = numpy.zeros((n, n))
    shift = 0.0
    for m in range(1, n):
        largest = -numpy.inf
        for h in range(n):
            if h != m:
                largest = max(largest, scores[m, h])
        for h in range(n):
            if h != m:
                weights[m, h] = scores[m, h] - largest
                if not in_logs:
                    weights[m, h] = numpy.exp(weights[m, h])
        shift += largest
    return weights, shift


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _eliminate_all(weights, d_weights, single_root, in_logs, derive):
    """
    Whether the range was large enough, the logarithm of the partition function, and
    `escapes[h - 1, m - 1]`: the `e[h]` of word m.
    """
    n = weights.shape[0] - 1
    num_levels = 2
    while 1 << (num_levels - 2) < n:
        num_levels += 1
    # What is left at each depth of the halving, and above it what was eliminated on the way there.
    words, d_words = numpy.empty((num_levels, n, n)), numpy.empty((num_levels, n, n))
    roots, d_roots = numpy.empty((num_levels, n)), numpy.empty((num_levels, n))
    sums, d_sums = numpy.empty((num_levels, n)), numpy.empty((num_levels, n))
    escapes, d_escapes = numpy.empty((n, n)), numpy.zeros((n, n))
    words[0], roots[0] = weights[1:, 1:], weights[1:, 0]
    d_words[0], d_roots[0] = d_weights[1:, 1:], d_weights[1:, 0]

    log_partition = 0.0
    # No recursion: the words that are left at each level, and how many of their halves are dealt
    # with.
    starts, ends = numpy.zeros(num_levels, numpy.int64), numpy.zeros(num_levels, numpy.int64)
    halves = numpy.zeros(num_levels, numpy.int64)
    ends[0] = n
    level = 0
    while level >= 0:
        i, j = starts[level], ends[level]
        below = level + 1
        if j - i == 1:
            last = roots[level, i]
            if not in_logs and not SMALLEST_SUM < last < numpy.inf:
                return False, 0.0, escapes, d_escapes
            if i == 0:
                log_partition += last if in_logs else numpy.log(last)
            escapes[i, i] = -numpy.inf if in_logs else 0.0
            level -= 1
            continue
        middle = (i + j) // 2
        if halves[level] > 0:
            keeps_first = halves[level] == 1
            _substitute(
                words[below], d_words[below], roots[below], d_roots[below],
                sums[below], d_sums[below], escapes, d_escapes,
                i, middle, j, keeps_first, in_logs, derive,
            )  # fmt: skip
        if halves[level] == 2:
            level -= 1
            continue
        keeps_first = halves[level] == 0
        halves[level] += 1
        words[below, i:j, i:j] = words[level, i:j, i:j]
        roots[below, i:j] = roots[level, i:j]
        if derive:
            d_words[below, i:j, i:j] = d_words[level, i:j, i:j]
            d_roots[below, i:j] = d_roots[level, i:j]
        ok, log_product = _eliminate(
            words[below], d_words[below], roots[below], d_roots[below],
            sums[below], d_sums[below], i, middle, j, keeps_first, single_root, in_logs, derive,
        )  # fmt: skip
        if not ok:
            return False, 0.0, escapes, d_escapes
        if i == 0 and keeps_first:
            log_partition += log_product
        level = below
        starts[level] = i if keeps_first else middle
        ends[level] = middle if keeps_first else j
        halves[level] = 0
    return True, log_partition, escapes, d_escapes


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _eliminate(
    words,
    d_words,
    roots,
    d_roots,
    sums,
    d_sums,
    i,
    middle,
    j,
    keeps_first,
    single_root,
    in_logs,
    derive,
):
    """
    One half of the words `i:j`, from the outside in; whether the range was large enough, and log
    of the product of `sums`.
    """
    log_product = 0.0
    for step in range(j - middle if keeps_first else middle - i):
        # The words that are left, `a:b`, lie side by side.
        k = j - 1 - step if keeps_first else i + step
        a, b = (i, k) if keeps_first else (k + 1, j)
        total, d_total = _sum(words, d_words, k, a, b, in_logs, derive)
        if not single_root:
            total, d_total = _plus(total, d_total, roots[k], d_roots[k], in_logs, derive)
        if not in_logs and not total > SMALLEST_SUM:
            return False, log_product
        sums[k], d_sums[k] = total, d_total
        log_product += total if in_logs else numpy.log(total)
        for m in range(a, b):
            p, dp = _quotient(words[m, k], d_words[m, k], total, d_total, in_logs, derive)
            _add_multiple(words, d_words, m, p, dp, k, a, b, in_logs, derive)
            q, dq = _product(p, dp, roots[k], d_roots[k], in_logs, derive)
            roots[m], d_roots[m] = _plus(roots[m], d_roots[m], q, dq, in_logs, derive)
    return True, log_product


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _substitute(
    words,
    d_words,
    roots,
    d_roots,
    sums,
    d_sums,
    escapes,
    d_escapes,
    i,
    middle,
    j,
    keeps_first,
    in_logs,
    derive,
):
    """
    `escapes` of the words of one half, given those of the other half, for each m of the other
    half.
    """
    m, n = (i, middle) if keeps_first else (middle, j)
    for step in range(j - middle if keeps_first else middle - i):
        k = middle + step if keeps_first else middle - 1 - step
        a, b = (i, k) if keeps_first else (k + 1, j)
        p, dp = _quotient(roots[k], d_roots[k], sums[k], d_sums[k], in_logs, derive)
        for word in range(m, n):
            escapes[k, word], d_escapes[k, word] = p, dp
        for h in range(a, b):
            p, dp = _quotient(words[k, h], d_words[k, h], sums[k], d_sums[k], in_logs, derive)
            _add_multiple(escapes, d_escapes, k, p, dp, h, m, n, in_logs, derive)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _marginals(weights, d_weights, escapes, d_escapes, in_logs, derive, result):
    """Fills `result` with the marginals or their derivatives; whether they are finite."""
    n = weights.shape[0]
    products, d_products = numpy.empty((n, n)), numpy.empty((n, n))
    for m in range(1, n):
        products[m, 0], d_products[m, 0] = weights[m, 0], d_weights[m, 0]
        for h in range(1, n):
            e, de = escapes[h - 1, m - 1], d_escapes[h - 1, m - 1]
            products[m, h], d_products[m, h] = _product(
                weights[m, h], d_weights[m, h], e, de, in_logs, derive
            )
        total, d_total = _sum(products, d_products, m, 0, n, in_logs, derive)
        if not in_logs and not SMALLEST_SUM < total < numpy.inf:
            return False
        for h in range(n):
            p, dp = _quotient(products[m, h], d_products[m, h], total, d_total, in_logs, derive)
            if in_logs:
                p = numpy.exp(p)
                # The derivative of a probability is itself times that of its logarithm.
                dp *= p
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
def _sum(numbers, d_numbers, k, a, b, in_logs, derive):
    """Of `numbers[k, a:b]`; without slices, which cost as much as short rows."""
    total, d_total = 0.0, 0.0
    if not in_logs:
        for h in range(a, b):
            total += numbers[k, h]
        if derive:
            for h in range(a, b):
                d_total += d_numbers[k, h]
        return total, d_total
    largest = -numpy.inf
    for h in range(a, b):
        largest = max(largest, numbers[k, h])
    for h in range(a, b):
        total += numpy.exp(numbers[k, h] - largest)
    total = largest + numpy.log(total)
    if derive:
        for h in range(a, b):
            d_total += numpy.exp(numbers[k, h] - total) * d_numbers[k, h]
    return total, d_total


@numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _add_multiple(numbers, d_numbers, m, factor, d_factor, k, a, b, in_logs, derive):
    """`factor` times `numbers[k, a:b]` to `numbers[m, a:b]`."""
    if in_logs:
        for h in range(a, b):
            product, d_product = factor + numbers[k, h], d_factor + d_numbers[k, h]
            numbers[m, h], d_numbers[m, h] = _plus(
                numbers[m, h], d_numbers[m, h], product, d_product, True, derive
            )
        return
    if derive:
        for h in range(a, b):
            d_numbers[m, h] += d_factor * numbers[k, h] + factor * d_numbers[k, h]
    for h in range(a, b):
        numbers[m, h] += factor * numbers[k, h]
