"""
The algorithm of Chu, Liu and Edmonds on the CPU, a sentence at a time, for complete graphs.

A path is grown backwards from any word along best arcs (Gabow et al. 1986). Where it
meets itself, the cycle becomes one component: arcs into a word of it are worth their score less
that of the word's arc in the cycle, which they would replace, and of the arcs from one head only
the best remains. Where the path meets what descends from ROOT, it does so too.

One root: the best tree among those with the fewest arcs from ROOT, and then by score, is the best
tree with one. The algorithm only adds, subtracts and compares, so that it is right in this order
too, without any constant that stands for infinity (Gabow and Tarjan 1984 and Zmigrod et al. 2020
have other ways). As arcs in a cycle never come from ROOT, the order comes down to this: ROOT is a
head only when all words are in one component.
"""

import numpy

from spigot_allennlp.nn.backend import njit

_NEW, _ON_PATH, _DONE = range(3)


@njit(nogil=True, cache=True)
def chu_liu_edmonds_heads(scores, lengths, single_root):
    """
    The heads of the best trees.

    # Parameters

    scores : `numpy.ndarray`
        `(batch_size, num_nodes, num_nodes)`, `float32` or `float64`, indexed
        `[batch, modifier, head]`, finite on the arcs of each sentence; computed with in `float64`.
    lengths : `numpy.ndarray`
        `(batch_size,)`, `int64`: words per sentence, without ROOT.
    single_root : `bool`

    # Returns

    `numpy.ndarray`
        `(batch_size, num_nodes)`, `int64`; 0 for ROOT and padding.
    """
    heads = numpy.zeros(scores.shape[:2], dtype=numpy.int64)
    for b in range(scores.shape[0]):
        if lengths[b] > 0:
            _decode(scores[b], lengths[b] + 1, single_root, heads[b])
    return heads


@njit(nogil=True, cache=True)
def _decode(scores, num_nodes, single_root, heads):
    # A component has the row of one of its words: the best arc from each node, and where it enters.
    weights = scores[:num_nodes, :num_nodes].astype(numpy.float64)
    entries = numpy.empty((num_nodes, num_nodes), dtype=numpy.int64)
    for row in range(num_nodes):
        entries[row] = row
    components = numpy.arange(num_nodes)
    states = numpy.full(num_nodes, _NEW)
    states[0] = _DONE
    # The forest of contractions: words are its leaves, each cycle is the parent of its members.
    vertices = numpy.arange(num_nodes)
    num_vertices = num_nodes
    parents = numpy.zeros(2 * num_nodes, dtype=numpy.int64)
    best_heads = numpy.zeros(2 * num_nodes, dtype=numpy.int64)
    best_entries = numpy.zeros(2 * num_nodes, dtype=numpy.int64)

    path = numpy.empty(num_nodes, dtype=numpy.int64)
    positions = numpy.empty(num_nodes, dtype=numpy.int64)
    for start in range(1, num_nodes):
        row = components[start]
        if states[row] != _NEW:
            continue
        length = 0
        while states[row] != _DONE:
            if states[row] == _NEW:
                states[row] = _ON_PATH
                path[length] = row
                positions[row] = length
                length += 1
            else:
                _contract(
                    path, positions, row, length, weights, entries, components, best_heads, vertices
                )
                for k in range(positions[row], length):
                    parents[vertices[path[k]]] = num_vertices
                vertices[row] = num_vertices
                num_vertices += 1
                length = positions[row] + 1
            head = _best_head(weights[row], components, row, single_root)
            best_heads[vertices[row]] = head
            best_entries[vertices[row]] = entries[row, head]
            row = components[head]
        for k in range(length):
            states[path[k]] = _DONE

    # From the last cycle to the words: the arc that enters a cycle replaces one of each cycle
    # inside.
    settled = numpy.zeros(num_vertices, dtype=numpy.bool_)
    for vertex in range(num_vertices - 1, 0, -1):
        if settled[vertex]:
            continue
        word = best_entries[vertex]
        heads[word] = best_heads[vertex]
        while word != vertex:
            settled[word] = True
            word = parents[word]


@njit(nogil=True, cache=True)
def _best_head(weights, components, row, single_root):
    # The first of several, and the first of all where scores cannot be compared (NaN).
    best = 0
    for head in range(1, weights.shape[0]):
        if components[head] != row and (best == 0 or weights[head] > weights[best]):
            best = head
    if best == 0 or (not single_root and weights[0] > weights[best]):
        return 0
    return best


@njit(nogil=True, cache=True)
def _contract(path, positions, row, length, weights, entries, components, best_heads, vertices):
    """The components of the path from `row` on become one, in its row."""
    first = positions[row]
    weights[row] -= weights[row, best_heads[vertices[row]]]
    for k in range(first + 1, length):
        member = path[k]
        replaced = weights[member, best_heads[vertices[member]]]
        for head in range(weights.shape[0]):
            weight = weights[member, head] - replaced
            if weight > weights[row, head]:
                weights[row, head] = weight
                entries[row, head] = entries[member, head]
    on_cycle = numpy.zeros(weights.shape[0], dtype=numpy.bool_)
    on_cycle[path[first:length]] = True
    for node in range(weights.shape[0]):
        if on_cycle[components[node]]:
            components[node] = row
