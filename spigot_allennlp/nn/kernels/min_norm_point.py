"""
One iteration of Wolfe's algorithm over trees: see `spigot_allennlp.nn.min_norm_point`.

The trees of a sentence are heads, `(num_trees, num_nodes)`, of which the first `size` count. The
inner product of two trees is the number of heads that they share; `factor` is the Cholesky factor
of the matrix of these numbers, which is regular exactly if the trees are affinely independent,
since each has one arc into the first word. `affinities` are the inner products of the trees with
the point. Points, residuals, averages and directions are indexed `[batch, modifier, head]`.
"""

import numpy

from spigot_allennlp.nn.backend import njit

# Weights below are zero but for rounding.
SMALLEST_WEIGHT = 1e-15
# The squared distance of a tree from the span of the others, below which it lies in the span but
# for rounding.
SMALLEST_DISTANCE = 1e-10


@njit(nogil=True, cache=True)
def improve(
    lengths,
    best,
    tolerance,
    points,
    residuals,
    trees,
    weights,
    affinities,
    factors,
    sizes,
    gaps,
):
    """
    Takes the best tree for each residual, the point less the average, into the average of its
    sentence, unless that is close enough.

    # Parameters

    lengths : `numpy.ndarray`
        `(batch_size,)`: words per sentence, or 0 for what is left alone. It is set to 0 where the
        average does not move: it was close enough, or the tree cannot be told from averages of the
        others in `float64`.
    best : `numpy.ndarray`
        `(batch_size, num_nodes)`: heads.
    tolerance : `float`
        An average is close enough where its gap is not larger than the square of it.
    points, residuals : `numpy.ndarray`
        `(batch_size, num_nodes, num_nodes)`; residuals are changed with the averages.
    trees, weights, affinities, factors, sizes : `numpy.ndarray`
        `(batch_size, num_trees, num_nodes)`, `(batch_size, num_trees)` twice, `(batch_size,
        num_trees, num_trees)` and `(batch_size,)`, with room for one tree more. They are changed.
    gaps : `numpy.ndarray`
        `(batch_size,)`, to which the gaps of the averages before are written.
    """
    for b in range(len(lengths)):
        if lengths[b] == 0:
            continue
        words = slice(lengths[b] + 1)
        point, residual, tree = points[b, words, words], residuals[b, words, words], best[b, words]
        known = trees[b, :, words]
        gaps[b] = _duality_gap(tree, residual, known, weights[b], sizes[b])
        size = 0
        if gaps[b] > tolerance**2:
            size = _add_tree(tree, point, known, weights[b], affinities[b], factors[b], sizes[b])
        if size == 0:
            lengths[b] = 0
            continue
        sizes[b] = size
        residual[:] = point
        _add_average(residual, -1.0, known, weights[b], size)


@njit(nogil=True, cache=True)
def averages(lengths, trees, weights, sizes):
    """The weighted averages of the trees, `(batch_size, num_nodes, num_nodes)`."""
    batch_size, _, num_nodes = trees.shape
    result = numpy.zeros((batch_size, num_nodes, num_nodes))
    for b in range(batch_size):
        _add_average(result[b], 1.0, trees[b, :, : lengths[b] + 1], weights[b], sizes[b])
    return result


@njit(nogil=True, cache=True)
def tangents(directions, lengths, trees, factors, sizes):
    """
    The orthogonal projections of `directions`, `(batch_size, num_nodes, num_nodes)`, onto the
    differences between the trees.
    """
    result = numpy.zeros(directions.shape)
    for b in range(len(directions)):
        # Exactly nothing for a single tree.
        if sizes[b] > 1:
            known = trees[b, :, : lengths[b] + 1]
            _add_tangent(directions[b], known, factors[b], sizes[b], result[b])
    return result


@njit(nogil=True, cache=True)
def _add_average(target, factor, trees, weights, size):
    """Adds `factor` times the average of the trees to `target`, `(num_nodes, num_nodes)`."""
    for i in range(size):
        for m in range(1, trees.shape[1]):
            target[m, trees[i, m]] += factor * weights[i]


@njit(nogil=True, cache=True)
def _duality_gap(best, residual, trees, weights, size):
    """`<residual, best - average>`."""
    gap = 0.0
    for m in range(1, trees.shape[1]):
        value = residual[m, best[m]]
        for i in range(size):
            gap += weights[i] * (value - residual[m, trees[i, m]])
    return gap


