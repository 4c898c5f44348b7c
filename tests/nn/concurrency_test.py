import logging
import os
import threading
import time

import pytest
import torch

from spigot_allennlp.nn import concurrency
from spigot_allennlp.nn.concurrency import (
    at_once,
    let_threads_be_replaced,
    linears_at_once,
    num_at_once,
    num_threads,
    replace_threads,
)
from tests.prepared import run_prepared

VARIABLES = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"]


def products(inputs, weights):
    return torch.tanh(inputs @ weights).sum(dim=0)


def powers(inputs, exponents, unused):
    return (inputs.abs() + 1.0) ** exponents


def tensors(dtype=torch.float64):
    generator = torch.Generator().manual_seed(3)
    inputs, weights, exponents, unused = (
        torch.randn(4, size, dtype=dtype, generator=generator).requires_grad_()
        for size in (4, 5, 4, 2)
    )
    return inputs, weights, exponents, unused


def both(inputs, weights, exponents, unused):
    return at_once([products, powers], [[inputs, weights], [inputs, exponents, unused]])


def one_by_one(inputs, weights, exponents, unused):
    return products(inputs, weights), powers(inputs, exponents, unused)


def results_and_gradients(function, **options):
    arguments = tensors(**options)
    results = function(*arguments)
    total = sum((result * torch.arange(result.size(-1))).sum() for result in results)
    gradients = torch.autograd.grad(total, arguments, allow_unused=True)
    return [*results, *gradients]


class Meeting(torch.autograd.Function):
    """The identity, in which all threads wait for each other."""

    @staticmethod
    def forward(ctx, inputs, barrier, threads):
        ctx.barrier, ctx.threads = barrier, threads
        barrier.wait()
        threads.append(threading.get_ident())
        return inputs.clone()

    @staticmethod
    def backward(ctx, gradient):
        ctx.barrier.wait()
        ctx.threads.append(threading.get_ident())
        return gradient, None, None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_results_and_gradients_are_those_of_one_after_the_other(use_threads, dtype):
    use_threads(2)
    pairs = zip(
        results_and_gradients(both, dtype=dtype), results_and_gradients(one_by_one, dtype=dtype)
    )
    for found, expected in pairs:
        if expected is None:
            assert found is None
        else:
            assert found.dtype == dtype and torch.equal(found, expected)


def test_layers_are_those_of_torch(use_threads):
    use_threads(2)
    inputs = tensors()[0]
    layers = [torch.nn.Linear(4, 3).double(), torch.nn.Linear(4, 2, bias=False).double()]
    found = linears_at_once(inputs, layers)
    assert all(torch.equal(one, layer(inputs)) for one, layer in zip(found, layers))


def test_how_many_are_computed_at_once(use_threads):
    inputs = torch.ones(1)
    assert num_at_once(inputs) == 1
    use_threads(3)
    assert num_at_once(inputs) == 3
    assert num_at_once(inputs, inputs.to("meta")) == 1
    found = []
    thread = threading.Thread(target=lambda: found.append(num_at_once(inputs)))
    thread.start()
    thread.join()
    assert found == [1]


@pytest.mark.parametrize("needs_gradient", [True, False])
def test_mixed_precision_is_that_of_the_caller(use_threads, needs_gradient):
    use_threads(2)
    inputs, weights, _, _ = tensors(dtype=torch.float32)
    threads = set()

    def product(inputs, weights):
        threads.add(threading.get_ident())
        return inputs @ weights

    with torch.set_grad_enabled(needs_gradient), torch.autocast("cpu", dtype=torch.bfloat16):
        found = at_once([product] * 2, [[inputs, weights]] * 2)
        expected = inputs @ weights
    assert expected.dtype == torch.bfloat16 and len(threads) == 2
    assert all(torch.equal(one, expected) and one.dtype == expected.dtype for one in found)
    if not needs_gradient:
        return
    for create_graph in (False, True):
        gradients = [
            torch.autograd.grad(
                result.sum(), [inputs, weights], retain_graph=True, create_graph=create_graph
            )
            for result in (found[1], expected)
        ]
        for one, other in zip(*gradients):
            assert one.dtype == torch.float32 and torch.equal(one, other)


