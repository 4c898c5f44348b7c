"""
`allennlp` in a process that is killed in the middle of an epoch.

`python -m tests.commands.killed EPOCH BATCHES train ...` gets no further than the loss of the next
batch after BATCHES of epoch EPOCH.
"""

import os
import signal
import sys

from allennlp.commands import main
from allennlp.training import GradientDescentTrainer

batch_outputs = GradientDescentTrainer.batch_outputs


def batch_outputs_or_death(trainer, batch, for_training):
    outputs = batch_outputs(trainer, batch, for_training)
    completed = (trainer._epochs_completed, trainer._batches_in_epoch_completed)
    if for_training and completed == tuple(map(int, LAST)):
        os.kill(os.getpid(), signal.SIGKILL)
    return outputs


if __name__ == "__main__":
    LAST, sys.argv[1:] = sys.argv[1:3], sys.argv[3:]
    GradientDescentTrainer.batch_outputs = batch_outputs_or_death
    main()
