import math
import random
from typing import Dict, Iterable, Iterator, List, Mapping, Optional, Union

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import lazy_groups_of
from allennlp.data import Instance
from allennlp.data.data_loaders.multitask_scheduler import MultiTaskScheduler
from overrides import overrides


@MultiTaskScheduler.register("proportional")
class ProportionalScheduler(MultiTaskScheduler):
    """
    Batches of one corpus each, in random order: the next one comes from a corpus with a probability
    proportional to the batches that it has left. Each instance comes once per epoch (Peng et al.
    2018, the authors' program), unless `fractions` says otherwise.

    Registered as a `MultiTaskScheduler` with name "proportional".

    # Parameters

    batch_size : `Union[int, Dict[str, int]]`
        One for all corpora, or one for each by name.
    buffer_size : `int`, optional (default = `50`)
        As many batches of a corpus are sorted by length before they are cut, so that there is
        little padding, and then shuffled. 1 keeps the order of the instances.
    fractions : `Dict[str, float]`, optional (default = `{}`)
        For a corpus, how many times its instances an epoch takes. Of less than 1 it is a share:
        others in each epoch with `shuffle`, the first ones without. A small corpus comes as often
        as a large one with the quotient of their sizes.
    shuffle : `bool`, optional (default = `True`)
        Whether each epoch begins with all instances of a corpus in a new random order. The loader's
        own `shuffle` is not enough: it picks from the next 1024 instances, so that a corpus that is
        sorted by label or genre stays so.
    """

    def __init__(
        self,
        batch_size: Union[int, Dict[str, int]],
        buffer_size: int = 50,
        fractions: Optional[Dict[str, float]] = None,
        shuffle: bool = True,
    ) -> None:
        super().__init__()
        for name, fraction in (fractions or {}).items():
            if not 0 < fraction < math.inf:
                raise ConfigurationError(
                    f"The fraction of a corpus must be positive but is {fraction} for '{name}'; "
                    "a corpus that is not wanted is left out of train_data_path."
                )
        self._batch_size = batch_size
        self._buffer_size = buffer_size
        self._fractions = fractions or {}
        self._shuffle = shuffle

    @overrides
    def batch_instances(
        self, epoch_instances: Dict[str, Iterable[Instance]]
    ) -> Iterator[List[Instance]]:
        unknown = sorted(self._fractions.keys() - epoch_instances.keys())
        if unknown:
            raise ConfigurationError(
                f"There are fractions for {unknown} but the corpora are {sorted(epoch_instances)}."
            )
        batches = {
            name: list(self._batches(name, self._chosen(name, instances)))
            for name, instances in epoch_instances.items()
        }
        order = [name for name, of_corpus in batches.items() for _ in of_corpus]
        random.shuffle(order)
        remaining = {name: iter(of_corpus) for name, of_corpus in batches.items()}
        for name in order:
            yield next(remaining[name])

    @overrides
    def count_batches(self, dataset_counts: Mapping[str, int]) -> int:
        return sum(
            -(-self._share_of(name, count) // self._size(name))
            for name, count in dataset_counts.items()
        )

    def _share_of(self, name: str, count: int) -> int:
        return math.ceil(self._fractions.get(name, 1.0) * count)

    def _chosen(self, name: str, instances: Iterable[Instance]) -> List[Instance]:
        corpus = list(instances)
        number = self._share_of(name, len(corpus))
        chosen: List[Instance] = []
        while len(chosen) < number:
            if self._shuffle:
                random.shuffle(corpus)
            chosen += corpus[: number - len(chosen)]
        return chosen

    def _size(self, name: str) -> int:
        if isinstance(self._batch_size, int):
            return self._batch_size
        if name not in self._batch_size:
            raise ConfigurationError(
                f"There is no batch_size for '{name}' but for {sorted(self._batch_size)}. Give one "
                "for each corpus, or a number for all."
            )
        return self._batch_size[name]

    def _batches(self, name: str, instances: Iterable[Instance]) -> Iterator[List[Instance]]:
        size = self._size(name)
        for buffer in lazy_groups_of(instances, size * self._buffer_size):
            if self._buffer_size > 1:
                buffer = sorted(buffer, key=lambda instance: len(instance["tokens"]))
            batches = [buffer[start : start + size] for start in range(0, len(buffer), size)]
            random.shuffle(batches)
            yield from batches
