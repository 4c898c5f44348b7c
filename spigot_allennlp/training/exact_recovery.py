import os
import random
from functools import partial
from typing import Any, Dict, Iterator

import numpy
import torch
from allennlp.common.util import is_distributed
from allennlp.data import DataLoader, Instance, TensorDict, Vocabulary
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback
from overrides import overrides


@TrainerCallback.register("exact_recovery")
class ExactRecovery(TrainerCallback):
    """
    Lets `allennlp train --recover` end like a run that was never interrupted.

    AllenNLP's checkpoints hold the model, the optimizer, the schedulers and the best epoch, but not
    the states of the random generators, so that shuffling and dropout would go on with other random
    numbers. Here all generators are seeded for each batch by the seed of torch (`pytorch_seed`),
    the process, the epoch and the number of the batch, and nothing else. The loss scale of mixed
    precision goes into the checkpoint, too, and the best weights of a run whose best epoch was its
    last are found again. Parameters that a batch does not train, as with corpora in alternation,
    have no gradient. (Torch before 2 gives them a zero, by which Adam moves them on, but not in the
    first batch after an interruption.)

    The same results need the same machine and deterministic kernels, which those of CUDA are not
    throughout, and a data loader with at most one worker. With checkpoints within an epoch
    (`save_every_num_batches`) weights and validation are exact, but the training metrics of the
    interrupted epoch are those of the batches after the checkpoint.

    Registered as a `TrainerCallback` with name "exact_recovery".
    """

    def __init__(self, serialization_dir: str) -> None:
        super().__init__(serialization_dir)
        self._loss_scale: Dict[str, Any] = {}

    @overrides
    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        trainer.data_loader = SeededDataLoader(trainer.data_loader, torch.initial_seed())
        optimizer = trainer.optimizer
        optimizer.zero_grad = partial(optimizer.zero_grad, set_to_none=True)
        if trainer._scaler is not None and self._loss_scale:
            trainer._scaler.load_state_dict(self._loss_scale)
        best_weights = os.path.join(self.serialization_dir, "best.th")
        if os.path.exists(best_weights):
            # A checkpoint is older than the copy that is made of the best one.
            trainer._best_model_filename = best_weights

    @overrides
    def on_end(self, trainer: GradientDescentTrainer, *args: Any, **kwargs: Any) -> None:
        trainer.data_loader = trainer.data_loader.loader

    @overrides
    def state_dict(self) -> Dict[str, Any]:
        scaler = None if self.trainer is None else self.trainer._scaler
        return {} if scaler is None else {"loss_scale": scaler.state_dict()}

    @overrides
    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._loss_scale = state_dict.get("loss_scale", {})


class SeededDataLoader(DataLoader):
    """
    The batches of `loader`. The random generators of Python, NumPy and torch are seeded before a
    batch is made, and again when it has been.

    # Parameters

    loader : `DataLoader`
    seed : `int`
        Not negative. Processes of distributed training share it and draw different numbers.
    """

    def __init__(self, loader: DataLoader, seed: int) -> None:
        self.loader = loader
        rank = torch.distributed.get_rank() if is_distributed() else 0
        self._seed = (seed, rank)
        self._num_epochs = 0

    @overrides
    def __iter__(self) -> Iterator[TensorDict]:
        key = (*self._seed, self._num_epochs)
        self._num_epochs += 1
        seed_generators(*key, 0)
        for number, batch in enumerate(self.loader):
            seed_generators(*key, 2 * number + 1)
            yield batch
            seed_generators(*key, 2 * number + 2)

    @overrides
    def __len__(self) -> int:
        return len(self.loader)

    @overrides
    def iter_instances(self) -> Iterator[Instance]:
        return self.loader.iter_instances()

    @overrides
    def index_with(self, vocab: Vocabulary) -> None:
        self.loader.index_with(vocab)

    @overrides
    def set_target_device(self, device: torch.device) -> None:
        self.loader.set_target_device(device)


def seed_generators(*key: int) -> None:
    """Seeds the generators of Python, NumPy and torch, each with a hash of the numbers `key`."""
    for_python, for_numpy, for_torch = numpy.random.SeedSequence(key).generate_state(3).tolist()
    random.seed(for_python)
    numpy.random.seed(for_numpy)
    torch.manual_seed(for_torch)