@njit(nogil=True, cache=True)
def _add_tangent(direction, trees, factor, size, target):
    affinities, weights = numpy.zeros(size), numpy.empty(size)
    for i in range(size):
        for m in range(1, trees.shape[1]):
            affinities[i] += direction[m, trees[i, m]]
    _affine_minimizer(affinities, factor, size, 0.0, weights)
    _add_average(target, 1.0, trees, weights, size)


@njit(nogil=True, cache=True)
def _add_tree(tree, point, trees, weights, affinities, factor, size):
    """
    Changes `trees`, `weights`, `affinities` and `factor`, which have room for one more, to those
    of the average that comes closest to `point` when `tree` is taken in.

    Returns the number of trees, or 0, and changes nothing that counts, if in `float64` the tree
    cannot be told from averages of the others.
    """
    num_words = trees.shape[1] - 1
    rest = float(num_words)
    for i in range(size):
        shared = _num_equal(trees[i], tree) - 1
        factor[size, i] = (shared - _dot(factor[i], factor[size], i)) / factor[i, i]
        rest -= factor[size, i] ** 2
    if rest < SMALLEST_DISTANCE:
        return 0
    factor[size, size] = numpy.sqrt(rest)
    trees[size] = tree
    weights[size] = 0.0
    affinities[size] = 0.0
    for m in range(1, num_words + 1):
        affinities[size] += point[m, tree[m]]
    size += 1

    target = numpy.empty(size)
    while True:
        _affine_minimizer(affinities, factor, size, 1.0, target)
        if weights[size - 1] == 0.0 and target[size - 1] <= SMALLEST_WEIGHT:
            return 0
        # As far towards it as all weights stay positive.
        step, blocked = 1.0, False
        for i in range(size):
            if target[i] <= SMALLEST_WEIGHT:
                blocked = True
                if weights[i] > 0.0:
                    step = min(step, weights[i] / max(weights[i] - target[i], weights[i]))
                else:
                    step = 0.0
        if not blocked:
            weights[:size] = target[:size]
            break
        lowest = 0
        for i in range(size):
            weights[i] += step * (target[i] - weights[i])
            if weights[i] < weights[lowest]:
                lowest = i
        weights[lowest] = 0.0
        for i in range(size - 1, -1, -1):
            if weights[i] <= SMALLEST_WEIGHT:
                _remove(i, trees, weights, affinities, factor, size)
                size -= 1
    weights[:size] /= weights[:size].sum()
    return size


@njit(nogil=True, cache=True)
def _affine_minimizer(affinities, factor, size, total, target):
    """The weights, of any sign, that sum to `total`, of the sum that comes closest to the point."""
    ones = numpy.empty(size)
    ones_squared, product = 0.0, 0.0
    for i in range(size):
        target[i] = (affinities[i] - _dot(factor[i], target, i)) / factor[i, i]
        ones[i] = (1.0 - _dot(factor[i], ones, i)) / factor[i, i]
        ones_squared += ones[i] ** 2
        product += target[i] * ones[i]
    shift = (total - product) / ones_squared
    for i in range(size):
        target[i] += shift * ones[i]
    for i in range(size - 1, -1, -1):
        target[i] /= factor[i, i]
        for k in range(i):
            target[k] -= factor[i, k] * target[i]


# Sums in any order become vector instructions.
@njit(nogil=True, cache=True, fastmath={"reassoc", "contract"})
def _dot(x, y, size):
    total = 0.0
    for k in range(size):
        total += x[k] * y[k]
    return total


@njit(nogil=True, cache=True)
def _num_equal(x, y):
    number = 0
    for k in range(len(x)):
        number += x[k] == y[k]
    return number


@njit(nogil=True, cache=True)
def _remove(i, trees, weights, affinities, factor, size):
    trees[i : size - 1] = trees[i + 1 : size].copy()
    weights[i : size - 1] = weights[i + 1 : size].copy()
    affinities[i : size - 1] = affinities[i + 1 : size].copy()
    # Without its row the factor has one entry right of the diagonal in each row below, which are
    # rotated away.
    for row in range(i, size - 1):
        factor[row, : row + 2] = factor[row + 1, : row + 2]
    for k in range(i, size - 1):
        norm = numpy.hypot(factor[k, k], factor[k, k + 1])
        c, s = factor[k, k] / norm, factor[k, k + 1] / norm
        for row in range(k, size - 1):
            x, y = factor[row, k], factor[row, k + 1]
            factor[row, k], factor[row, k + 1] = c * x + s * y, c * y - s * x
