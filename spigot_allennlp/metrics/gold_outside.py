import logging

from torch import Tensor

from spigot_allennlp.metrics.mean_per_sentence import MeanPerSentence
from spigot_allennlp.structures import Structure

logger = logging.getLogger(__name__)

_LARGE_SHARE = 0.05
"""Of gold trees that train no arc: from here on each epoch says it, as a warning."""


class GoldOutside:
    """
    The share of gold trees that a structure cannot hold and that therefore train no arc, and why.

    # Parameters

    structure : `Structure`
    """

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._outside = MeanPerSentence()
        self._exceeded = [MeanPerSentence() for _ in structure.limits]
        self._has_told = False

    def __call__(self, inside: Tensor, gold: Tensor, mask: Tensor, is_training: bool) -> None:
        """
        # Parameters

        inside : `BoolTensor`
            `(batch_size,)`: whether the structure holds gold.
        gold : `FloatTensor`
            `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`: 0 and 1.
        mask : `BoolTensor`
            `(batch_size, num_nodes)`.
        is_training : `bool`
        """
        self._outside(~inside)
        if is_training:
            exceeded = self._structure.exceeds(gold, mask).unbind(1)
            for share, exceeds in zip(self._exceeded, exceeded):
                share(exceeds)

    def get_metric(self, reset: bool, is_training: bool) -> float:
        """The share; at the end of an epoch of training it is logged, a large one each time."""
        outside = self._outside.get_metric(reset)
        if reset and is_training:
            self._tell(outside)
        return outside

    def _tell(self, outside: float) -> None:
        shares = [share.get_metric(reset=True) for share in self._exceeded]
        is_large = outside > _LARGE_SHARE
        if outside == 0 or (self._has_told and not is_large):
            return
        self._has_told = True
        reasons = [
            f" {share:.1%} have {limit}."
            for share, limit in zip(shares, self._structure.limits)
            if share > 0
        ]
        logger.log(
            logging.WARNING if is_large else logging.INFO,
            "%.1f%% of the gold trees of this epoch trained no arc, since %s cannot hold them.%s",
            100 * outside,
            type(self._structure).__name__,
            "".join(reasons),
        )
