"""The matrix-tree theorem without a subtraction against enumeration and against many digits."""

import math
from decimal import Decimal, localcontext

import pytest
import torch

from spigot_allennlp.nn import matrix_tree
from spigot_allennlp.nn.parts import legal_arcs
from tests.brute_force import all_structures

both_ways = pytest.mark.parametrize("way", ["kernels", "tensors"])


@pytest.fixture
def compute(way, without_numba):
    """Calls `results` where kernels do the work, or without any."""
    if way == "tensors":
        return lambda *arguments: without_numba(lambda: results(*arguments))
    return results


def results(scores, lengths, single_root, direction):
    """The partition function, the marginals and their derivative in a direction."""
    variables = scores.clone().requires_grad_()
    total = matrix_tree.log_partition(variables, lengths, single_root)
    (marginals,) = torch.autograd.grad(total.sum(), variables, create_graph=True)
    assert torch.equal(matrix_tree.marginals(scores, lengths, single_root), marginals)
    (product,) = torch.autograd.grad(marginals, variables, direction)
    return total.detach(), marginals.detach(), product


@both_ways
@pytest.mark.parametrize("single_root", [True, False])
@pytest.mark.parametrize("num_words", range(1, 6))
@pytest.mark.parametrize("scale", [0.0, 1.0, 30.0, 300.0, 1e3, 1e4])
def test_equal_to_enumeration(single_root, num_words, scale, way, compute):
    """Rounded to halves, large scores tie, so that also then no marginal is just 0 or 1."""
    trees = torch.from_numpy(
        all_structures("nonprojective_trees", num_words, single_root=single_root)
    )
    for seed in range(5):
        torch.manual_seed(seed)
        scores = torch.randn(num_words + 1, num_words + 1, dtype=torch.float64)
        scores = (2 * scores).round() / 2 * scale + torch.randn_like(scores)
        direction = torch.randn_like(scores)
        variables = scores.clone().requires_grad_()
        expected_total = (trees * variables).sum(dim=(1, 2)).logsumexp(dim=0)
        (expected,) = torch.autograd.grad(expected_total, variables, create_graph=True)
        (expected_product,) = torch.autograd.grad(expected, variables, direction)
        total, marginals, product = compute(
            scores[None], torch.tensor([num_words]), single_root, direction[None]
        )
        # Enumeration sums scores of this size, which are rounded.
        rounding = 1e-14 * max(scale, 1.0) * num_words
        assert total.item() == pytest.approx(expected_total.item(), rel=1e-14, abs=1e-13)
        torch.testing.assert_close(marginals[0], expected, rtol=0, atol=rounding)
        torch.testing.assert_close(product[0], expected_product, rtol=0, atol=10 * rounding)


def determinant(matrix):
    matrix = [list(row) for row in matrix]
    result = Decimal(1)
    for k in range(len(matrix)):
        pivot = max(range(k, len(matrix)), key=lambda i: abs(matrix[i][k]))
        if pivot != k:
            matrix[k], matrix[pivot] = matrix[pivot], matrix[k]
            result = -result
        result *= matrix[k][k]
        for i in range(k + 1, len(matrix)):
            factor = matrix[i][k] / matrix[k][k]
            matrix[i] = [x - factor * y for x, y in zip(matrix[i], matrix[k])]
    return result


def partition(weights, single_root):
    """Of weights `[modifier][head]`, by the determinant of the Laplacian (Koo et al. 2007)."""
    words = range(1, len(weights))
    laplacian = [
        [sum(weights[m][h] for h in words if h != m) if m == n else -weights[m][n] for n in words]
        for m in words
    ]
    for m in words:
        if single_root:
            laplacian[m - 1][0] = weights[m][0]
        else:
            laplacian[m - 1][m - 1] += weights[m][0]
    return determinant(laplacian)


@pytest.mark.parametrize("single_root", [True, False])
@pytest.mark.parametrize(
    "num_words, scale, digits", [(12, 1.0, 60), (10, 100.0, 1000), (8, 1e3, 8000), (5, 1e4, 40000)]
)
def test_equal_to_determinants_of_many_digits(single_root, num_words, scale, digits):
    """The relative error is small, also of marginals of 1e-100."""
    torch.manual_seed(0)
    exponents = (torch.randn(num_words + 1, num_words + 1).double() * scale / math.log(10)).round()
    factors = torch.randint(1, 10, exponents.shape)
    scores = exponents * math.log(10) + factors.double().log()
    lengths = torch.tensor([num_words])
    log_partition = matrix_tree.log_partition(scores[None], lengths, single_root).item()
    marginals = matrix_tree.marginals(scores[None], lengths, single_root)[0]
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = digits, 10**9, -(10**9)
        weights = [
            [Decimal(factor).scaleb(int(exponent)) for factor, exponent in zip(*rows)]
            for rows in zip(factors.tolist(), exponents.tolist())
        ]
        total = partition(weights, single_root)
        size = total.adjusted()
        expected = size * math.log(10) + math.log(total.scaleb(-size))
        assert log_partition == pytest.approx(expected, rel=1e-13)
        for m, h in ((1, 0), (2, 1), (num_words, 2), (num_words, 0), (3, num_words), (1, 3)):
            without = [list(row) for row in weights]
            without[m][h] = Decimal(0)
            expected = float((total - partition(without, single_root)) / total)
            error = 1e-13 * max(scale, 1.0) * num_words
            assert marginals[m, h].item() == pytest.approx(expected, rel=error, abs=1e-300)


