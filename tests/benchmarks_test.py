"""The benchmarks run and write their tables; how long anything takes is not asserted."""

import importlib
import os
import subprocess
import sys
import time

import pytest
import torch

from spigot_allennlp.estimators import Spigot
from spigot_allennlp.losses import LogLikelihood
from spigot_allennlp.structures import ProjectiveTrees
from tests import PROJECT_ROOT


@pytest.fixture
def benchmark(monkeypatch):
    """Imports a module of `benchmarks/`, which is no package."""
    monkeypatch.syspath_prepend(str(PROJECT_ROOT / "benchmarks"))
    return importlib.import_module


def test_pipeline_writes_a_row_for_each_configuration(tmp_path):
    sizes = '{"words": 4, "pos": 4, "hidden": 4, "scorer": 4, "layers": 1}'
    toy = "data/toy/test.sdpx"
    # A process of its own: it forks, which autograd forbids once it has been used.
    finished = subprocess.run(
        [sys.executable, "benchmarks/pipeline.py", "--output", str(tmp_path), "--no-peers"]
        + ["--train", toy, "--test", toy, "--batches", "2", "--repetitions", "1"]
        + ["--configs", "sdp_modular", "sdp_spigot", "--sizes", sizes],
        cwd=PROJECT_ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    table = (tmp_path / "pipeline.md").read_text()
    assert table in finished.stdout
    assert "2 batches of 32 sentences" in table and "'hidden': 4" in table
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")]
    assert [row[0].strip() for row in rows[2:]] == ["sdp_modular", "sdp_spigot"]
    assert len({len(row) for row in rows}) == 1
    assert [cell.strip() for cell in rows[2][3:5]] == ["1.000", "1.000"]
    for row in rows[2:]:
        assert all(float(cell.strip(" %")) > 0 for cell in row[1:])


def test_the_shortest_time_of_each_piece_counts_and_programs_take_turns(benchmark, monkeypatch):
    pipeline = benchmark("pipeline")
    now, calls = [0.0], []
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(time, "process_time", lambda: now[0] / 2)
    # Of each piece in each repetition, the first of which does not count.
    durations = {"a": [[1, 8, 4], [1, 2, 6]], "b": [[0, 3, 3], [0, 9, 5]]}

    def piece(name, number):
        def run():
            calls.append(name)
            now[0] += durations[name][number].pop(0)

        return run

    work = {name: [piece(name, number) for number in range(2)] for name in durations}
    times = pipeline.best_times(work, repetitions=2)
    assert times == {"a": (4 + 2, 3.0), "b": (3 + 5, 4.0)}
    assert calls == ["a", "b"] * 6


def test_the_clock_leaves_values_and_gradients_alone_and_counts_both_directions(
    benchmark, monkeypatch
):
    shares = benchmark("pipeline_shares")
    scores = torch.randn(2, 5, 5, dtype=torch.float64, requires_grad=True)
    mask = torch.ones(2, 5, dtype=torch.bool)
    weights = torch.randn(2, 5, 5, dtype=torch.float64)

    def gradient():
        structure = ProjectiveTrees()
        parts = Spigot()(scores, mask, structure)
        losses = LogLikelihood()(structure, scores, mask, parts.detach())
        loss = (weights * parts).sum() + losses.sum()
        return loss.detach(), torch.autograd.grad(loss, scores)[0]

    expected = gradient()
    ticks = iter(range(1000))
    with shares.structure_clock() as clock:
        monkeypatch.setattr(time, "process_time", lambda: next(ticks))
        found = gradient()
    assert all(torch.equal(x, y) for x, y in zip(found, expected))
    # The estimator and the loss, each forwards and backwards; what they call is part of them.
    assert clock.seconds == 4
    gradient()
    assert clock.seconds == 4


def test_sizes_are_those_of_the_configurations_with_changes(benchmark):
    programs = benchmark("pipeline_programs")
    sizes = programs.sizes_of_configs('{"hidden": 7}')
    assert sizes == {**programs.sizes_of_configs(), "hidden": 7}
    model = programs.config("sdp_spigot", '{"hidden": 7}')["model"]
    assert model["downstream"]["sentence_encoder"]["encoder"]["hidden_size"] == 7
    unchanged = programs.config("sdp_spigot")["model"]["intermediate"]["sentence_encoder"]
    assert unchanged["encoder"]["hidden_size"] == programs.sizes_of_configs()["hidden"]
