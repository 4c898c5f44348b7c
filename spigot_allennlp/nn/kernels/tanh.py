"""
The hyperbolic tangent on the CPU, in vector instructions, which numba does not make of an
exponential.

Lambert's continued fraction of `tanh(x)` (1768) with seven terms is `x p(x^2) / d(x^2)`, correct to
the last place of `float64` or two where `x` is small; `tanh(2 x) = 2 tanh(x) / (1 + tanh(x)^2)`
takes it from there to where the tangent is 1. The numerator and the denominator are doubled apart,
for one division in all.
"""

import numba
import numpy
from numba.extending import register_jitable

#: Sums in any order and without tests for zero become vector instructions. NaN and infinity stay
#: what they are.
VECTOR_MATH = {"fastmath": {"reassoc", "contract", "nsz"}, "error_model": "numpy"}


@register_jitable
def terms_of_tanh(dtype):
    """Of the values' own type, since a sum with others would be in double precision."""
    type_ = dtype.type
    return (
        # It is 1 from here on.
        type_(20),
        type_(1 / 8),
        (type_(1), type_(17325 / 135135), type_(378 / 135135), type_(1 / 135135)),
        (type_(1), type_(62370 / 135135), type_(3150 / 135135), type_(28 / 135135)),
    )


@register_jitable(**VECTOR_MATH)
def tanh(value, terms):
    """Within four units in the last place, `terms` being those of the type of `value`."""
    largest, eighth, above, below = terms
    value = largest if value > largest else value
    value = -largest if value < -largest else value
    x = value * eighth
    square = x * x
    p = x * (above[0] + square * (above[1] + square * (above[2] + square * above[3])))
    d = below[0] + square * (below[1] + square * (below[2] + square * below[3]))
    p, d = p * d + p * d, d * d + p * p
    p, d = p * d + p * d, d * d + p * p
    p, d = p * d + p * d, d * d + p * p
    return p / d


@numba.njit(nogil=True, cache=True, **VECTOR_MATH)
def tanh_of_all(values):
    """Of an array of `float32` or `float64`, in its shape."""
    terms = terms_of_tanh(values.dtype)
    result = numpy.empty_like(values)
    flat, of_result = values.ravel(), result.ravel()
    for k in range(flat.size):
        of_result[k] = tanh(flat[k], terms)
    return result


@numba.njit(nogil=True, cache=True, **VECTOR_MATH)
def tanh_of_sums(modifiers, heads):
    """
    `tanh(m + h)` for the vectors of all pairs: two arrays `(batch_size, num_nodes, size)` of
    `float32` or `float64` give `(batch_size, num_nodes, num_nodes, size)`, indexed `[batch,
    modifier, head]`.
    """
    batch_size, num_nodes, size = modifiers.shape
    terms = terms_of_tanh(modifiers.dtype)
    result = numpy.empty((batch_size, num_nodes, num_nodes, size), dtype=modifiers.dtype)
    for b in range(batch_size):
        for m in range(num_nodes):
            for h in range(num_nodes):
                for k in range(size):
                    result[b, m, h, k] = tanh(modifiers[b, m, k] + heads[b, h, k], terms)
    return result


@numba.njit(nogil=True, cache=True, **VECTOR_MATH)
def gradients_of_sums(gradient, tangents):
    """The gradients of both arrays, given that of what `tanh_of_sums` returned, and this."""
    batch_size, num_nodes, _, size = tangents.shape
    one = tangents.dtype.type(1)
    of_modifiers = numpy.zeros((batch_size, num_nodes, size), dtype=tangents.dtype)
    of_heads = numpy.zeros_like(of_modifiers)
    for b in range(batch_size):
        for m in range(num_nodes):
            for h in range(num_nodes):
                for k in range(size):
                    tangent = tangents[b, m, h, k]
                    product = gradient[b, m, h, k] * (one - tangent * tangent)
                    of_modifiers[b, m, k] += product
                    of_heads[b, h, k] += product
    return of_modifiers, of_heads
