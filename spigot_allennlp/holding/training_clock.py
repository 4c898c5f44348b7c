from typing import Any, List, Optional

import torch
from overrides import overrides
from torch import Tensor


class TrainingClock(torch.nn.Module):
    """
    How many epochs and batches a model was trained for: part of its state, so that what a clock
    governs goes on after `--recover` where it was.

    An epoch ends where metrics are reset in training, as AllenNLP's trainer does; a step is a batch
    in training, of whatever corpus.
    """

    def __init__(self) -> None:
        super().__init__()
        self.counts: Tensor
        self.register_buffer("counts", torch.zeros(2, dtype=torch.long))
        # So that nobody waits for a GPU; `None` when a state has been loaded.
        self._known: Optional[List[int]] = [0, 0]

    @property
    def epochs(self) -> int:
        """That are over."""
        return self._read()[0]

    @property
    def steps(self) -> int:
        """That are over."""
        return self._read()[1]

    def end_epoch(self) -> None:
        self._count(0)

    def end_step(self) -> None:
        self._count(1)

    def _read(self) -> List[int]:
        if self._known is None:
            self._known = self.counts.tolist()
        return self._known

    def _count(self, index: int) -> None:
        self._read()[index] += 1
        self.counts[index] += 1

    @overrides(check_signature=False)
    def _load_from_state_dict(self, *arguments: Any, **options: Any) -> None:
        super()._load_from_state_dict(*arguments, **options)
        self._known = None
