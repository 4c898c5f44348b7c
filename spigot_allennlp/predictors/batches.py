from collections import defaultdict
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, Optional, Sequence

from allennlp.data import Instance

GROUP_NODES = 8192
"""Of the sentences that are put into batches with one another, padding not included."""


def num_nodes(instance: Instance) -> int:
    """The number of words of a sentence and ROOT."""
    tokens: Any = instance.fields["tokens"]
    return tokens.sequence_length()


def groups_of(
    instances: Iterable[Instance], max_sentences: Optional[int] = None
) -> Iterator[List[Instance]]:
    """
    The sentences in groups of `GROUP_NODES` nodes or `max_sentences`, whichever comes first. An
    error of the iterable is raised after a group of what came before it.
    """
    group: List[Instance] = []
    total = 0
    try:
        for instance in instances:
            group.append(instance)
            total += num_nodes(instance)
            if total >= GROUP_NODES or len(group) == max_sentences:
                yield group
                group, total = [], 0
    except Exception:
        if group:
            yield group
        raise
    if group:
        yield group


def batches_of(instances: Sequence[Instance], max_nodes: int) -> Iterator[List[int]]:
    """
    The positions of the sentences to run together: those with the same fields, as `similar_lengths`
    puts them together. Sentences without words are in no batch.
    """
    by_fields: Dict[FrozenSet[str], List[int]] = defaultdict(list)
    for index, instance in enumerate(instances):
        if num_nodes(instance) > 1:
            by_fields[frozenset(instance.fields)].append(index)
    for indices in by_fields.values():
        lengths = [num_nodes(instances[index]) for index in indices]
        for batch in similar_lengths(lengths, max_nodes):
            yield [indices[position] for position in batch]


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
