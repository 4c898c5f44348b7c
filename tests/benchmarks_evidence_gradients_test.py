"""What is measured of the gradients that estimators give to a trained parser."""

import importlib
from types import SimpleNamespace

import pytest
import torch

from spigot_allennlp.models.intermediate_parser import PartScores
from spigot_allennlp.nn.parts import heads_to_arcs
from spigot_allennlp.structures import ProjectiveTrees
from tests import PROJECT_ROOT

MASK = torch.ones(1, 4, dtype=torch.bool)


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT_ROOT / "benchmarks"))
    return importlib.import_module


@pytest.fixture
def module(benchmark):
    return benchmark("evidence_gradients")


def arcs_of(*heads):
    return heads_to_arcs(torch.tensor([[0, *heads]]), MASK).double()


def model_of(scores):
    """A parser whose parameters are the scores themselves."""
    parser = SimpleNamespace(structure=ProjectiveTrees(), parameters=lambda: [scores])
    return SimpleNamespace(intermediate=parser)


def test_the_expected_gradient_is_that_of_all_trees(benchmark, module, monkeypatch):
    gradients = benchmark("gradients")
    space = gradients.spaces()["projective trees"]
    (problem,) = gradients.problems(space, scale=1.0, number=1, seed=3)
    exact = gradients.exact_gradient(space, problem)
    monkeypatch.setattr(module, "losses_with", lambda model, tensors, parts: problem.loss(parts))
    scores = problem.scores.unsqueeze(0)
    model = SimpleNamespace(intermediate=SimpleNamespace(structure=space.structure))
    found = module.expected_gradient(model, {}, scores, space.mask, num_samples=20_000)
    assert gradients.cosine(found, exact) > 0.999
    torch.testing.assert_close(found[0], exact, atol=0.03, rtol=0.0)


def test_scores_by_hand(module, monkeypatch):
    # The second word has a wrong head, the others are right.
    decided, gold = arcs_of(0, 1, 1), arcs_of(0, 3, 1)
    scores = (10.0 * decided).requires_grad_()
    slope = torch.zeros(1, 4, 4, dtype=torch.float64)
    slope[0, 2, 1], slope[0, 3, 1] = 2.0, 1.0
    monkeypatch.setattr(
        module, "losses_with", lambda model, tensors, parts: (slope * parts).sum(dim=(1, 2))
    )
    batch = module.Asked(
        {}, PartScores(scores, MASK, scores), decided, gold, expected=slope, likelihood=-slope
    )
    found = module.measure(model_of(scores), [batch, batch], ("straight_through", None), draws=3)
    assert found == {
        "expected": 1.0,
        "gold": -1.0,
        # 1 of 4 + 1
        "on_right": 0.2,
    }


def test_a_parser_that_is_always_right(module, monkeypatch):
    decided = arcs_of(0, 1, 1)
    scores = (10.0 * decided).requires_grad_()
    monkeypatch.setattr(
        module, "losses_with", lambda model, tensors, parts: parts[:, 2, 1] + parts[:, 1, 0]
    )
    batch = module.Asked({}, PartScores(scores, MASK, scores), decided, decided, decided, decided)
    found = module.measure(model_of(scores), [batch], ("straight_through", None), draws=1)
    assert found["on_right"] == 1.0


def test_no_more_sentences_than_there_are(module, monkeypatch):
    instances = [IndexedWords(number) for number in (3, 1, 2)]
    monkeypatch.setattr(module, "evaluation_instances", lambda config, path: instances)
    monkeypatch.setattr(module, "allennlp_collate", lambda batch: [len(x["tokens"]) for x in batch])
    model = SimpleNamespace(vocab=None)
    number = module.BATCH_SIZE + 1
    assert list(module.batches_of(model, {}, number)) == [[1, 2, 3]]
    assert list(module.batches_of(model, {}, 2)) == [[1, 3]]


class IndexedWords(dict):
    def __init__(self, number):
        super().__init__(tokens=[None] * number)

    def index_fields(self, vocab):
        pass


def test_draws_are_averaged(module, monkeypatch):
    monkeypatch.setattr(
        module, "losses_with", lambda model, tensors, parts: parts.square().sum(dim=(1, 2))
    )
    scores = torch.randn(1, 4, 4, dtype=torch.float64)
    batch = module.Asked({}, PartScores(scores, MASK, scores), *[scores] * 4)
    estimator = module.estimator_of("perturb_and_marginals", None).train()
    torch.manual_seed(5)
    one_by_one = [module.gradient_of(model_of(scores), batch, estimator) for _ in range(4)]
    torch.manual_seed(5)
    found = module.mean_gradient(model_of(scores), batch, estimator, draws=4)
    torch.testing.assert_close(found, torch.stack(one_by_one).mean(dim=0))
    assert not torch.equal(one_by_one[0], one_by_one[1])
