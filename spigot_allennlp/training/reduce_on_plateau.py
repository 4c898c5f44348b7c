from typing import Any

from allennlp.training.learning_rate_schedulers import (
    LearningRateScheduler,
    ReduceOnPlateauLearningRateScheduler,
)
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau


@LearningRateScheduler.register("reduce_on_plateau", exist_ok=True)
class ReduceOnPlateau(ReduceOnPlateauLearningRateScheduler):
    """
    AllenNLP's scheduler of this name, which hands on to torch an option `verbose` that newer ones
    do not have. Here it is of no effect.

    Registered as a `LearningRateScheduler` with name "reduce_on_plateau", with the parameters of
    AllenNLP's.
    """

    def __init__(self, optimizer: Optimizer, verbose: bool = False, **kwargs: Any) -> None:
        # Not the constructor that hands it on.
        super(ReduceOnPlateauLearningRateScheduler, self).__init__(
            ReduceLROnPlateau(optimizer, **kwargs)
        )
