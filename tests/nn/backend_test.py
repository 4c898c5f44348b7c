"""Without numba the same results come from tensor operations."""

from collections import defaultdict

import pytest
import torch

from spigot_allennlp.nn import backend
from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees
from spigot_allennlp.structures.projections import (
    ArcThenLabels,
    Euclidean,
    SingleHead,
    TreePolytope,
)
from tests.prepared import run_prepared

LENGTHS = torch.tensor([7, 1, 4, 0, 9])
MASK = torch.arange(10) <= LENGTHS.unsqueeze(1)


def scores_of(*part, scale=1.0):
    return (scale * torch.randn(5, 10, 10, *part, dtype=torch.float64)).requires_grad_()


def results(structure, scores, direction):
    total = structure.log_partition(scores, MASK)
    marginals = structure.marginals(scores, MASK)
    (gradient,) = torch.autograd.grad(total.sum(), scores, retain_graph=True)
    (product,) = torch.autograd.grad(marginals, scores, direction)
    return structure.argmax(scores, MASK), total, gradient, marginals, product


@pytest.mark.parametrize("single_root", [True, False])
@pytest.mark.parametrize("trees", [ProjectiveTrees, NonprojectiveTrees])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0, 1e4])
def test_trees(trees, single_root, scale, without_numba):
    structure = trees(single_root=single_root)
    scores, direction = scores_of(scale=scale), scores_of().detach()
    expected = results(structure, scores, direction)
    for ours, theirs in zip(without_numba(lambda: results(structure, scores, direction)), expected):
        torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("trees", [ProjectiveTrees, NonprojectiveTrees])
@pytest.mark.parametrize("projection", [SingleHead(), TreePolytope(tolerance=1e-7)])
def test_projections_onto_trees(trees, projection, without_numba):
    structure, point = trees(projection=projection), scores_of().detach()
    projected = without_numba(lambda: structure.project(point, MASK))
    torch.testing.assert_close(projected, structure.project(point, MASK), rtol=0, atol=1e-6)


@pytest.mark.parametrize("projection", [ArcThenLabels(), Euclidean()])
def test_labeled_graphs(projection, without_numba):
    structure, scores = LabeledGraphs(projection=projection), scores_of(4).detach()

    def results():
        return structure.argmax(scores, MASK), structure.project(scores, MASK)

    for ours, theirs in zip(without_numba(results), results()):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_it_is_said_once(without_numba, caplog):
    scores = scores_of()
    structure = ProjectiveTrees()
    without_numba(lambda: [structure.argmax(scores, MASK) for _ in range(3)])
    messages = [record.getMessage() for record in caplog.records if "numba" in record.getMessage()]
    assert len(messages) == 1 and "without compiled kernels" in messages[0]


def test_that_kernels_are_compiled_is_said_once(caplog, monkeypatch):
    import numba

    monkeypatch.setattr("numba.core.event._registered", defaultdict(list))
    backend._tell_of_compiling.__wrapped__()

    def kernel(number):
        return number + 1

    def compiled():
        return numba.njit(kernel)(1)

    with caplog.at_level("INFO"):
        assert compiled() == 2
        assert not caplog.records, "a function of somebody else"
        kernel.__module__ = "spigot_allennlp.nn.kernels.added_here"
        assert [compiled(), compiled()] == [2, 2]
    (message,) = caplog.messages
    assert "python -m spigot_allennlp.nn.compile_kernels" in message


def test_including_the_package_imports_no_compiler():
    """Nor does it need one; that takes a process, since it has been included here."""
    script = """
import sys
for name in ["numba", *sys.modules]:
    if name.split(".")[0] == "numba":
        sys.modules[name] = None
assert "spigot_allennlp" not in sys.modules
from allennlp.common.util import import_module_and_submodules
import_module_and_submodules("spigot_allennlp")
assert "spigot_allennlp.nn.eisner" in sys.modules
"""
    process = run_prepared("-c", script)
    assert process.returncode == 0, process.stderr
