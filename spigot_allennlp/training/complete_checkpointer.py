import logging
import math
import os
from pathlib import Path
from typing import Any, List, Optional, Tuple
from zipfile import is_zipfile

import numpy
from allennlp.training import Checkpointer, GradientDescentTrainer, Trainer
from allennlp.training.trainer import TrainerCheckpoint
from overrides import overrides

logger = logging.getLogger(__name__)


@Checkpointer.register("complete")
class CompleteCheckpointer(Checkpointer):
    """
    Lets `allennlp train --recover` go on after a run was killed while it wrote a checkpoint: from
    the newest one that is complete. AllenNLP's takes the newest one, and ends in an error.

    Registered as a `Checkpointer` with name "complete", with the parameters of AllenNLP's.
    """

    @property
    @overrides
    def _is_primary(self) -> bool:
        """
        Of the processes of this machine, which have a folder of their own: AllenNLP's is that of
        all machines, so that the others would keep every checkpoint.
        """
        return self._rank % int(os.environ.get("ALLENNLP_PROCS_PER_NODE", self._rank + 1)) == 0

    @overrides
    def find_latest_checkpoint(self) -> Optional[Tuple[str, str]]:
        """The files of the model and of the training state, or `None` if there is no checkpoint."""
        checkpoint = self._newest_complete()
        if checkpoint is None:
            return None
        return self._model_state_path(*checkpoint), self._training_state_path(*checkpoint)

    def epochs_done(self) -> Optional[int]:
        """The epochs that were finished at that checkpoint, from which training goes on."""
        checkpoint = self._newest_complete()
        return None if checkpoint is None else checkpoint[0]

    def remove_incomplete_checkpoints(self) -> None:
        """Those of which a file is missing, or was being written when the run was killed."""
        for checkpoint in self._newest_first():
            if not self._is_complete(checkpoint):
                self._remove_checkpoint(*checkpoint)

    @overrides
    def maybe_save_checkpoint(
        self, trainer: Trainer, num_epochs_completed: int, num_batches_in_epoch_completed: int
    ) -> bool:
        """
        Whether a checkpoint was due and is saved. After the last batch of an epoch none is due if
        that of the epoch follows: with this one, a recovered epoch would have no training metrics.
        """
        if self._save_completed_epochs and _is_last_batch(trainer, num_batches_in_epoch_completed):
            return False
        return super().maybe_save_checkpoint(
            trainer, num_epochs_completed, num_batches_in_epoch_completed
        )

    @overrides
    def save_checkpoint(self, trainer: Trainer) -> None:
        # A file that is there is not written again.
        if self._is_primary:
            self.remove_incomplete_checkpoints()
        super().save_checkpoint(_WithPlainNumbers(trainer))

    def _newest_complete(self) -> Optional[Tuple[int, int]]:
        for checkpoint in self._newest_first():
            if self._is_complete(checkpoint):
                return checkpoint
            logger.warning(
                "The checkpoint %s is not complete, as the run was ended while it was written. "
                "The one before is taken, if there is one.",
                self._model_state_path(*checkpoint),
            )
        return None

    def _newest_first(self) -> List[Tuple[int, int]]:
        # AllenNLP's `_find_all_checkpoints` passes over what has lost its model.
        paths = Path(self._serialization_dir).glob("*_state_e*_b*.th")
        found = {
            self._parse_model_state_path(path) or self._parse_training_state_path(path)
            for path in paths
        }
        return sorted((checkpoint for checkpoint in found if checkpoint), reverse=True)

    def _is_complete(self, checkpoint: Tuple[int, int]) -> bool:
        # The table of contents, by which `is_zipfile` goes, is what is written last.
        paths = self._model_state_path(*checkpoint), self._training_state_path(*checkpoint)
        return all(map(is_zipfile, paths))


class _WithPlainNumbers(Trainer):
    """
    The state of a trainer without numbers of numpy, as AllenNLP's scheduler `cosine` has them: from
    2.6 on torch does not load them without being told to.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    @overrides
    def get_checkpoint_state(self) -> Optional[TrainerCheckpoint]:
        state = self._trainer.get_checkpoint_state()
        if state is None:
            return None
        return TrainerCheckpoint(state.model_state, _with_plain_numbers(state.trainer_state))


def _with_plain_numbers(value: Any) -> Any:
    if isinstance(value, numpy.generic):
        return value.item()
    # Not subclasses, which may have more to them.
    if type(value) is dict:
        return {key: _with_plain_numbers(each) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_with_plain_numbers, value))
    return value


def _is_last_batch(trainer: Trainer, num_batches_completed: int) -> bool:
    if not isinstance(trainer, GradientDescentTrainer):
        return False
    try:
        num_batches = len(trainer.data_loader)
    except TypeError:
        # Of a loader that does not know it before it comes to the end.
        return False
    return num_batches_completed == math.ceil(
        num_batches / trainer._num_gradient_accumulation_steps
    )
