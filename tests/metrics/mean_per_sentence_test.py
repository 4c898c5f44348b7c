import pytest
import torch
from allennlp.training.metrics import Metric

from spigot_allennlp.metrics import MeanPerSentence
from tests.metrics.distributed import run_in_two_processes


def test_batches_weigh_by_their_sentences():
    metric = MeanPerSentence()
    assert metric.get_metric() == 0.0 and not metric.has_values()
    metric(torch.tensor([]))
    assert not metric.has_values()
    metric(torch.tensor([1.0, 2.0, 6.0]))
    assert metric.has_values()
    metric(torch.tensor([3.0], dtype=torch.float16))
    assert metric.get_metric() == 3.0
    assert type(metric.get_metric(reset=True)) is float
    assert metric.get_metric() == 0.0


def test_booleans_give_a_share():
    metric = Metric.by_name("mean_per_sentence")()
    metric(torch.tensor([True, False, False, True]))
    assert metric.get_metric() == 0.5


def test_sentences_that_do_not_count():
    metric = MeanPerSentence()
    values = torch.tensor([1.0, float("nan"), 3.0, float("inf")])
    metric(values, torch.isfinite(values))
    assert metric.get_metric() == 2.0
    metric(torch.tensor([False, True]), torch.tensor([True, False]))
    assert metric.get_metric() == pytest.approx(4 / 3)
    metric.reset()
    metric(values, torch.zeros(4, dtype=torch.bool))
    assert not metric.has_values()


def test_holds_no_graph():
    values = torch.ones(2, requires_grad=True)
    metric = MeanPerSentence()
    metric(values * 2)
    assert not metric._sums.requires_grad


def test_many_sentences_in_half_precision_do_not_saturate():
    metric = MeanPerSentence()
    for _ in range(40):
        metric(torch.full((1000,), 3.0, dtype=torch.float16))
    assert metric.get_metric() == 3.0


def check_process(global_rank, world_size, gpu_id):
    metric = MeanPerSentence()
    assert metric.get_metric() == 0.0 and not metric.has_values()
    if global_rank == 0:
        metric(torch.tensor([1.0, 2.0, 3.0]))
        metric(torch.tensor([10.0]))
    assert metric.has_values()
    assert metric.get_metric() == pytest.approx(4.0)
    assert metric.get_metric(reset=True) == pytest.approx(4.0)
    assert metric.get_metric() == 0.0


def test_processes_may_call_it_a_different_number_of_times():
    run_in_two_processes(check_process)
