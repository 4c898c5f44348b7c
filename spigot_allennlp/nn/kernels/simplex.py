"""
The Euclidean projection onto simplices on the CPU, row by row (Michelot 1986): entries below a
lower bound of the threshold are dropped, and those that are left give a higher bound, until it
stays.
"""

import numba
import numpy

_LOWEST = numpy.finfo(numpy.float64).min


@numba.njit(nogil=True, cache=True, error_model="numpy")
def project_rows(point, support, totals, projected):
    """
    Writes the projection of each row of `point` onto `{x >= 0, sum(x) = total}` into `projected`.

    # Parameters

    point : `numpy.ndarray`
        `(num_rows, num_candidates)`, `float32` or `float64`; computed with in `float64`.
    support : `numpy.ndarray`
        The same shape, `bool`: which entries may be positive. A row without any gives zeros.
    totals : `numpy.ndarray`
        `(num_rows,)`, not negative.
    projected : `numpy.ndarray`
        The shape and dtype of `point`. A row that is not finite on its support gives NaN.
    """
    values = numpy.empty(point.shape[1])
    for row in range(point.shape[0]):
        has_support = False
        for k in range(values.shape[0]):
            has_support |= support[row, k]
            values[k] = numpy.float64(point[row, k]) if support[row, k] else _LOWEST
        if has_support:
            _project(values, numpy.float64(totals[row]), projected[row])
        else:
            projected[row] = 0.0


@numba.njit(nogil=True, cache=True, error_model="numpy")
def project_heads(point, lengths):
    """
    The projection of each word's row of arcs onto `{x >= 0, sum(x) = 1}`, without its diagonal.

    # Parameters

    point : `numpy.ndarray`
        `(batch_size, num_nodes, num_nodes)`, `float32` or `float64`, indexed `[batch, modifier,
        head]`; computed with in `float64`. A row that is not finite on the sentence's arcs gives
        NaN.
    lengths : `numpy.ndarray`
        `(batch_size,)`, `int64`: words per sentence, without ROOT.

    # Returns

    `numpy.ndarray`
        The shape and dtype of `point`; 0 for whatever is no arc.
    """
    projected = numpy.zeros_like(point)
    buffer = numpy.empty(point.shape[2])
    for b in range(point.shape[0]):
        num_nodes = lengths[b] + 1
        values = buffer[:num_nodes]
        for m in range(1, num_nodes):
            for h in range(num_nodes):
                values[h] = point[b, m, h]
            values[m] = _LOWEST
            _project(values, 1.0, projected[b, m, :num_nodes])
            # NaN, where the row is.
            projected[b, m, m] = 0.0
    return projected


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _project(values, total, projected):
    """Changes `values`, of which those that do not count are the lowest finite number."""
    if not _are_finite(values):
        projected[:] = numpy.nan
        return
    if total == 0.0:
        projected[:] = 0.0
        return
    # What is added up then lies between -total and 0: no digit is lost to large values.
    largest = _largest(values)
    for k in range(values.shape[0]):
        values[k] -= largest
    count, above = _sum_above(values, -total)
    while True:
        threshold = (above - total) / count
        left, above = _sum_above(values, threshold)
        # None are left where the smallest total there is underflows.
        if not 0 < left < count:
            break
        count = left
    for k in range(values.shape[0]):
        projected[k] = max(values[k] - threshold, 0.0)


@numba.njit(nogil=True, cache=True, fastmath={"reassoc"})
def _are_finite(values):
    # NaN otherwise.
    zero = 0.0
    for k in range(values.shape[0]):
        zero += values[k] - values[k]
    return zero == 0.0


# Without NaN and signed zeros the maximum becomes vector instructions.
@numba.njit(nogil=True, cache=True, fastmath={"nnan", "nsz"})
def _largest(values):
    largest = values[0]
    for k in range(1, values.shape[0]):
        largest = max(largest, values[k])
    return largest


@numba.njit(nogil=True, cache=True, fastmath={"reassoc"})
def _sum_above(values, threshold):
    """How many values are above the threshold, and their sum."""
    count, above = 0.0, 0.0
    for k in range(values.shape[0]):
        # In this order LLVM makes vector instructions of both, and of neither in the other one.
        above += values[k] if values[k] > threshold else 0.0
        count += 1.0 if values[k] > threshold else 0.0
    return count, above
