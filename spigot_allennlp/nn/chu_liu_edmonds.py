"""The best non-projective tree."""

from torch import Tensor

from spigot_allennlp.nn.host import from_numpy, to_numpy


def chu_liu_edmonds_argmax(scores: Tensor, lengths: Tensor, single_root: bool) -> Tensor:
    """
    The heads of the best tree of each sentence, computed on the CPU wherever the scores are.

    Quadratic in the words of a sentence (Chu and Liu 1965; Edmonds 1967; Tarjan 1977).

    # Parameters

    scores : `FloatTensor`
        `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, finite on the arcs
        of each sentence, whatever elsewhere.
    lengths : `LongTensor`
        `(batch_size,)`: words per sentence, without ROOT.
    single_root : `bool`
        Whether ROOT has exactly one child.

    # Returns

    `LongTensor`
        `(batch_size, num_nodes)`; 0 for ROOT and padding. A tree for any scores, and the same one
        of several best ones each time.
    """
    from spigot_allennlp.nn.kernels.chu_liu_edmonds import chu_liu_edmonds_heads

    arrays = to_numpy(scores, lengths)
    return from_numpy(chu_liu_edmonds_heads(*arrays, single_root), scores.device)
