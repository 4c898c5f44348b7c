"""
Labeled graphs on the CPU, in one pass over the memory of their parts.

Arrays of parts are `(batch_size, num_nodes, num_nodes, 1 + num_labels)`, `float32` or `float64`,
C-contiguous and indexed `[batch, modifier, head, part]`. `lengths`, `(batch_size,)`, `int64`, are
words per sentence, without ROOT. `legal` is `(2, 1 + num_labels)`, `bool`: the labels of arcs from
ROOT and of arcs from words; entry 0 is ignored.
"""

import numba
import numpy

# Without NaN and signed zeros, which do not occur in scores, and with sums in any order, loops
# become vector instructions.
_VECTOR_MATH = {"nnan", "nsz", "reassoc"}


@numba.njit(nogil=True, cache=True, fastmath=_VECTOR_MATH)
def _largest(labels, caps):
    best = min(labels[0], caps[0])
    for k in range(1, labels.shape[0]):
        best = max(best, min(labels[k], caps[k]))
    return best


@numba.njit(nogil=True, cache=True)
def _index(labels, legal, value):
    """The first legal label with that value."""
    label = 1
    # Bounded, because a score that is not a number is not equal to itself.
    while label < labels.shape[0] - 1 and not (legal[label] and labels[label] == value):
        label += 1
    return label


@numba.njit(nogil=True, cache=True)
def _caps(legal, dtype):
    """The largest score that a label may have: any if it is legal and none if it is not."""
    return numpy.where(legal, dtype.type(numpy.inf), dtype.type(-numpy.inf))


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
    caps = _caps(legal, scores.dtype)
    for b in range(batch_size):
        length = lengths[b]
        totals = numpy.zeros(length + 1)
        for m in range(length + 1):
            totals[m] += numpy.float64(scores[b, m, m, 0])
            for h in range(length + 1 if m > 0 else 0):
                if h == m:
                    continue
                kind = min(h, 1)
                best = _largest(scores[b, m, h, 1:], caps[kind, 1:])
                gain = numpy.float64(scores[b, m, h, 0]) + numpy.float64(best)
                if gain > 0:
                    totals[h] += gain
                    graphs[b, m, h] = _index(scores[b, m, h], legal[kind], best)
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
    caps = _caps(legal, point.dtype)
    # What is left of the arc, in the Euclidean projection, and the labels.
    values = numpy.full(point.shape[3], -numpy.inf)
    for b in range(point.shape[0]):
        num_nodes = lengths[b] + 1
        for m in range(num_nodes):
            projected[b, m, m, 0] = min(max(point[b, m, m, 0], 0.0), 1.0)
            for h in range(num_nodes if m > 0 else 0):
                if h == m:
                    continue
                arc = numpy.float64(point[b, m, h, 0])
                kind = min(h, 1)
                largest = numpy.float64(_largest(point[b, m, h, 1:], caps[kind, 1:]))
                # No label is legal, or all labels are 0 because their arc is.
                if largest == -numpy.inf or arc + (largest if is_euclidean else 0.0) <= 0:
                    continue
                total = min(arc, 1.0)
                if is_euclidean:
                    total = 1.0
                    largest = max(largest, 1.0 - arc)
                    values[0] = 1.0 - arc - largest
                _project_arc(point[b, m, h], caps[kind], values, largest, total, projected[b, m, h])
    return projected


@numba.njit(nogil=True, cache=True, fastmath=_VECTOR_MATH)
def _project_arc(point, caps, values, largest, total, projected):
    """
    `values[0]` and the labels less `largest` onto the simplex that sums to `total`. The arc is what
    `values[0]` leaves of it.
    """
    for k in range(1, point.shape[0]):
        values[k] = numpy.float64(min(point[k], caps[k])) - largest
    # What lies `total` below the largest value, which is 0, is not positive. From there the
    # threshold only grows: Newton's method on a convex function (Michelot 1986).
    threshold = -total
    num_positive = point.shape[0] + 1.0
    while True:
        excess, count = -total, 0.0
        for k in range(point.shape[0]):
            excess += max(values[k] - threshold, 0.0)
            count += 1.0 if values[k] > threshold else 0.0
        # Rounding may bring a value back; none is positive where it swallows `total`.
        if not 0.0 < count < num_positive:
            break
        num_positive = count
        threshold += excess / count
    projected[0] = total - max(values[0] - threshold, 0.0)
    for k in range(1, point.shape[0]):
        projected[k] = max(values[k] - threshold, 0.0)
