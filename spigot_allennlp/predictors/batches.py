from typing import List, Sequence


def similar_lengths(lengths: Sequence[int], max_nodes: int) -> List[List[int]]:
    """
    Batches of sentences of similar lengths, so that little is padding.

    # Parameters

    lengths : `Sequence[int]`
        The number of nodes of each sentence.
    max_nodes : `int`
        No batch has more nodes, padding included, unless it is a single sentence.

    # Returns

    `List[List[int]]`
        Every index of `lengths` once.
    """
    batches: List[List[int]] = []
    # Shortest first: the next sentence is the one that the others are padded to.
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if not batches or (len(batches[-1]) + 1) * lengths[index] > max_nodes:
            batches.append([])
        batches[-1].append(index)
    return batches
