"""
Eisner's algorithm on a GPU: the recurrences of `spigot_allennlp.nn.eisner`, one program of Triton
for each sentence, which waits for nothing and is not waited for.

Triton comes with torch's builds for CUDA on Linux; importing this module imports it.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

# Entries of a tile of spans and their splits.
_TILE = 1024
_COMPLETE_RIGHT, _COMPLETE_LEFT, _ARC_RIGHT, _ARC_LEFT = map(tl.constexpr, range(4))


def eisner_heads(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """
    The heads of the best projective trees, on the device of the scores.

    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, `float32` or `float64`, indexed `[batch, modifier,
        head]`, finite on the arcs of each sentence; summed in `float64` and in the order of
        `kernels.eisner`, so that the sums are the same to the bit.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    single_root : `bool`

    # Returns

    `LongTensor`
        `(batch_size, num_nodes)`; 0 for ROOT and padding.
    """
    batch_size, num_nodes, _ = scores.shape
    heads = lengths.new_zeros(batch_size, num_nodes)
    if batch_size == 0:
        return heads
    charts = scores.new_empty((batch_size, 6, num_nodes, num_nodes), dtype=torch.float64)
    # Spans on the stack do not overlap, so that there are fewer than nodes.
    stacks = lengths.new_empty((batch_size, num_nodes), dtype=torch.int32)
    num_splits = min(64, max(16, triton.next_power_of_2(num_nodes)))
    with torch.cuda.device_of(scores):
        _decode[(batch_size,)](
            scores.detach().contiguous(),
            lengths.contiguous(),
            charts,
            stacks,
            heads,
            num_nodes,
            single_root,
            _TILE // num_splits,
            num_splits,
        )
    return heads


# Triton would compile it again for every length that is a multiple of 16.
@triton.jit(do_not_specialize=["stride"])
def _decode(  # type: ignore[no-untyped-def]
    scores,
    lengths,
    charts,
    stacks,
    heads,
    stride,
    single_root: tl.constexpr,
    num_spans: tl.constexpr,
    num_splits: tl.constexpr,
):
    # The offset of a sentence may need 64 bits, one within it does not.
    sentence = tl.program_id(0).to(tl.int64)
    num_nodes = tl.load(lengths + sentence).to(tl.int32) + 1
    scores += sentence * stride * stride
    heads += sentence * stride
    stack = stacks + sentence * stride
    # As in `kernels.eisner`, each chart by row [left, right], or transposed, [right, left].
    right = charts + sentence * 6 * stride * stride
    right_t = right + stride * stride
    left = right_t + stride * stride
    left_t = left + stride * stride
    arc_right = left_t + stride * stride
    arc_left_t = arc_right + stride * stride

    for start in range(0, num_nodes, num_spans):
        i = start + tl.arange(0, num_spans)
        zeros = tl.zeros([num_spans], tl.float64)
        for chart in tl.static_range(4):
            cells = right + chart * stride * stride + i * (stride + 1)
            tl.store(cells, zeros, mask=i < num_nodes)
    # What other threads of the program have stored is seen after a barrier.
    tl.debug_barrier()
    for width in range(1, num_nodes):
        for start in range(0, num_nodes - width, num_spans):
            i = start + tl.arange(0, num_spans)
            j = i + width
            is_span = j < num_nodes
            inner = tl.full([num_spans], float("-inf"), tl.float64)
            best_right = inner
            best_left = inner
            for first in range(0, width, num_splits):
                k = first + tl.arange(0, num_splits)
                # Shape: (num_spans, num_splits); the cells [i, i + k] and [j, i + k]
                from_i = (i * stride + i)[:, None] + k[None, :]
                from_j = (j * stride + i)[:, None] + k[None, :]
                splits = is_span[:, None] & (k < width)[None, :]
                inner = tl.maximum(inner, _best_sums(right + from_i, left_t + from_j + 1, splits))
                # The arcs of the span itself are not known yet.
                splits = splits & (k > 0)[None, :]
                sums = _best_sums(arc_right + from_i, right_t + from_j, splits)
                best_right = tl.maximum(best_right, sums)
                sums = _best_sums(left + from_i, arc_left_t + from_j, splits)
                best_left = tl.maximum(best_left, sums)
            rightward = inner + tl.load(scores + j * stride + i, mask=is_span)
            leftward = inner + tl.load(scores + i * stride + j, mask=is_span)
            best_right = tl.maximum(best_right, rightward)
            best_left = tl.maximum(best_left, leftward)
            tl.store(arc_right + i * stride + j, rightward, mask=is_span)
            tl.store(arc_left_t + j * stride + i, leftward, mask=is_span)
            tl.store(right + i * stride + j, best_right, mask=is_span)
            tl.store(right_t + j * stride + i, best_right, mask=is_span)
            tl.store(left + i * stride + j, best_left, mask=is_span)
            tl.store(left_t + j * stride + i, best_left, mask=is_span)
        tl.debug_barrier()

    # Back-pointers are found again where they are needed.
    size = 0
    if num_nodes > 1:
        last = num_nodes - 1
        if single_root:
            best = tl.full([], float("-inf"), tl.float64)
            root = 1
            for first in range(1, num_nodes, num_splits):
                r = first + tl.arange(0, num_splits)
                is_word = r < num_nodes
                sums = tl.load(left + stride + r, mask=is_word, other=float("-inf"))
                sums += tl.load(scores + r * stride, mask=is_word, other=0.0)
                sums += tl.load(right_t + last * stride + r, mask=is_word, other=0.0)
                value = tl.max(sums, 0)
                if value > best:
                    best = value
                    root = first + tl.argmax(sums, 0)
            size = _push(stack, size, _COMPLETE_LEFT, 1, root, stride)
            size = _push(stack, size, _COMPLETE_RIGHT, root, last, stride)
        else:
            size = _push(stack, size, _COMPLETE_RIGHT, 0, last, stride)
        tl.debug_barrier()
    while size > 0:
        size -= 1
        span = tl.load(stack + size)
        kind = span // (stride * stride)
        i = span // stride % stride
        j = span % stride
        is_right = kind == _COMPLETE_RIGHT
        is_left = kind == _COMPLETE_LEFT
        is_arc = (kind == _ARC_RIGHT) | (kind == _ARC_LEFT)
        before = tl.where(is_right, arc_right, tl.where(is_left, left, right))
        after = tl.where(is_right, right_t, tl.where(is_left, arc_left_t, left_t + 1))
        # A complete span has its own arc in the last split, or in the first.
        begin = i + is_right.to(tl.int32)
        end = j + is_right.to(tl.int32)
        best = tl.full([], float("-inf"), tl.float64)
        split = begin
        for first in range(begin, end, num_splits):
            r = first + tl.arange(0, num_splits)
            sums = tl.load(before + i * stride + r, mask=r < end, other=float("-inf"))
            sums += tl.load(after + j * stride + r, mask=r < end, other=0.0)
            value = tl.max(sums, 0)
            if value > best:
                best = value
                split = first + tl.argmax(sums, 0)
        is_right_arc = kind == _ARC_RIGHT
        modifier = tl.where(is_right_arc, j, i)
        head = tl.where(is_right_arc, i, j)
        tl.store(heads + modifier, head.to(tl.int64), mask=is_arc)
        # Before the place of the span is written over, every thread has to have read it.
        tl.debug_barrier()
        first_kind = tl.where(is_left, _COMPLETE_LEFT, _COMPLETE_RIGHT)
        first_kind = tl.where(is_right, _ARC_RIGHT, first_kind)
        second_kind = tl.where(is_right, _COMPLETE_RIGHT, _COMPLETE_LEFT)
        second_kind = tl.where(is_left, _ARC_LEFT, second_kind)
        size = _push(stack, size, first_kind, i, split, stride)
        size = _push(stack, size, second_kind, split + is_arc.to(tl.int32), j, stride)
        tl.debug_barrier()


@triton.jit
def _best_sums(before, after, splits):
    """The best sum of each span, -inf where it has no splits."""
    sums = tl.load(before, mask=splits, other=float("-inf"))
    sums += tl.load(after, mask=splits, other=0.0)
    return tl.max(sums, 1)


@triton.jit
def _push(stack, size, kind, i, j, stride):
    """The size of the stack with a span that has to be taken apart: one of more than a word."""
    tl.store(stack + size, (stride * kind + i) * stride + j)
    return size + (i < j).to(tl.int32)
