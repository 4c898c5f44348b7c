import socket

import torch.multiprocessing as mp
from allennlp.common.testing.distributed_test import init_process


def run_in_two_processes(func, *args):
    """
    AllenNLP's `run_distributed_test` on a free port: with a fixed one, tests that run side by side
    disturb one another.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.start_processes(
        init_process,
        args=(2, [-1, -1], func, args, None, "127.0.0.1", port),
        nprocs=2,
        start_method="fork",
    )
