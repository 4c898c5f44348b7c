import multiprocessing
import os
import signal
import time

import pytest

from spigot_allennlp.training.end_with_parent import end_with_parent


def wait(pipe):
    end_with_parent()
    pipe.send(os.getpid())
    time.sleep(60)


def start_another(pipe):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    multiprocessing.get_context("fork").Process(target=wait, args=(pipe,)).start()
    time.sleep(60)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs Linux")
def test_a_process_ends_when_the_one_that_started_it_is_killed_although_sigint_is_ignored():
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    parent = context.Process(target=start_another, args=(there,))
    parent.start()
    assert here.poll(30)
    child = here.recv()
    assert is_running(child)
    parent.kill()
    parent.join()
    until = time.monotonic() + 30
    while is_running(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(child)
