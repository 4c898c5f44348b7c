"""The core, in a process in which torch and numpy are all there is."""

import json
import subprocess
import sys
from functools import lru_cache

import pytest

from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.losses import StructuredLoss
from spigot_allennlp.structures import Structure
from tests import PROJECT_ROOT
from tests.bilexical.command_line.console import environment, run_python
from tests.prepared import run_prepared

# All that AllenNLP brings, and numba where a test says so; those that torch needs stay.
WITHOUT = ["allennlp", "overrides", "scipy", "spacy", "transformers", "conllu", "packaging"]
PREAMBLE = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: (
    None if name.split(".")[0] in {absent} else find_spec(name, *rest)
)
sys.meta_path.insert(0, Absent())
"""
# The programs that it reads are forks of it, since torch alone takes two seconds.
FORKS = """
import json, os, torch
for line in sys.stdin:
    program, files = json.loads(line)
    if os.fork() == 0:
        for number, file in enumerate(files, start=1):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
        exec(program, {"__name__": "__main__"})
        sys.exit()
    print(os.wait()[1], flush=True)
"""
EXAMPLE = PROJECT_ROOT / "tests" / "examples" / "spigot_layer.py"
SEEDED_EXAMPLE = "import torch; torch.manual_seed(5)\n" + EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def forks():
    command = [sys.executable, "-c", PREAMBLE.format(absent=WITHOUT) + FORKS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment(), encoding="utf-8", **pipes) as process:
        yield process


@pytest.fixture
def run_core(forks, tmp_path):
    def run(code, *more):
        program = PREAMBLE.format(absent=list(more)) + code
        files = [tmp_path / "output", tmp_path / "errors"]
        forks.stdin.write(json.dumps([program, list(map(str, files))]) + "\n")
        forks.stdin.flush()
        status = int(forks.stdout.readline())
        output, errors = (file.read_text(encoding="utf-8") for file in files)
        assert status == 0, errors
        return output

    return run


def registered(kind):
    return sorted(kind.list_available())


def test_offers_what_it_offers_with_allennlp(run_core):
    code = """
import spigot_allennlp as core
from spigot_allennlp.estimators import StructuredGradientEstimator
from spigot_allennlp.losses import StructuredLoss
from spigot_allennlp.structures import Structure
for kind in (StructuredGradientEstimator, StructuredLoss, Structure):
    print(sorted(kind.list_available()))
assert all(hasattr(core, name) for name in core.__all__)
assert not hasattr(core, "models")
print(core.estimators.StructuredGradientEstimator.by_name("spigot")(step_size=0.5).step_size)
"""
    kinds = (StructuredGradientEstimator, StructuredLoss, Structure)
    expected = [str(registered(kind)) for kind in kinds] + ["0.5"]
    assert run_core(code).splitlines() == expected


@lru_cache(maxsize=None)
def expected_of_example():
    result = run_prepared("-c", SEEDED_EXAMPLE)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_example_runs():
    """In an interpreter that starts."""
    result = run_python("-c", PREAMBLE.format(absent=WITHOUT) + SEEDED_EXAMPLE)
    assert result.returncode == 0, result.stderr
    assert result.stdout == expected_of_example()


def test_the_example_runs_without_numba(run_core):
    assert run_core(SEEDED_EXAMPLE, "numba") == expected_of_example()


def test_every_method_of_every_structure(run_core):
    code = """
import torch
from spigot_allennlp.losses import StructuredLoss
from spigot_allennlp.structures import Structure
mask = torch.ones(1, 4, dtype=torch.bool)
for name in Structure.list_available():
    structure = Structure.by_name(name)()
    shape = (1, 4, 4, 3) if name == "labeled_graphs" else (1, 4, 4)
    scores = torch.randn(shape, requires_grad=True)
    best = structure.argmax(scores, mask)
    assert structure.contains(best, mask).all()
    structure.project(scores.detach(), mask)
    for loss in StructuredLoss.list_available():
        StructuredLoss.by_name(loss)()(structure, scores, mask, best).sum().backward()
    structure.marginals(scores, mask).sum().backward()
    for parts in structure.sample(scores, mask, 2):
        assert structure.contains(parts, mask).all()
    structure.entropy(scores, mask).sum().backward()
    structure.kl_divergence(scores, 0 * scores, mask).sum().backward()
    structure.minimum_risk(scores, mask)
    if name != "labeled_graphs":
        assert structure.top_k(scores, mask, 2).counts.item() == 2
    print(name)
