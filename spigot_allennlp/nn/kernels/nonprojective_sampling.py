"""
Random non-projective trees on the CPU, a sentence at a time, without a subtraction of weights.

Words are eliminated as in `matrix_tree`, from the last one on: with `w[m, h]` the weight of the arc
from h to m and `d(k)` the sum of `w[k, h]`,

    w[m, h] <- w[m, h] + w[m, k] w[k, h] / d(k),

which leaves the sum over all trees of the other nodes, but for the factor `d(k)`. Then the words
are put back, and a random tree of the nodes below k becomes one of the nodes up to k: each of its
arcs, from h to m, is direct or goes through k, with the shares of the two terms. Let S be the words
whose arcs go through k.

* S is empty: k has no modifiers, and its head is drawn in proportion to `w[k, h]`.
* Otherwise k becomes the head of all of S. Without their arcs, the tree falls into the part R with
  ROOT and the trees under S. The heads that the words of S had are drawn independently in
  proportion to `w[k, h]`, given that they lead to ROOT, the sum of which is the probability of R,
  as it has to be: the weighted form of Cayley's formula. So the head of k is one of R in the same
  proportion; such a one is the head of the word of S next to ROOT on the way there from another.

The term through which an arc goes is drawn once, among all words that are still to come. Where the
scores are of any size, this takes cubic time for a sentence, and nearly always quadratic time for
each tree; the walks of Wilson (1996) may not end.

One root: the weights of arcs from ROOT are multiplied by an infinitesimal and the lowest orders
kept, so that ROOT counts in `d(k)`, and as a head to be drawn, only where no other word is left.
"""

import numpy

from spigot_allennlp.nn.backend import njit


@njit(nogil=True, cache=True)
def sample_heads(scores, lengths, uniforms, single_root):
    """
    # Parameters

    scores : `numpy.ndarray`
        `(batch_size, num_nodes, num_nodes)`, `float64`, indexed `[batch, modifier, head]`, finite
        on the arcs of each sentence.
    lengths : `numpy.ndarray`
        `(batch_size,)`, `int64`: words per sentence, without ROOT.
    uniforms : `numpy.ndarray`
        `(num_samples, batch_size, num_uniforms)`, `float64`: random numbers from [0, 1).
    single_root : `bool`

    # Returns

    `Tuple[numpy.ndarray, bool]`
        The heads `(num_samples, batch_size, num_nodes)`, `int64`, with 0 for ROOT and padding, and
        whether there were enough random numbers. If not, more are to be appended to the same ones.
    """
    num_samples, batch_size = uniforms.shape[:2]
    heads = numpy.zeros((num_samples, batch_size, scores.shape[1]), dtype=numpy.int64)
    for b in range(batch_size):
        n = lengths[b] + 1
        if n > 1:
            weights, degrees = _eliminate(scores[b, :n, :n], single_root)
            for s in range(num_samples):
                if not _put_back(
                    scores[b], weights, degrees, single_root, uniforms[s, b], heads[s, b]
                ):
                    return heads, False
    return heads, True


@njit(nogil=True, cache=True)
def _eliminate(scores, single_root):
    """
    The logarithms of the weights, in row and column k those with which word k was eliminated, and
    of the `d(k)`.
    """
    n = len(scores)
    weights = scores.copy()
    degrees = numpy.zeros(n)
    for k in range(n - 1, 0, -1):
        from_heads = weights[k, _first_head(k, single_root) : k]
        largest = from_heads.max()
        degrees[k] = largest + numpy.log(numpy.exp(from_heads - largest).sum())
        for m in range(1, k):
            # The loop at m comes out as some number that nobody reads.
            through = weights[m, k] - degrees[k] + weights[k, :k]
            weights[m, :k] = numpy.logaddexp(weights[m, :k], through)
    return weights, degrees


@njit(nogil=True, cache=True)
def _put_back(scores, weights, degrees, single_root, uniforms, heads):
    """Fills `heads`; whether there were enough random numbers."""
    n = len(weights)
    # Through which word the arc to each word goes; 0 for none.
    through = numpy.zeros(n, dtype=numpy.int64)
    used = 0
    for k in range(1, n):
        modifiers = numpy.flatnonzero(through == k)
        if used + len(modifiers) + 2 > len(uniforms):
            return False
        if len(modifiers) > 0:
            above = modifiers[0]
            while above != 0:
                if through[above] == k:
                    heads[k] = heads[above]
                above = heads[above]
        else:
            first = _first_head(k, single_root)
            heads[k] = first + _choose(weights[k, first:k], uniforms[used])
            used += 1
        heads[modifiers] = k
        through[k] = _choose_through(scores, weights, degrees, k, heads[k], k, uniforms[used])
        used += 1
        for m in modifiers:
            through[m] = _choose_through(scores, weights, degrees, m, k, k, uniforms[used])
            used += 1
    return True


@njit(nogil=True, cache=True)
def _first_head(k, single_root):
    return 1 if single_root and k > 1 else 0


@njit(nogil=True, cache=True)
def _choose_through(scores, weights, degrees, m, h, k, uniform):
    """The word above k through which the arc from h to m goes; 0 for none."""
    terms = numpy.empty(len(weights) - k)
    terms[0] = scores[m, h]
    terms[1:] = weights[m, k + 1 :] - degrees[k + 1 :] + weights[k + 1 :, h]
    choice = _choose(terms, uniform)
    return k + choice if choice > 0 else 0


@njit(nogil=True, cache=True)
def _choose(terms, uniform):
    """An index of `terms`, which are logarithms of weights."""
    weights = numpy.exp(terms - terms.max()).cumsum()
    index = numpy.searchsorted(weights, uniform * weights[-1], side="right")
    # Bounded, because scores that are not numbers cannot be compared.
    return min(index, len(weights) - 1)
