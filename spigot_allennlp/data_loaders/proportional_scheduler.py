import random
from typing import Dict, Iterable, Iterator, List, Mapping, Union

from allennlp.common.util import lazy_groups_of
from allennlp.data import Instance
from allennlp.data.data_loaders.multitask_scheduler import MultiTaskScheduler
from overrides import overrides


@MultiTaskScheduler.register("proportional")
class ProportionalScheduler(MultiTaskScheduler):
    """
    Batches of one corpus each, in random order: the next one comes from a corpus with a probability
    proportional to the batches that it has left. Each instance comes once per epoch (Peng et al.
    2018, the authors' program).

    Registered as a `MultiTaskScheduler` with name "proportional".

    # Parameters

    batch_size : `Union[int, Dict[str, int]]`
        One for all corpora, or one for each by name.
    buffer_size : `int`, optional (default = `50`)
        As many batches of a corpus are sorted by length before they are cut, so that there is
        little padding, and then shuffled. 1 keeps the order of the instances.
    """

    def __init__(self, batch_size: Union[int, Dict[str, int]], buffer_size: int = 50) -> None:
        super().__init__()
        self._batch_size = batch_size
        self._buffer_size = buffer_size

    @overrides
    def batch_instances(
        self, epoch_instances: Dict[str, Iterable[Instance]]
    ) -> Iterator[List[Instance]]:
        batches = {
            name: list(self._batches(name, instances))
            for name, instances in epoch_instances.items()
        }
        order = [name for name, of_corpus in batches.items() for _ in of_corpus]
        random.shuffle(order)
        for name in order:
            yield batches[name].pop()

    @overrides
    def count_batches(self, dataset_counts: Mapping[str, int]) -> int:
        return sum(-(-count // self._size(name)) for name, count in dataset_counts.items())

    def _size(self, name: str) -> int:
        return self._batch_size if isinstance(self._batch_size, int) else self._batch_size[name]

    def _batches(self, name: str, instances: Iterable[Instance]) -> Iterator[List[Instance]]:
        size = self._size(name)
        for buffer in lazy_groups_of(instances, size * self._buffer_size):
            if self._buffer_size > 1:
                buffer = sorted(buffer, key=lambda instance: len(instance["tokens"]))
            batches = [buffer[start : start + size] for start in range(0, len(buffer), size)]
            random.shuffle(batches)
            yield from batches
