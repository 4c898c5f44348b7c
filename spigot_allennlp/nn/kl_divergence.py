"""How far one distribution over structures is from another."""

from torch import Tensor

from spigot_allennlp.structures.structure import Structure


def kl_divergence(structure: Structure, first: Tensor, second: Tensor, mask: Tensor) -> Tensor:
    """
    `KL(p_first || p_second)` of the Gibbs distributions of two scores, `log Z(second) - log
    Z(first) + <m(first), first - second>` with `m` the marginals.

    # Parameters

    structure : `Structure`
        What both are distributions over.
    first, second : `FloatTensor`
        `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch, modifier, head]`.
    mask : `BoolTensor`
        `(batch_size, num_nodes)`.

    # Returns

    `FloatTensor`
        `(batch_size,)`; infinite where `second` forbids what `first` does not. Its gradient with
        respect to `second` is `m(second) - m(first)`; `first` gets none.
    """
    first = first.detach()
    expected = structure.marginals(first, mask)
    # Whatever is no part of a sentence may be any number, and what is forbidden is -inf.
    difference = (first - second).masked_fill(expected == 0, 0.0)
    log_partitions = structure.log_partition(second, mask) - structure.log_partition(first, mask)
    return log_partitions + (expected * difference).flatten(1).sum(dim=1)
