"""
Copies of tensors of arcs on the CPU, in time that depends on the words and not on the padding.
"""

import numba
import numpy


@numba.njit(nogil=True, cache=True)
def copy_arcs(values, lengths):
    """
    # Parameters

    values : `numpy.ndarray`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`.
    lengths : `numpy.ndarray`
        `(batch_size,)`, `int64`: words per sentence, without ROOT.

    # Returns

    `numpy.ndarray`
        The values of the arcs of each sentence, and 0 elsewhere.
    """
    copy = numpy.zeros_like(values)
    for b in range(values.shape[0]):
        num_nodes = lengths[b] + 1
        for m in range(1, num_nodes):
            copy[b, m, :num_nodes] = values[b, m, :num_nodes]
            copy[b, m, m] = 0
    return copy
