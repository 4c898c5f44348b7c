import logging
from typing import List, Optional, Tuple
from zipfile import is_zipfile

from allennlp.training import Checkpointer, Trainer
from overrides import overrides

logger = logging.getLogger(__name__)


@Checkpointer.register("complete")
class CompleteCheckpointer(Checkpointer):
    """
    Lets `allennlp train --recover` go on after a run was killed while it wrote a checkpoint: from
    the newest one that is complete. AllenNLP's takes the newest one, and ends in an error.

    Registered as a `Checkpointer` with name "complete", with the parameters of AllenNLP's.
    """

    @overrides
    def find_latest_checkpoint(self) -> Optional[Tuple[str, str]]:
        """The files of the model and of the training state, or `None` if there is no checkpoint."""
        for checkpoint in self._newest_first():
            if self._is_complete(checkpoint):
                return self._model_state_path(*checkpoint), self._training_state_path(*checkpoint)
            logger.warning(
                "The checkpoint %s is not complete, as the run was ended while it was written. "
                "The one before is taken, if there is one.",
                self._model_state_path(*checkpoint),
            )
        return None

    @overrides
    def save_checkpoint(self, trainer: Trainer) -> None:
        # A file that is there is not written again.
        if self._is_primary:
            for checkpoint in self._newest_first():
                if not self._is_complete(checkpoint):
                    self._remove_checkpoint(*checkpoint)
        super().save_checkpoint(trainer)

    def _newest_first(self) -> List[Tuple[int, int]]:
        return sorted(self._find_all_checkpoints(), reverse=True)

    def _is_complete(self, checkpoint: Tuple[int, int]) -> bool:
        # The table of contents, by which `is_zipfile` goes, is what is written last.
        paths = self._model_state_path(*checkpoint), self._training_state_path(*checkpoint)
        return all(map(is_zipfile, paths))
