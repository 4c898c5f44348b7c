"""Which of several ways to compute the same is the fastest on a GPU: that is measured on it."""

import logging
import time
from typing import Callable, Dict, Hashable

import torch
from torch import Tensor

from spigot_allennlp.nn.host import wait_for

logger = logging.getLogger(__name__)

# From scores, lengths and whether ROOT has exactly one child.
Way = Callable[[Tensor, Tensor, bool], Tensor]

_NUM_TRIALS = 3
_choices: Dict[Hashable, str] = {}


def fastest(
    name: str, ways: Dict[str, Way], scores: Tensor, lengths: Tensor, single_root: bool
) -> str:
    """
    The key in `ways` of the fastest one for batches of about this size.

    On which way it falls depends on the GPU, on the processor and on the bus between them, so that
    no table could say. Each is tried when a size first comes (batches up to the next power of two,
    sentences in steps of 16 nodes), which takes some milliseconds, and a second where something has
    to be compiled. The choice is logged and kept.

    # Parameters

    name : `str`
        What is computed, for the log.
    ways : `Dict[str, Way]`
        The first is the one whose result the others must give: one that fails or that gives another
        result is not chosen, and a warning says so. In torch's inference mode it is the first.
    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`. The trials are with
        random scores of this shape, which are finite and have no ties.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    single_root : `bool`
    """
    # Some ways differentiate, which they cannot do there.
    if torch.is_inference_mode_enabled():
        return next(iter(ways))
    size = (scores.size(0) - 1).bit_length(), (scores.size(1) - 1) // 16
    key = (name, scores.device, scores.dtype, single_root, size)
    if key not in _choices:
        generator = torch.Generator(scores.device).manual_seed(0)
        trial = torch.empty_like(scores, requires_grad=False).normal_(generator=generator)
        _choices[key] = _measured(name, ways, trial, lengths, single_root)
    return _choices[key]


def _measured(
    name: str, ways: Dict[str, Way], scores: Tensor, lengths: Tensor, single_root: bool
) -> str:
    reference, *others = ways
    expected = ways[reference](scores, lengths, single_root)
    right = [reference]
    for way in others:
        try:
            result = ways[way](scores, lengths, single_root)
        # Whatever a compiler or a full memory raises, there is another way.
        except Exception as error:
            logger.warning("%s cannot be had %s on %s: %r", name, way, scores.device, error)
            continue
        if torch.allclose(result, expected, rtol=1e-5, atol=1e-6):
            right.append(way)
        else:
            logger.warning("%s %s differ from those %s and are not used", name, way, reference)
    seconds = {way: _seconds(ways[way], scores, lengths, single_root) for way in right}
    times = ", ".join(f"{way} {1000 * seconds[way]:.2f} ms" for way in right)
    logger.info("%s of %d sentences, %d nodes: %s", name, *scores.shape[:2], times)
    return min(right, key=lambda way: seconds[way])


def _seconds(way: Way, scores: Tensor, lengths: Tensor, single_root: bool) -> float:
    """The shortest time from the call until the result is there."""
    durations = []
    for _ in range(_NUM_TRIALS):
        wait_for(scores.device)
        start = time.perf_counter()
        way(scores, lengths, single_root)
        wait_for(scores.device)
        durations.append(time.perf_counter() - start)
    return min(durations)
