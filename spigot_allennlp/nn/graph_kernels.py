"""
Labelled graphs on the CPU, in one pass over the memory of their parts.

The kernels are serial and release the GIL; numba's parallel mode changes torch's number of threads
and does not survive a fork. Importing this module imports numba, so that it is imported where a
kernel is first used.

Arrays of parts are `(batch_size, num_nodes, num_nodes, 1 + num_labels)`, `float32` or `float64`,
C-contiguous and indexed `[batch, modifier, head, part]`. `lengths`, `(batch_size,)`, `int64`, are
words per sentence, without ROOT. `legal` is `(2, 1 + num_labels)`, `bool`: the labels of arcs from
ROOT and of arcs from words; entry 0 is ignored.
"""

import numba
import numpy


# Without NaN and signed zeros, which do not occur in scores, the maximum becomes vector
# instructions.
@numba.njit(nogil=True, cache=True, fastmath={"nnan", "nsz"})
def _largest(labels, legal, lowest):
    best = lowest
    for k in range(labels.shape[0]):
        best = max(best, labels[k] if legal[k] else lowest)
    return best


@numba.njit(nogil=True, cache=True)
def best_graphs(scores, lengths, legal, deterministic):
    """
    The best graphs without regard to labels that occur once, and where that matters.

    # Parameters

    scores, lengths, legal
        See the module. Scores are summed in `float64`.
    deterministic : `numpy.ndarray`
        `(1 + num_labels,)`, `bool`: labels that occur at most once for a predicate.

    # Returns

    `Tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]`
        The graphs `(batch_size, num_nodes, num_nodes)`, `int64`, which hold labels and 0 for no
        arc; the predicates and those of them that repeat a deterministic label, both
        `(batch_size, num_nodes)`, `bool`.
    """
    batch_size, num_nodes = scores.shape[:2]
    graphs = numpy.zeros((batch_size, num_nodes, num_nodes), dtype=numpy.int64)
    predicates = numpy.zeros((batch_size, num_nodes), dtype=numpy.bool_)
    conflicts = numpy.zeros((batch_size, num_nodes), dtype=numpy.bool_)
    lowest = scores.dtype.type(-numpy.inf)
    for b in range(batch_size):
        length = lengths[b]
        totals = numpy.zeros(length + 1)
        for m in range(length + 1):
            totals[m] += numpy.float64(scores[b, m, m, 0])
            for h in range(length + 1 if m > 0 else 0):
                if h == m:
                    continue
                allowed = legal[min(h, 1)]
                labels = scores[b, m, h]
                best = _largest(labels[1:], allowed[1:], lowest)
                gain = numpy.float64(labels[0]) + numpy.float64(best)
                if gain > 0:
                    totals[h] += gain
                    label = 1
                    while not allowed[label] or labels[label] != best:
                        label += 1
                    graphs[b, m, h] = label
        for h in range(length + 1):
            predicates[b, h] = totals[h] > 0
        seen = numpy.zeros((length + 1, scores.shape[3]), dtype=numpy.bool_)
        for m in range(1, length + 1):
            for h in range(length + 1):
                label = graphs[b, m, h]
                if not predicates[b, h]:
                    graphs[b, m, h] = 0
                elif label > 0 and deterministic[label]:
                    conflicts[b, h] |= seen[h, label]
                    seen[h, label] = True
    return graphs, predicates, conflicts


@numba.njit(nogil=True, cache=True)
def project(point, lengths, legal, is_euclidean):
    """
    `arc_then_labels` or the Euclidean projection of `spigot_allennlp.nn.graph_projections`.

    # Parameters

    point, lengths, legal
        See the module.
    is_euclidean : `bool`

    # Returns

    `numpy.ndarray`
        The shape and dtype of `point`; computed in `float64`.
    """
    projected = numpy.zeros_like(point)
    # The candidates of one arc: the arc or what is left of it, and the labels that may be positive.
    values = numpy.empty(point.shape[3])
    indices = numpy.empty(point.shape[3], dtype=numpy.int64)
    lowest = point.dtype.type(-numpy.inf)
    for b in range(point.shape[0]):
        num_nodes = lengths[b] + 1
        for m in range(num_nodes):
            projected[b, m, m, 0] = min(max(point[b, m, m, 0], 0.0), 1.0)
            for h in range(num_nodes if m > 0 else 0):
                if h != m:
                    allowed = legal[min(h, 1)]
                    arc = numpy.float64(point[b, m, h, 0])
                    best = numpy.float64(_largest(point[b, m, h, 1:], allowed[1:], lowest))
                    # An arc without a legal label, or with an empty simplex of labels.
                    if best == -numpy.inf or (not is_euclidean and arc <= 0):
                        continue
                    total = 1.0 if is_euclidean else min(arc, 1.0)
                    largest = max(best, 1.0 - arc) if is_euclidean else best
                    size = 0
                    # What lies `total` below the largest value is 0 whatever the others are.
                    if is_euclidean and 1.0 - arc > largest - total:
                        values[0], indices[0], size = 1.0 - arc - largest, 0, 1
                    for k in range(1, point.shape[3]):
                        if allowed[k] and point[b, m, h, k] > largest - total:
                            values[size] = numpy.float64(point[b, m, h, k]) - largest
                            indices[size] = k
                            size += 1
                    threshold = _simplex_threshold(values[:size], total)
                    projected[b, m, h, 0] = total
                    for k in range(size):
                        x = values[k] - threshold
                        if x > 0:
                            index = indices[k]
                            projected[b, m, h, index] = 1.0 - x if index == 0 else x
    return projected


@numba.njit(nogil=True, cache=True)
def _simplex_threshold(values, total):
    """
    What to take from the values so that their positive parts sum to `total`: the mean excess of the
    values that are above it, which only grows as others fall off (Michelot 1986).
    """
    num_positive = values.shape[0]
    threshold = (values.sum() - total) / num_positive
    while True:
        count, excess = 0, -total
        for k in range(values.shape[0]):
            if values[k] > threshold:
                count += 1
                excess += values[k]
        # None is above it where all are as large as each other and `total` is lost in rounding.
        if count == num_positive or count == 0:
            return threshold
        num_positive = count
        threshold = excess / count
