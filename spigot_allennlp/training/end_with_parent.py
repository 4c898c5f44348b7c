import multiprocessing
import signal

import torch.multiprocessing


def end_with_parent() -> None:
    """
    Lets a process of distributed training end if the one that started it is killed. Torch sees to
    that by SIGINT, which is ignored where a script has started the training in the background.
    """
    if multiprocessing.parent_process() is not None:
        torch.multiprocessing._prctl_pr_set_pdeathsig(signal.SIGTERM)  # type: ignore[attr-defined]