"""
    assert sorted(run_core(code).split()) == registered(Structure)


def test_all_kernels_are_compiled_ahead(run_core):
    """For every dtype that a structure calls them with."""
    code = """
import sys, pkgutil, torch
from spigot_allennlp.nn.compile_kernels import compile_kernels
from spigot_allennlp.nn.lstm import lstm_over_sentence
from spigot_allennlp.losses import StructuredLoss
from spigot_allennlp.structures import Structure
from spigot_allennlp.structures.projections import Projection, TreePolytope
compile_kernels()

def signatures():
    return {
        f"{name}.{function}": set(kernel.signatures)
        for name, module in sys.modules.items() if ".nn.kernels." in name
        for function, kernel in vars(module).items() if hasattr(kernel, "signatures")
    }

import spigot_allennlp.nn
(folder,) = (f"{path}/kernels" for path in spigot_allennlp.nn.__path__)
names = [module.name for module in pkgutil.iter_modules([folder])]
compiled = signatures()
assert names and {name.split(".")[-2] for name in compiled} == set(names)
for name, kernel in compiled.items():
    assert kernel or name.split(".")[-1].startswith("_"), f"{name} is not compiled"

mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
    for name in Structure.list_available():
        structure = Structure.by_name(name)()
        shape = (2, 5, 5, 3) if name == "labeled_graphs" else (2, 5, 5)
        for scores in (torch.randn(shape, dtype=dtype), torch.randn(shape[::-1], dtype=dtype).mT):
            scores = scores.reshape(shape).requires_grad_()
            best = structure.argmax(scores, mask)
            structure.project(scores.detach(), mask)
            structure.sparse_marginals(scores, mask).sum().backward()
            for loss in StructuredLoss.list_available():
                StructuredLoss.by_name(loss)()(structure, scores, mask, best).sum().backward()
            structure.marginals(scores, mask).sum().backward()
            structure.log_partition(scores, mask).sum().backward()
            structure.sample(scores, mask, 2)
            if name != "labeled_graphs":
                structure.top_k(scores, mask, 2)
                type(structure)(projection=TreePolytope()).project(scores.detach(), mask)
                best_roots = type(structure)(single_root=False)
                best_roots.argmax(scores, mask)
    words, *weights = (torch.randn(size, 5, dtype=dtype).requires_grad_() for size in (3, 20, 20))
    biases = torch.randn(2, 20, dtype=dtype)
    hidden = lstm_over_sentence(words, *weights, *biases)
    if hidden is not None:
        (hidden @ torch.randn(5, 2, dtype=dtype)).sum().backward()
for name, after in signatures().items():
    assert after == compiled[name], f"{name}: {after} and not {compiled[name]}"
print("all compiled")
"""
    assert run_core(code).split("\n")[-2] == "all compiled"


def test_errors_name_the_choices_and_the_value(run_core):
    code = """
import spigot_allennlp
from spigot_allennlp.common import ConfigurationError
from spigot_allennlp.estimators import Spigot, StructuredGradientEstimator
for action in (lambda: StructuredGradientEstimator.by_name("spigott"), lambda: Spigot(-1.0)):
    try:
        action()
    except ConfigurationError as error:
        print(error)
"""
    unknown, negative = run_core(code).splitlines()
    assert unknown.startswith("spigott is not a registered StructuredGradientEstimator. Choose")
    assert "spigot" in unknown and negative == "step_size must be positive but got -1.0."


def test_a_broken_allennlp_is_an_error(tmp_path):
    (tmp_path / "allennlp").mkdir()
    (tmp_path / "allennlp" / "__init__.py").write_text("import something_that_is_gone")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import spigot_allennlp"
    result = run_python("-c", code)
    assert "No module named 'something_that_is_gone'" in result.stderr
