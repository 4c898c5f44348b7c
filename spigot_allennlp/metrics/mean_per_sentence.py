from typing import Optional

import torch
from allennlp.nn.util import dist_reduce_sum
from allennlp.training.metrics import Metric
from overrides import overrides

from bilexical.scoring.matches import ratio


@Metric.register("mean_per_sentence")
class MeanPerSentence(Metric):
    """
    The mean over sentences of some quantity, for instance of a gradient's norm.

    It may be called during the backward pass. There, communication of ours would run against that
    of the wrapper which averages the gradients, so that processes exchange their sums in
    `get_metric`, which AllenNLP's trainer calls in every process alike.

    Registered as a `Metric` with name "mean_per_sentence".
    """

    supports_distributed = True

    def __init__(self) -> None:
        self._sums: Optional[torch.Tensor] = None

    @overrides(check_signature=False)
    def __call__(self, values: torch.Tensor, mask: Optional[torch.Tensor] = None) -> None:
        """
        # Parameters

        values : `torch.Tensor`
            Of shape (batch_size,) and any dtype, a value for each sentence; booleans give a share.
        mask : `torch.BoolTensor`, optional (default = `None`)
            Of the same shape: the sentences that count.
        """
        values = values.detach().to(torch.float64)
        if mask is None:
            mask = torch.ones_like(values, dtype=torch.bool)
        sums = torch.stack([values.masked_fill(~mask, 0.0).sum(), mask.to(torch.float64).sum()])
        self._sums = sums if self._sums is None else self._sums.to(sums.device) + sums

    def has_values(self) -> bool:
        """
        Whether any sentence has been counted since the last reset. In distributed training that is
        any sentence of any process, and all processes have to call this.
        """
        count = 0.0 if self._sums is None else self._sums[1].item()
        return dist_reduce_sum(count) > 0

    @overrides(check_signature=False)
    def get_metric(self, reset: bool = False) -> float:
        """
        # Returns

        `float`
            The mean since the last reset; 0.0 when there were no sentences.
        """
        sums = torch.zeros(2, dtype=torch.float64) if self._sums is None else self._sums
        mean = ratio(*dist_reduce_sum(sums).tolist())
        if reset:
            self.reset()
        return mean

    @overrides
    def reset(self) -> None:
        self._sums = None
