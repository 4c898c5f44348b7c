"""What a reader reads for, which decides what it leaves out."""

import os
from enum import Enum
from typing import Optional

from allennlp.models.archival import get_weights_path


class Purpose(Enum):
    """
    Training leaves out and changes what the reader's options say, and refuses long sentences.
    Evaluation leaves out only what cannot be scored. Prediction leaves out nothing: an annotation
    that is not sound is not read, and one that is not there is not missed.
    """

    TRAINING = "training"
    EVALUATION = "evaluation"
    PREDICTION = "prediction"


def given_purpose(serialization_dir: Optional[str], local_rank: Optional[int]) -> Purpose:
    """
    What AllenNLP makes a reader for: training, or evaluation if it is that of a trained model.

    # Parameters

    serialization_dir : `Optional[str]`
        The folder of the run, or that of the archive.
    local_rank : `Optional[int]`
        Only `allennlp train` gives it: with `--recover` its folder has weights as well.
    """
    if local_rank is None and serialization_dir is not None:
        if os.path.exists(get_weights_path(serialization_dir)):
            return Purpose.EVALUATION
    return Purpose.TRAINING
