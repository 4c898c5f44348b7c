"""Random trees, exactly in proportion to the exponential of their scores, on the CPU."""

import torch
from torch import Tensor

from spigot_allennlp.nn.host import from_numpy, to_numpy
from spigot_allennlp.nn.uniforms import Draw


def sample_projective(scores: Tensor, lengths: Tensor, single_root: bool, draw: Draw) -> Tensor:
    """
    Independent projective trees of each sentence, top-down through the inside chart, which takes
    cubic time once for a sentence and quadratic time for each tree.

    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, finite on the arcs
        of each sentence, whatever elsewhere. Computed with in `float64`.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    single_root : `bool`
        Whether ROOT has exactly one child.
    draw : `Draw`
        Gives the random numbers: see `uniforms.uniforms`.

    # Returns

    `LongTensor`
        The heads `(num_samples, batch_size, num_nodes)`; 0 for ROOT and padding.
    """
    from spigot_allennlp.nn.kernels.projective_sampling import sample_heads

    arrays = to_numpy(scores.double(), lengths, draw(2 * scores.size(1)))
    return from_numpy(sample_heads(*arrays, single_root), scores.device)


def sample_nonprojective(scores: Tensor, lengths: Tensor, single_root: bool, draw: Draw) -> Tensor:
    """
    Independent non-projective trees of each sentence. See `sample_projective` and
    `kernels.nonprojective_sampling`.
    """
    from spigot_allennlp.nn.kernels.nonprojective_sampling import sample_heads

    # How many numbers a tree takes is itself random, around three for each word.
    count = 4 * scores.size(1)
    numbers = draw(count)
    while True:
        arrays = to_numpy(scores.double(), lengths, numbers)
        heads, is_enough = sample_heads(*arrays, single_root)
        if is_enough:
            return from_numpy(heads, scores.device)
        numbers = torch.cat([numbers, draw(count)], dim=2)
