"""The choice by measuring, with invented times."""

import logging

import pytest
import torch

from spigot_allennlp.nn import device_choice
from spigot_allennlp.nn.device_choice import fastest
from tests.nn.eisner_test import make_batch


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch):
    monkeypatch.setattr(device_choice, "_choices", {})


@pytest.fixture
def take(monkeypatch):
    """Says how many seconds each function takes."""

    def take(seconds):
        monkeypatch.setattr(device_choice, "_seconds", lambda way, *_: seconds[way])

    return take


def total(scores, lengths, single_root):
    return scores.sum(dim=(1, 2))


def another_total(scores, lengths, single_root):
    return scores.flatten(1).sum(dim=1)


def something_else(scores, lengths, single_root):
    return scores.sum(dim=(1, 2)) + 1


def broken(scores, lengths, single_root):
    raise RuntimeError("no kernel image is available")


def test_the_faster_one_is_chosen_once_for_a_size(take, caplog):
    caplog.set_level(logging.INFO)
    ways = {"first": total, "second": another_total}
    take({total: 0.002, another_total: 0.001})
    assert fastest("Totals", ways, *make_batch([5, 3]), True) == "second"
    assert "Totals of 2 sentences, 6 nodes: first 2.00 ms, second 1.00 ms" in caplog.text
    take({total: 0.001, another_total: 0.002})
    assert fastest("Totals", ways, *make_batch([15, 2]), True) == "second"
    assert len(caplog.records) == 1
    assert fastest("Totals", ways, *make_batch([5, 3, 4]), True) == "first"
    assert fastest("Totals", ways, *make_batch([16, 2]), True) == "first"
    assert fastest("Totals", ways, *make_batch([5, 3], dtype=torch.float32), True) == "first"
    assert fastest("Totals", ways, *make_batch([5, 3]), False) == "first"
    assert fastest("Others", ways, *make_batch([5, 3]), True) == "first"


@pytest.mark.parametrize("way", [broken, something_else])
def test_what_does_not_work_is_not_chosen(take, way, caplog):
    take({total: 1.0, another_total: 2.0})
    ways = {"first": total, "fast": way, "last": another_total}
    assert fastest("Totals", ways, *make_batch([5, 3]), True) == "first"
    (warning,) = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert warning in (
        "Totals cannot be had fast on cpu: RuntimeError('no kernel image is available')",
        "Totals fast differ from those first and are not used",
    )


def test_trials_are_with_scores_of_their_own(take):
    seen = []

    def spy(scores, lengths, single_root):
        assert torch.isfinite(scores).all() and not scores.requires_grad
        seen.append(scores)
        return total(scores, lengths, single_root)

    take({spy: 1.0})
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    scores = torch.full((2, 6, 6), float("nan"), requires_grad=True)
    assert fastest("Totals", {"only": spy}, scores, torch.tensor([5, 3]), True) == "only"
    assert len(seen) == 1 and torch.isnan(scores).all()
    # The training's random numbers stay the same.
    assert torch.equal(torch.rand(1), expected)


def test_inference_mode_takes_the_first(take):
    take({total: 2.0, another_total: 1.0})
    ways = {"first": total, "second": another_total}
    with torch.inference_mode():
        assert fastest("Totals", ways, *make_batch([5, 3]), True) == "first"
    assert fastest("Totals", ways, *make_batch([5, 3]), True) == "second"


def test_times_are_measured(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(device_choice.time, "perf_counter", lambda: next(clock))
    calls = []

    def count(*arguments):
        calls.append(arguments)
        return total(*arguments)

    fastest("Totals", {"first": total, "second": count}, *make_batch([5, 3]), True)
    # Once for the result, which is when kernels are compiled, and the timed ones.
    assert len(calls) == 1 + 3
