from bilexical.comparison.training_summary import (
    Band,
    bands,
    mean_and_deviation,
    summary,
)


def test_bands_over_the_runs_that_came_so_far():
    assert bands([[1.0, 2.0, 4.0], [3.0, None], []]) == [
        Band(2.0, 1.0, 3.0),
        Band(2.0, 2.0, 2.0),
        Band(4.0, 4.0, 4.0),
    ]
    assert bands([[None], [None]]) == [None]
    assert bands([]) == []


def test_summary_is_over_epochs_not_runs():
    runs = {"1": {"seconds": [1.0, None, 3.0]}, "2": {"seconds": [11.0]}}
    assert summary(runs) == {"seconds": 5.0, "epochs": 2.0}
    assert summary({}) == {"seconds": None, "epochs": None}


def test_mean_and_deviation():
    assert mean_and_deviation([1.0, 2.0, 3.0]) == {"mean": 2.0, "sd": 1.0}
    assert mean_and_deviation([1.0]) == {"mean": 1.0, "sd": None}
