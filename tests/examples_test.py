"""The extensions that the pages show, each one file and one line of a config."""

import ast
import itertools
import json
import math
import runpy

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params, Registrable

from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.structures import ProjectiveTrees, Structure
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.bilexical.command_line.console import run_python

EXAMPLES = PROJECT_ROOT / "tests" / "examples"
MASK = torch.tensor([[True] * 4, [True] * 3 + [False]])


def example(name):
    """The names that the example defines, which another test of the process may have imported."""
    for names in Registrable._registry.values():
        for key, (registered, _) in list(names.items()):
            if registered.__module__ == f"tests.examples.{name}":
                del names[key]
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


@pytest.fixture
def _restored_registry():
    before = {base: dict(names) for base, names in Registrable._registry.items()}
    yield
    for base, names in Registrable._registry.items():
        names.clear()
        names.update(before[base])


pytestmark = pytest.mark.usefixtures("_restored_registry")


def test_the_estimator_goes_to_the_best_vertex():
    example("best_vertex")
    estimator = StructuredGradientEstimator.by_name("best_vertex")()
    torch.manual_seed(1)
    scores = torch.randn(2, 4, 4, requires_grad=True)
    gradient = torch.randn(2, 4, 4)
    structure = ProjectiveTrees()
    parts = estimator(scores, MASK, structure)
    (surrogate,) = torch.autograd.grad((parts * gradient).sum(), scores)
    expected = structure.argmax(scores, MASK) - structure.argmax(-gradient, MASK)
    assert torch.equal(surrogate, expected) and expected.abs().sum() > 0


def choices_of_heads(num_words):
    words = range(1, num_words + 1)
    for heads in itertools.product(range(num_words + 1), repeat=num_words):
        if all(word != head for word, head in zip(words, heads)):
            arcs = torch.zeros(4, 4, dtype=torch.float64)
            arcs[list(words), list(heads)] = 1
            yield arcs


def test_the_structure_is_every_choice_of_heads():
    example("head_selection")
    structure = Structure.by_name("head_selection")()
    torch.manual_seed(1)
    scores = torch.randn(2, 4, 4, dtype=torch.float64)
    for b, num_words in enumerate((3, 2)):
        choices = torch.stack(list(choices_of_heads(num_words)))
        totals = (choices * scores[b]).flatten(1).sum(dim=1)
        best = choices[totals.argmax()]
        assert torch.equal(structure.argmax(scores, MASK)[b], best)
        log_partition = structure.log_partition(scores, MASK)[b]
        torch.testing.assert_close(log_partition, totals.logsumexp(dim=0))
        weights = totals.softmax(dim=0)
        mean = (weights[:, None, None] * choices).sum(dim=0)
        torch.testing.assert_close(structure.marginals(scores, MASK)[b], mean)
        entropy = -(weights * weights.log()).sum()
        torch.testing.assert_close(structure.entropy(scores, MASK)[b], entropy)
        uniform = torch.zeros_like(scores)
        divergence = structure.kl_divergence(scores, uniform, MASK)[b]
        torch.testing.assert_close(divergence, math.log(len(choices)) - entropy)
        hits = (choices * mean).flatten(1).sum(dim=1)
        assert torch.equal(structure.minimum_risk(scores, MASK)[b], choices[hits.argmax()])
    assert structure.contains(structure.argmax(scores, MASK), MASK).all()
    vertices = structure.argmax(scores, MASK)
    torch.testing.assert_close(structure.project(vertices, MASK), vertices)


OVERRIDES = {
    "best_vertex": ("sdp_pipeline", {"model.estimator": {"type": "best_vertex"}}),
    "head_selection": (
        "sdp_pipeline",
        {"model.intermediate.structure": {"type": "head_selection"}},
    ),
    "root_word_classifier": ("sst_over_latent_trees", {}),
}


@pytest.mark.parametrize("name", OVERRIDES)
def test_one_line_of_a_config(name, tmp_path):
    example(name)
    config, overrides = OVERRIDES[name]
    params = Params.from_file(FIXTURES_ROOT / f"{config}.jsonnet", json.dumps(overrides))
    train_model(params, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["training_gradient_norm"] > 0
    metric = "LF" if config == "sdp_pipeline" else "accuracy"
    assert f"best_validation_{metric}" in metrics


def test_the_layer_runs_on_its_own(capsys):
    names = example("spigot_layer")
    tree, scores = names["tree"], names["scores"]
    assert ProjectiveTrees().contains(tree, names["mask"]).all()
    rows = scores.grad.sum(dim=-1)
    torch.testing.assert_close(rows, torch.zeros_like(rows), atol=1e-6, rtol=0)
    assert scores.grad.abs().sum() > 0
    assert "tensor" in capsys.readouterr().out


@pytest.mark.parametrize("package", ["structures", "estimators", "losses", "nn"])
def test_what_the_tensors_need_of_allennlp_is_in_common(package):
    paths = sorted((PROJECT_ROOT / "spigot_allennlp" / package).rglob("*.py"))
    assert len(paths) > 1
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                modules = [node.module]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                continue
            for module in modules:
                assert module.split(".")[0] not in ("allennlp", "overrides"), (path, module)


def test_structures_and_estimators_import_nothing_of_allennlp_but_its_common_part():
    """The example, without what the package registers for configurations."""
    code = (
        "import json, runpy, sys\n"
        "from importlib.util import find_spec, module_from_spec\n"
        "sys.modules['spigot_allennlp'] = module_from_spec(find_spec('spigot_allennlp'))\n"
        f"runpy.run_path({str(EXAMPLES / 'spigot_layer.py')!r})\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('allennlp.')]))\n"
    )
    result = run_python("-c", code)
    assert result.returncode == 0, result.stderr
    imported = json.loads(result.stdout.splitlines()[-1])
    assert "allennlp.common.registrable" in imported
    assert {name.split(".")[1] for name in imported} <= {"common", "version"}
