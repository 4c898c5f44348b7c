import json
import os
import random
from functools import partial
from typing import Any, Dict, Iterator, List, Optional

import numpy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import is_distributed
from allennlp.data import DataLoader, Instance, TensorDict, Vocabulary
from allennlp.models import Model
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback
from allennlp.training.moving_average import MovingAverage
from overrides import overrides


@TrainerCallback.register("exact_recovery")
class ExactRecovery(TrainerCallback):
    """
    Lets `allennlp train --recover` end like a run that was never interrupted.

    AllenNLP's checkpoints hold the model, the optimizer, the schedulers and the best epoch, but not
    the states of the random generators, so that shuffling and dropout would go on with other random
    numbers. Here all generators are seeded for each batch by the seed of torch (`pytorch_seed`),
    the process, the epoch and the number of the batch, and nothing else. The loss scale of mixed
    precision goes into the checkpoint, too. Parameters that a batch does not train, as with corpora
    in alternation, have no gradient. (Torch before 2 gives them a zero, by which Adam moves them
    on, but not in the first batch after an interruption.)

    What AllenNLP does after it has written the checkpoint of an epoch, and would not do again, is
    made up for: it copies the weights of a new best epoch to `best.th`, stops where `patience` is
    at its end, and reports the metrics of the last epoch.

    In distributed training the checkpoints of several machines must be of the same place, or none
    of them begins: each would go on with weights of its own.

    The same results need the same machine and deterministic kernels, which those of CUDA are not
    throughout, and a data loader with at most one worker. With checkpoints within an epoch
    (`save_every_num_batches`) weights and validation are exact, but the training metrics of the
    interrupted epoch are those of the batches after the checkpoint.

    Registered as a `TrainerCallback` with name "exact_recovery".
    """

    def __init__(self, serialization_dir: str) -> None:
        super().__init__(serialization_dir)
        self._best_weights = os.path.join(serialization_dir, "best.th")
        self._recovered: Dict[str, Any] = {}

    @overrides
    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        if is_distributed():
            check_same_place(
                trainer._start_after_epochs_completed,
                trainer._start_after_batches_in_epoch_completed,
            )
        trainer.data_loader = SeededDataLoader(trainer.data_loader, torch.initial_seed())
        optimizer = trainer.optimizer
        optimizer.zero_grad = partial(optimizer.zero_grad, set_to_none=True)
        if trainer._scaler is not None and "loss_scale" in self._recovered:
            trainer._scaler.load_state_dict(self._recovered["loss_scale"])
        if trainer._moving_average is not None:
            _average_the_parameters_of(trainer.model, trainer._moving_average)
        if self._recovered.get("is_best") and is_primary:
            _save_averaged_weights(trainer, self._best_weights)
        if os.path.exists(self._best_weights):
            # A checkpoint is older than the copy that is made of the best one.
            trainer._best_model_filename = self._best_weights
        if trainer._metric_tracker.should_stop_early():
            trainer._num_epochs = trainer._start_after_epochs_completed

    @overrides
    def on_end(
        self,
        trainer: GradientDescentTrainer,
        metrics: Optional[Dict[str, Any]] = None,
        epoch: Optional[int] = None,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        trainer.data_loader = trainer.data_loader.loader
        last = os.path.join(self.serialization_dir, f"metrics_epoch_{epoch}.json")
        # There was no epoch left to train, but for the metrics' and the archive's sake.
        if metrics is not None and "epoch" not in metrics and os.path.exists(last):
            with open(last, encoding="utf-8") as file:
                metrics.update(json.load(file))

    @overrides
    def state_dict(self) -> Dict[str, Any]:
        """
        `is_best`: whether the weights are about to become the best ones. With mixed precision also
        `loss_scale`.
        """
        trainer = self.trainer
        if trainer is None:
            return {}
        is_best = (
            trainer._batches_in_epoch_completed == 0
            and trainer._should_validate_this_epoch
            and trainer._metric_tracker.is_best_so_far()
            # Those that are in parts are gathered when training ends.
            and not trainer._checkpointer.state_is_sharded
        )
        state: Dict[str, Any] = {"is_best": is_best}
        if trainer._scaler is not None:
            state["loss_scale"] = trainer._scaler.state_dict()
        return state

    @overrides
    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._recovered = state_dict


def check_same_place(epochs: int, batches: int) -> None:
    """
    Raises `ConfigurationError` in all processes of distributed training, unless all of them have
    completed as many epochs, and batches of the next one.
    """
    places: List[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(places, (epochs, batches))
    if len(set(places)) > 1:
        found = ", ".join(
            f"process {rank} after {epochs} epochs" + (f" and {batches} batches" if batches else "")
            for rank, (epochs, batches) in enumerate(places)
        )
        raise ConfigurationError(
            f"the machines have checkpoints of different places: {found}. Remove the newer ones "
            "(model_state_e*.th and training_state_e*.th) of the others, or copy the folder of one "
            "machine to all of them; then --recover goes on."
        )


def _average_the_parameters_of(model: Model, average: MovingAverage) -> None:
    """Once AllenNLP has loaded its state, an average is that of copies on the CPU."""
    parameters = dict(model.named_parameters())
    average._parameters = [(name, parameters[name]) for name, _ in average._parameters]
    for name, parameter in average._parameters:
        average._shadows[name] = average._shadows[name].to(parameter.device)


def _save_averaged_weights(trainer: GradientDescentTrainer, path: str) -> None:
    """As the trainer saves the best ones, but whole or not at all."""
    draft = f"{path}.draft"
    average = trainer._moving_average
    if average is not None:
        average.assign_average_value()
    try:
        trainer._save_model_state(draft)
    finally:
        if average is not None:
            average.restore()
    os.replace(draft, path)


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
    if torch.cuda.is_available():
        torch.manual_seed(for_torch)
    else:
        # Without a GPU that function notes down the stack of its caller each time, for devices that
        # are not there: more than a tenth of the time of training on single sentences.
        torch.default_generator.manual_seed(for_torch)
