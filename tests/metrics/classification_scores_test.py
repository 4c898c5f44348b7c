import json

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.training.metrics import CategoricalAccuracy, FBetaMeasure, Metric
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from spigot_allennlp.metrics import ClassificationScores
from tests.metrics.distributed import run_in_two_processes

NAMES = ["positive", "very negative", "neutral"]


def vocabulary(names=NAMES):
    vocab = Vocabulary()
    for name in names:
        vocab.add_token_to_namespace(name, "labels")
    return vocab


def one_hot(labels):
    return torch.nn.functional.one_hot(torch.tensor(labels), len(NAMES)).float()


def test_by_hand():
    metric = ClassificationScores(vocabulary())
    metric(one_hot([0, 0, 1]), torch.tensor([0, 1, 1]))
    metric(one_hot([1]), torch.tensor([0]))
    # Class 0: gold 2, predicted 2, both 1. Class 1: the same. Class 2: nothing, nowhere.
    wanted = {"accuracy": 0.5, "positive_F1": 0.5, "very_negative_F1": 0.5, "neutral_F1": 0.0}
    assert metric.get_metric() == wanted


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=20),
    st.integers(1, 7),
)
def test_equals_scikit_learn_and_allennlp(pairs, batch_size):
    metric, accuracy, f1 = ClassificationScores(vocabulary()), CategoricalAccuracy(), FBetaMeasure()
    for start in range(0, len(pairs), batch_size):
        predicted, gold = zip(*pairs[start : start + batch_size])
        for one in (metric, accuracy, f1):
            one(one_hot(predicted), torch.tensor(gold))
    scores = metric.get_metric()
    by_class = [scores[f"{name.replace(' ', '_')}_F1"] for name in NAMES]
    predicted, gold = zip(*pairs)
    assert scores["accuracy"] == pytest.approx(accuracy_score(gold, predicted))
    assert scores["accuracy"] == pytest.approx(accuracy.get_metric())
    expected = f1_score(gold, predicted, labels=[0, 1, 2], average=None, zero_division=0)
    assert by_class == pytest.approx(expected.tolist())
    assert by_class == pytest.approx(f1.get_metric()["fscore"], abs=1e-6)


def test_logits_and_probabilities_are_the_same():
    logits = torch.tensor([[-3.0, -1.0, -2.0], [0.5, 0.4, 0.3]])
    gold = torch.tensor([1, 0])
    for predictions in (logits, logits.softmax(dim=1), logits.half()):
        metric = ClassificationScores(vocabulary())
        metric(predictions, gold)
        assert metric.get_metric()["accuracy"] == 1.0


def test_nothing_to_score_and_reset():
    metric = Metric.by_name("classification_scores")(vocabulary())
    assert metric.get_metric() == {}
    metric(torch.zeros(0, 3), torch.zeros(0, dtype=torch.long))
    assert metric.get_metric() == {}
    metric(one_hot([2]), torch.tensor([2]))
    assert metric.get_metric() == metric.get_metric(reset=True) != {}
    assert metric.get_metric(reset=True) == {}


def test_scores_are_plain_floats():
    metric = ClassificationScores(vocabulary())
    metric(one_hot([2, 1]), torch.tensor([2, 2]))
    scores = metric.get_metric()
    assert all(type(score) is float for score in scores.values())
    assert json.loads(json.dumps(scores)) == scores


def test_another_namespace():
    vocab = vocabulary()
    vocab.add_token_to_namespace("yes", "answer_labels")
    metric = ClassificationScores(vocab, namespace="answer_labels")
    metric(torch.zeros(1, 1), torch.tensor([0]))
    assert metric.get_metric() == {"accuracy": 1.0, "yes_F1": 1.0}


def test_classes_that_differ_in_spaces_only():
    metric = ClassificationScores(vocabulary(["very good", "very_good", "not bad"]))
    metric(one_hot([0, 2]), torch.tensor([0, 2]))
    scores = metric.get_metric()
    wanted = {"very good_F1": 1.0, "very_good_F1": 0.0, "not_bad_F1": 1.0}
    assert scores == {"accuracy": 1.0, **wanted}


def test_holds_no_graph_and_changes_nothing():
    logits = one_hot([0, 1]).requires_grad_()
    gold = torch.tensor([0, 0])
    metric = ClassificationScores(vocabulary())
    metric(logits, gold)
    assert not metric._counts.requires_grad
    assert torch.equal(logits, one_hot([0, 1])) and gold.tolist() == [0, 0]


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2,), (2, 3, 1)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(ConfigurationError, match="3 classes"):
        ClassificationScores(vocabulary())(torch.zeros(shape), torch.zeros(2, dtype=torch.long))


BATCHES = [([0, 1, 2], [0, 0, 2]), ([1], [1]), ([2, 2], [0, 1])]


def check_process(global_rank, world_size, gpu_id, wanted):
    metric = ClassificationScores(vocabulary())
    assert metric.get_metric() == {}
    # As often as it likes.
    for predicted, gold in BATCHES if global_rank == 0 else []:
        metric(one_hot(predicted), torch.tensor(gold))
    assert metric.get_metric() == wanted
    assert metric.get_metric(reset=True) == wanted
    assert metric.get_metric() == {}


def test_two_processes_equal_one():
    metric = ClassificationScores(vocabulary())
    for predicted, gold in BATCHES:
        metric(one_hot(predicted), torch.tensor(gold))
    run_in_two_processes(check_process, metric.get_metric())
