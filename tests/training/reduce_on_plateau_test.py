import pytest
import torch
from allennlp.common import Params
from allennlp.training.learning_rate_schedulers import LearningRateScheduler


@pytest.mark.parametrize("options", [{}, {"verbose": True}, {"min_lr": 0.3}])
def test_the_rate_is_halved_where_nothing_gets_better(options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    params = {"type": "reduce_on_plateau", "mode": "max", "factor": 0.5, "patience": 0, **options}
    scheduler = LearningRateScheduler.from_params(Params(params), optimizer=optimizer)
    rates = []
    for metric in (0.5, 0.6, 0.6, 0.7, 0.1, 0.1):
        optimizer.step()
        scheduler.step(metric)
        rates.append(optimizer.param_groups[0]["lr"])
    lowest = options.get("min_lr", 0.125)
    assert rates == [1.0, 1.0, 0.5, 0.5, max(lowest, 0.25), lowest]
