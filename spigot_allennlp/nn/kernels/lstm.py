"""
An LSTM over one sentence on the CPU (Hochreiter and Schmidhuber 1997, with forget gates), and its
gradient. Gates are in torch's order: input, forget_gate, cell, output.

Nearly all of the time goes into reading the weights between hidden states, once for each word. For
one sentence the kernels of oneDNN copy them into another order before, which takes longer.
"""

import numba
import numpy

from spigot_allennlp.nn.kernels.tanh import VECTOR_MATH, tanh, terms_of_tanh


@numba.njit(nogil=True, cache=True, **VECTOR_MATH)
def _sigmoid(value, half, terms):
    return half + half * tanh(half * value, terms)


@numba.njit(nogil=True, cache=True, **VECTOR_MATH)
def read_words(gates, weights):
    """
    The LSTM, from what the words alone give to the gates.

    # Parameters

    gates : `numpy.ndarray`
        `(num_nodes, 4 * hidden_size)`, `float32` or `float64`: the products of the words with the
        input weights, and the biases. The gates themselves are written into it.
    weights : `numpy.ndarray`
        `(4 * hidden_size, hidden_size)`, of the same dtype: from the last hidden state.

    # Returns

    `Tuple[numpy.ndarray, numpy.ndarray]`
        The hidden states and the cells, `(num_nodes, hidden_size)` each, of that dtype.
    """
    size = weights.shape[1]
    half, terms = gates.dtype.type(0.5), terms_of_tanh(gates.dtype)
    hidden = numpy.empty((gates.shape[0], size), dtype=gates.dtype)
    cells = numpy.empty_like(hidden)
    for t in range(gates.shape[0]):
        if t > 0:
            # A gate of each kind at once, so that the hidden state is loaded a quarter as often.
            for row in range(size):
                first, second = gates[t, row], gates[t, size + row]
                third, fourth = gates[t, 2 * size + row], gates[t, 3 * size + row]
                for k in range(size):
                    state = hidden[t - 1, k]
                    first += weights[row, k] * state
                    second += weights[size + row, k] * state
                    third += weights[2 * size + row, k] * state
                    fourth += weights[3 * size + row, k] * state
                gates[t, row], gates[t, size + row] = first, second
                gates[t, 2 * size + row], gates[t, 3 * size + row] = third, fourth
        _next_cell(gates, cells, hidden, t, half, terms)
    return hidden, cells


# Like the next one a function of its own, whose loop becomes vector instructions.
@numba.njit(nogil=True, cache=True, **VECTOR_MATH)
def _next_cell(gates, cells, hidden, t, half, terms):
    """Writes the cell and the hidden state of word `t`, and its gates in place of their sums."""
    size = cells.shape[1]
    for k in range(size):
        input_gate = _sigmoid(gates[t, k], half, terms)
        forget_gate = _sigmoid(gates[t, size + k], half, terms)
        candidate = tanh(gates[t, 2 * size + k], terms)
        output_gate = _sigmoid(gates[t, 3 * size + k], half, terms)
        cell = input_gate * candidate
        if t > 0:
            cell += forget_gate * cells[t - 1, k]
        cells[t, k] = cell
        hidden[t, k] = output_gate * tanh(cell, terms)
        gates[t, k] = input_gate
        gates[t, size + k] = forget_gate
        gates[t, 2 * size + k] = candidate
        gates[t, 3 * size + k] = output_gate


@numba.njit(nogil=True, cache=True, **VECTOR_MATH)
def _gradients_of_word(gradient, gates, cells, t, result, from_next, of_cell, terms):
    """
    Writes the gradient of the sums of word `t` into `result` and that of the cell before into
    `of_cell`, and empties `from_next`, which has that of its hidden state by the word after it.
    """
    size = cells.shape[1]
    zero, one = gates.dtype.type(0), gates.dtype.type(1)
    for k in range(size):
        input_gate, forget_gate = gates[t, k], gates[t, size + k]
        candidate, output_gate = gates[t, 2 * size + k], gates[t, 3 * size + k]
        squashed = tanh(cells[t, k], terms)
        of_hidden = gradient[t, k] + from_next[k]
        of_this = of_cell[k] + of_hidden * output_gate * (one - squashed * squashed)
        before = cells[t - 1, k] if t > 0 else zero
        result[t, k] = of_this * candidate * input_gate * (one - input_gate)
        result[t, size + k] = of_this * before * forget_gate * (one - forget_gate)
        result[t, 2 * size + k] = of_this * input_gate * (one - candidate * candidate)
        result[t, 3 * size + k] = of_hidden * squashed * output_gate * (one - output_gate)
        of_cell[k] = of_this * forget_gate
        from_next[k] = zero


@numba.njit(nogil=True, cache=True, **VECTOR_MATH)
def gate_gradients(gradient, gates, cells, weights):
    """
    The gradient of what the words gave to the gates, `(num_nodes, 4 * hidden_size)`.

    # Parameters

    gradient : `numpy.ndarray`
        `(num_nodes, hidden_size)`: that of the hidden states.
    gates, cells, weights : `numpy.ndarray`
        As `read_words` leaves and returns them.
    """
    size = weights.shape[1]
    terms = terms_of_tanh(gates.dtype)
    result = numpy.empty_like(gates)
    from_next = numpy.zeros(size, dtype=gates.dtype)
    of_cell = numpy.zeros(size, dtype=gates.dtype)
    for t in range(gates.shape[0] - 1, -1, -1):
        _gradients_of_word(gradient, gates, cells, t, result, from_next, of_cell, terms)
        if t > 0:
            # A gate of each kind at once, so that the sum is stored a quarter as often.
            for row in range(size):
                first, second = result[t, row], result[t, size + row]
                third, fourth = result[t, 2 * size + row], result[t, 3 * size + row]
                for k in range(size):
                    from_next[k] += (
                        first * weights[row, k]
                        + second * weights[size + row, k]
                        + third * weights[2 * size + row, k]
                        + fourth * weights[3 * size + row, k]
                    )
    return result
