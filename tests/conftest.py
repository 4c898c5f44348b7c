"""What all tests share: deterministic runs, and the reasons to leave a test out."""

import os
import sys
from pathlib import Path

# Before torch is imported: the tests run side by side, and small tensors gain nothing from threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import random

import hypothesis
import numpy
import pytest
import torch

from tests.evaluation import evaluate_less

# Trainings, measurements, fuzzers and processes of their own: what `make quick` leaves out beside
# tests that are marked as slow themselves.
SLOW = (
    "benchmarks_test.py",
    "commands/",
    "core_test.py",
    "dataset_readers/fuzz_test.py",
    "dataset_readers/lengths_test.py",
    "documentation_commands_test.py",
    "examples_test.py",
    "holding/",
    "memory_test.py",
    "models/",
    "predictors/fuzz_test.py",
    "toy_corpus/sentiment_corpus_test.py",
    "training/hub_test.py",
    "training/next_steps_test.py",
    "training_configs_test.py",
)
# The files that take longest, which come first: else one process would be busy with the last of
# them when the others have nothing left.
LONG = (
    "documentation_commands_test.py",
    "commands/process_test.py",
    "commands/recover_test.py",
    "models/models_test.py",
    "training_configs_test.py",
    "benchmarks_test.py",
    "commands/spacy_component_test.py",
    "commands/parse_workers_test.py",
    "commands/threads_test.py",
    "core_test.py",
    "toy_corpus/listops_corpus_test.py",
    "commands/compare_test.py",
)
TESTS = Path(__file__).parent
REAL_DATA = TESTS.parent / "data" / "wescience_dm"

KERNELS = [
    "spigot_allennlp.nn.kernels",
    *(
        f"spigot_allennlp.nn.kernels.{path.stem}"
        for path in (TESTS.parent / "spigot_allennlp" / "nn" / "kernels").glob("*.py")
    ),
]

torch.set_num_threads(1)
if not torch.cuda.is_available():
    # It keeps a traceback of each call, for the devices that there might be: that takes
    # milliseconds, and some tests call it hundreds of times.
    torch.manual_seed = torch.default_generator.manual_seed

hypothesis.settings.register_profile(
    "deterministic", derandomize=True, deadline=None, database=None, print_blob=False
)
hypothesis.settings.load_profile("deterministic")


@pytest.fixture(autouse=True)
def _seeds():
    """Whichever tests ran before in the same process."""
    random.seed(1)
    numpy.random.seed(1)
    torch.manual_seed(1)


@pytest.fixture
def without_numba(monkeypatch):
    """Calls a function in a process that looks as if numba were not installed."""
    from spigot_allennlp.nn import backend

    def call(function):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "numba", None)
            for name in KERNELS:
                patch.delitem(sys.modules, name, raising=False)
            backend._has_numba.cache_clear()
            try:
                return function()
            finally:
                backend._has_numba.cache_clear()

    return call


@pytest.fixture
def use_threads(monkeypatch):
    """The function of this name, whose threads end with the test."""
    from spigot_allennlp.nn import concurrency

    before = torch.get_num_threads()
    monkeypatch.setattr(concurrency, "_num_threads", 1)
    yield concurrency.use_threads
    torch.set_num_threads(before)


@pytest.fixture
def say_has_bfloat16(monkeypatch):
    """
    Lets the processor have bfloat16, or not. Where it has none, torch computes in it nevertheless,
    without oneDNN and slowly.
    """
    from spigot_allennlp.nn import bfloat16

    def say(answer):
        if answer and not hasattr(torch.cpu, "_is_avx512_bf16_supported"):
            pytest.skip("this torch cannot tell, so that bfloat16 is never computed in")
        monkeypatch.setattr(bfloat16, "has_bfloat16", lambda: answer)

    return say


def pytest_configure(config):
    # xdist begins with the files of many tests, unless it is told not to.
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(name_of(item)) if name_of(item) in LONG else len(LONG))
    without_data = pytest.mark.skip(reason="data/wescience_dm is not here")
    without_gpu = pytest.mark.skip(reason="no CUDA device")
    for item in items:
        if name_of(item).startswith(SLOW):
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("real_data") and not REAL_DATA.is_dir():
            item.add_marker(without_data)
        if item.get_closest_marker("gpu") and not torch.cuda.is_available():
            item.add_marker(without_gpu)


def name_of(item):
    """That of its file in this folder."""
    return item.path.relative_to(TESTS).as_posix()


def pytest_collection_finish():
    params = sys.modules.get("allennlp.common.params")
    if params is not None:
        evaluate_less(params)


@pytest.fixture
def noise_of_places(monkeypatch):
    """Noise that a part gets for its place, and not for its sentence or the size of the batch."""

    def places(num_samples, scores, *options):
        axes = [torch.arange(size, dtype=scores.dtype) for size in scores.shape[1:]]
        place = sum(
            axis.reshape((-1,) + (1,) * (len(axes) - n - 1)) * 1.7**n for n, axis in enumerate(axes)
        )
        sample = torch.arange(num_samples, dtype=scores.dtype)
        sample = sample.reshape((-1,) + (1,) * scores.dim())
        return (2 + 5 * place + 3 * sample).sin().expand(num_samples, *scores.shape)

    for module, name in (
        ("implicit_mle", "sum_of_gamma"),
        ("perturbed", "normal"),
        ("perturb_and_map", "gumbel"),
        ("perturb_and_marginals", "gumbel"),
    ):
        monkeypatch.setattr(f"spigot_allennlp.estimators.{module}.{name}", places)
    return places
