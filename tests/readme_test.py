"""What the README shows."""

import re

import pytest
import torch
from allennlp.common import Registrable

from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.structures import ProjectiveTrees
from tests import PROJECT_ROOT

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def restored_registry():
    registry = Registrable._registry[StructuredGradientEstimator]
    before = dict(registry)
    yield
    registry.clear()
    registry.update(before)


@pytest.mark.usefixtures("restored_registry")
def test_the_estimator_goes_to_the_best_vertex():
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(example, {})
    estimator = StructuredGradientEstimator.by_name("best_vertex")()
    torch.manual_seed(1)
    scores = torch.randn(2, 5, 5, requires_grad=True)
    gradient = torch.randn(2, 5, 5)
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    structure = ProjectiveTrees()
    parts = estimator(scores, mask, structure)
    (surrogate,) = torch.autograd.grad((parts * gradient).sum(), scores)
    expected = structure.argmax(scores, mask) - structure.argmax(-gradient, mask)
    assert torch.equal(surrogate, expected) and expected.abs().sum() > 0


def test_files_that_it_names_exist():
    for path in re.findall(
        r"(?:training_configs|data/toy|examples|benchmarks|spigot_allennlp)/[\w./]+\w", README
    ):
        assert (PROJECT_ROOT / path).exists(), path