def test_there_is_no_mixed_precision_where_the_caller_has_none(use_threads):
    use_threads(2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        at_once([torch.matmul] * 2, [list(tensors(dtype=torch.float32)[:2])] * 2)
    found = at_once([torch.matmul] * 2, [list(tensors(dtype=torch.float32)[:2])] * 2)
    assert all(result.dtype == torch.float32 for result in found)


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize("needs_gradient", [True, False])
def test_all_are_computed_at_the_same_time(use_threads, number, needs_gradient):
    use_threads(number)
    barrier, threads = threading.Barrier(number, timeout=60), []
    arguments = [[torch.ones(2, requires_grad=needs_gradient)] for _ in range(number)]
    functions = [lambda inputs: Meeting.apply(inputs, barrier, threads)] * number
    for passes in range(1, 3):
        results = at_once(functions, arguments)
        assert len(set(threads)) == number and threading.get_ident() in threads
        if not needs_gradient:
            assert len(threads) == passes * number
            continue
        sum(results).sum().backward()
        assert len(threads) == 2 * passes * number and len(set(threads)) == number
    assert all(result.requires_grad == needs_gradient for result in results)


def test_without_gradients_there_is_no_graph(use_threads):
    use_threads(2)
    with torch.no_grad():
        found, expected = both(*tensors()), one_by_one(*tensors())
    for one, other in zip(found, expected):
        assert torch.equal(one, other) and not one.requires_grad


def test_derivatives_of_any_order_are_right(use_threads):
    use_threads(2)
    *arguments, unused = tensors()
    assert torch.autograd.gradcheck(lambda *used: both(*used, unused), arguments)
    assert torch.autograd.gradgradcheck(lambda *used: both(*used, unused), arguments)


def test_arguments_that_need_no_gradient_get_none(use_threads):
    use_threads(2)
    inputs, weights, exponents, unused = (tensor.detach() for tensor in tensors())
    weights.requires_grad_()
    first, second = both(inputs, weights, exponents, unused)
    (first.sum() + second.sum()).backward()
    (expected,) = torch.autograd.grad(products(inputs, weights).sum(), weights)
    assert torch.equal(weights.grad, expected)
    assert inputs.grad is None and exponents.grad is None


def test_a_graph_that_is_kept_can_be_used_again(use_threads):
    use_threads(2)
    arguments = tensors()
    total = sum(result.sum() for result in both(*arguments))
    wanted = arguments[:3]
    first = torch.autograd.grad(total, wanted, retain_graph=True)
    second = torch.autograd.grad(total, wanted)
    assert all(map(torch.equal, first, second))
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(total, wanted)


def test_a_change_between_the_passes_is_noticed(use_threads):
    use_threads(2)
    inputs, weights, exponents, unused = tensors()
    first, _ = both(inputs, weights, exponents, unused)
    with torch.no_grad():
        weights.add_(1.0)
    with pytest.raises(RuntimeError, match="inplace operation"):
        first.sum().backward()


@pytest.mark.parametrize("position", [0, 1])
def test_an_error_is_raised_when_nothing_computes_any_more(use_threads, position):
    use_threads(2)
    ended = []

    def fail(inputs):
        raise ValueError("no")

    def take_time(inputs):
        time.sleep(0.2)
        ended.append(True)
        return inputs

    functions = [take_time]
    functions.insert(position, fail)
    with pytest.raises(ValueError, match="no"):
        at_once(functions, [[torch.ones(1)], [torch.ones(1)]])
    assert ended == [True]


def test_other_threads_than_the_main_one_compute_by_themselves(use_threads):
    use_threads(2)
    seen = set()

    def notes(inputs):
        seen.add(threading.get_ident())
        return inputs

    thread = threading.Thread(target=at_once, args=([notes] * 2, [[torch.ones(1)]] * 2))
    thread.start()
    thread.join()
    assert len(seen) == 1 and threading.get_ident() not in seen


def test_torch_s_threads_come_first(use_threads):
    assert num_threads() == 1
    use_threads(3)
    assert num_threads() == 3 and torch.get_num_threads() == 1
    torch.set_num_threads(2)
    assert num_threads() == 1


# In a process of its own: a fork of this one has all that other tests have left in its memory.
FORK = """
import multiprocessing

from spigot_allennlp.nn.concurrency import use_threads
from tests.nn.concurrency_test import both, tensors

use_threads(2)
both(*tensors())
process = multiprocessing.get_context("fork").Process(target=both, args=tensors())
process.start()
process.join(60)
assert process.exitcode == 0, process.exitcode
both(*tensors())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks")
def test_a_fork_has_threads_of_its_own():
    result = run_prepared("-c", FORK)
    assert result.returncode == 0, result.stderr


class TestReplacingThreads:
    @pytest.fixture(autouse=True)
    def _no_variables(self, use_threads, monkeypatch):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(concurrency, "_threads_to_replace", None)
        torch.set_num_threads(3)

    def test_is_said_once(self, caplog):
        let_threads_be_replaced()
        assert (torch.get_num_threads(), num_threads()) == (3, 1)
        with caplog.at_level(logging.INFO):
            replace_threads()
            replace_threads()
        assert (torch.get_num_threads(), num_threads()) == (1, 3)
        (record,) = caplog.records
        assert "instead of 3 threads" in record.getMessage()
        assert "GOMP_SPINCOUNT=1000" in record.getMessage()

    def test_is_not_done_unasked(self):
        replace_threads()
        assert (torch.get_num_threads(), num_threads()) == (3, 1)

    @pytest.mark.parametrize("name", VARIABLES)
    def test_leaves_what_the_environment_says(self, monkeypatch, name):
        monkeypatch.setenv(name, "3")
        let_threads_be_replaced()
        replace_threads()
        assert (torch.get_num_threads(), num_threads()) == (3, 1)

    def test_leaves_what_a_program_has_said(self):
        let_threads_be_replaced()
        torch.set_num_threads(2)
        replace_threads()
        assert (torch.get_num_threads(), num_threads()) == (2, 1)

    def test_leaves_one_thread_alone(self):
        torch.set_num_threads(1)
        let_threads_be_replaced()
        replace_threads()
        assert (torch.get_num_threads(), num_threads()) == (1, 1)