@pytest.mark.parametrize("num_words", [1, 2, 7, 100, 200])
def test_trees_of_equal_scores_are_counted(num_words):
    """`(n + 1)^(n - 1)` trees with any number of roots, `n^(n - 1)` with one (Cayley)."""
    scores = torch.zeros(1, num_words + 1, num_words + 1, dtype=torch.float64)
    lengths = torch.tensor([num_words])
    for single_root, base, share in (
        (False, num_words + 1, 2 / (num_words + 1)),
        (True, num_words, 1 / num_words),
    ):
        count = (num_words - 1) * math.log(base)
        log_partition = matrix_tree.log_partition(scores, lengths, single_root).item()
        assert log_partition == pytest.approx(count, rel=1e-13)
        marginals = matrix_tree.marginals(scores, lengths, single_root)[0]
        roots = torch.full((num_words,), share, dtype=torch.float64)
        torch.testing.assert_close(marginals[1:, 0], roots, rtol=1e-12, atol=0)


@both_ways
@pytest.mark.parametrize("single_root", [True, False])
@pytest.mark.parametrize("scale", [1.0, 100.0, 1e4])
def test_both_ways_agree(single_root, scale, way, compute):
    """Of sentences in which marginals were once 1e16 and less than -1e22."""
    torch.manual_seed(0)
    scores = torch.randn(4, 16, 16, dtype=torch.float64) * scale
    lengths, direction = torch.tensor([15, 0, 7, 15]), torch.randn_like(scores)
    scores = scores.masked_fill(~legal_arcs(torch.arange(16) <= lengths.unsqueeze(1)), 0.0)
    expected = results(scores, lengths, single_root, direction)
    ours = compute(scores, lengths, single_root, direction)
    for result, other in zip(ours, expected):
        torch.testing.assert_close(result, other, rtol=1e-13 * max(scale, 1e3), atol=1e-12 * scale)
    assert (ours[1] > -1e-14 * scale).all() and (ours[1] < 1 + 1e-14 * scale).all()


@pytest.mark.parametrize("single_root", [True, False])
@pytest.mark.parametrize("scale", [1.0, 30.0, 1e3, 1e4])
def test_long_sentences(single_root, scale):
    torch.manual_seed(0)
    scores = torch.randn(1, 201, 201, dtype=torch.float64) * scale
    direction = torch.randn_like(scores)
    total, marginals, product = results(scores, torch.tensor([200]), single_root, direction)
    assert torch.isfinite(total).all()
    assert (marginals >= 0).all() and (marginals <= 1).all()
    ones = torch.ones(200, dtype=torch.float64)
    torch.testing.assert_close(marginals[0, 1:].sum(dim=1), ones, rtol=0, atol=1e-11)
    if single_root:
        assert marginals[0, :, 0].sum().item() == pytest.approx(1.0, abs=1e-9)
    torch.testing.assert_close(product[0, 1:].sum(dim=1), 0 * ones, rtol=0, atol=1e-9)


def test_batches_and_sentences_without_words():
    torch.manual_seed(0)
    lengths = torch.tensor([6, 0, 1, 3])
    # The scores of the third sentence leave the range that the others are computed in.
    scores = torch.randn(4, 7, 7, dtype=torch.float64) * torch.tensor([1, 1, 1, 1e4]).reshape(
        -1, 1, 1
    )
    direction = torch.randn_like(scores)
    together = results(scores, lengths, True, direction)
    assert together[0][1] == 0 and (together[1][1] == 0).all()
    for i, n in enumerate(lengths.tolist()):
        m = n + 1
        alone = results(
            scores[i : i + 1, :m, :m], lengths[i : i + 1], True, direction[i : i + 1, :m, :m]
        )
        assert torch.equal(together[0][i], alone[0][0])
        assert torch.equal(together[1][i, :m, :m], alone[1][0])
        assert torch.equal(together[2][i, :m, :m], alone[2][0])
        assert together[1][i].sum() == pytest.approx(n)
