"""
Tensors of arcs. Every one of them is indexed `[batch, modifier, head]` and node 0 is ROOT.
"""

import torch
from torch import Tensor


def legal_arcs(mask: Tensor) -> Tensor:
    """
    Which arcs a sentence has: any node may be the head of any word but itself.

    # Parameters

    mask : `BoolTensor`
        `(batch_size, num_nodes)`, true for ROOT and the words.

    # Returns

    `BoolTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`; false in row 0 and
        on the diagonal.
    """
    # As a product of numbers, which is faster than `&` along rows.
    is_node = mask.float()
    # Shape: (batch_size, num_nodes, num_nodes)
    legal = torch.bmm(is_word(mask).float().unsqueeze(2), is_node.unsqueeze(1)).bool()
    legal.diagonal(dim1=1, dim2=2).fill_(False)
    return legal


def is_word(mask: Tensor) -> Tensor:
    """`mask` without ROOT, `(batch_size, num_nodes)`: which nodes are words."""
    words = mask.bool().clone()
    words[:, 0] = False
    return words


def num_words(mask: Tensor) -> Tensor:
    """Words per sentence, without ROOT: `(batch_size,)`; 0 also where there is no ROOT."""
    return (mask.sum(dim=1) - 1).clamp(min=0)


def legal_parts(mask: Tensor, parts: Tensor) -> Tensor:
    """
    `legal_arcs(mask)` with one axis of size 1 for every part axis of `parts`, so that the two
    broadcast.
    """
    legal = legal_arcs(mask)
    return legal.reshape(legal.shape + (1,) * (parts.dim() - legal.dim()))


def heads_to_arcs(heads: Tensor, mask: Tensor) -> Tensor:
    """
    The 0/1 arcs `(batch_size, num_nodes, num_nodes)` of `heads`, which is `(batch_size,
    num_nodes)`; the head of ROOT and of padding is ignored.
    """
    arcs = torch.zeros(heads.shape + heads.shape[-1:], device=heads.device)
    return arcs.scatter_(2, (heads * mask).unsqueeze(2), is_word(mask).float().unsqueeze(2))


def arcs_to_heads(arcs: Tensor) -> Tensor:
    """The heads `(batch_size, num_nodes)` of a tree's 0/1 arcs; 0 for ROOT and padding."""
    return arcs.argmax(dim=-1)


def flat_positions(nodes: Tensor) -> Tensor:
    """
    Where `nodes`, `(batch_size, num_nodes)`, are among all nodes of the batch, one sentence after
    another: `(batch_size * num_nodes,)`. See `take_nodes`.
    """
    firsts = torch.arange(0, nodes.numel(), nodes.size(1), device=nodes.device)
    return (nodes + firsts.unsqueeze(1)).flatten()


def take_nodes(vectors: Tensor, positions: Tensor) -> Tensor:
    """
    For each node the vector of another one, in the shape of `vectors`, `(batch_size, num_nodes,
    dim)`. Whole rows are copied, which is several times as fast as `gather`.
    """
    return vectors.flatten(0, 1).index_select(0, positions).view_as(vectors)


def attend_heads(arcs: Tensor, encoded: Tensor) -> Tensor:
    """
    The sum of each node's heads, `sum_h arcs[m, h] encoded[h]` (Peng et al. 2018, section 4.1).

    A dense product and no look-up by head index: an arc that is off receives a gradient too,
    which is what the straight-through and SPIGOT estimators live on.

    # Parameters

    arcs : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`.
    encoded : `FloatTensor`
        `(batch_size, num_nodes, dim)`.

    # Returns

    `FloatTensor`
        `(batch_size, num_nodes, dim)`; zero for ROOT, which has no head.
    """
    return torch.bmm(arcs.to(encoded.dtype), encoded)


def has_crossing_arcs(heads: Tensor, mask: Tensor) -> Tensor:
    """
    Whether the tree of `heads`, `(batch_size, num_nodes)`, has two arcs that cross:
    `(batch_size,)`.

    ROOT stands left of the first word, so an arc from ROOT counts.
    """
    nodes = torch.arange(mask.size(1), device=mask.device).expand_as(heads)
    left, right = torch.minimum(nodes, heads), torch.maximum(nodes, heads)
    words = is_word(mask)
    # Shape: (batch_size, num_nodes, num_nodes); arc i starts left of arc j, which starts inside i
    # and ends outside.
    crossing = (left.unsqueeze(2) < left.unsqueeze(1)) & (left.unsqueeze(1) < right.unsqueeze(2))
    crossing &= right.unsqueeze(2) < right.unsqueeze(1)
    crossing &= words.unsqueeze(2) & words.unsqueeze(1)
    return crossing.flatten(1).any(dim=1)
