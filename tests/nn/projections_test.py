"""Projections against exact arithmetic over every possible set of positive entries."""

from fractions import Fraction
from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spigot_allennlp.nn.projections import clip_norm, project_by_sorting, project_onto_simplex

finite = st.floats(-8, 8, width=32)
# Few distinct values, so that ties are frequent.
rough = st.integers(-4, 4).map(lambda x: x / 2)
entries = st.one_of(finite, rough)


def exact_projection(point, total):
    """The projection with the only set of positive entries that is optimal, in rational numbers."""
    values = [Fraction(x) for x in point]
    total = Fraction(total)
    indices = range(len(values))
    for size in range(1, len(values) + 1):
        for positive in combinations(indices, size):
            threshold = (sum(values[i] for i in positive) - total) / size
            if all((values[i] > threshold) == (i in positive) for i in indices):
                return [float(max(x - threshold, Fraction(0))) for x in values]
    # Nothing is positive only when nothing is to be distributed.
    assert total == 0
    return [0.0] * len(values)


def bisected_projection(point, total):
    low, high = point.min().item() - total - 1, point.max().item()
    for _ in range(200):
        threshold = (low + high) / 2
        if (point - threshold).clamp(min=0).sum() > total:
            low = threshold
        else:
            high = threshold
    return (point - high).clamp(min=0)


def project(point, total=1.0, support=None):
    """Of one row."""
    if support is None:
        support = torch.ones_like(point, dtype=torch.bool)
    totals = torch.as_tensor(total, dtype=point.dtype)
    return project_onto_simplex(point, support, totals)


def double(values):
    return torch.tensor(values, dtype=torch.double)


def assert_near(actual, expected, tolerance=1e-12):
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


@given(
    st.lists(entries, min_size=1, max_size=6),
    st.one_of(st.floats(0, 5), st.sampled_from([0.0, 1.0])),
)
def test_equals_exact_projection(values, total):
    assert_near(project(double(values), total), double(exact_projection(values, total)))


@given(st.data())
def test_rows_have_their_own_support_and_total(data):
    num_rows, size = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    row = st.lists(entries, min_size=size, max_size=size)
    point = double(data.draw(st.lists(row, min_size=num_rows, max_size=num_rows)))
    supports = st.lists(st.booleans(), min_size=size, max_size=size)
    support = torch.tensor(data.draw(st.lists(supports, min_size=num_rows, max_size=num_rows)))
    sums = data.draw(st.lists(st.floats(0, 3), min_size=num_rows, max_size=num_rows))
    projected = project_onto_simplex(point, support, double(sums))
    for i, total in enumerate(sums):
        expected = torch.zeros(size, dtype=torch.double)
        if support[i].any():
            expected[support[i]] = double(exact_projection(point[i, support[i]].tolist(), total))
        assert_near(projected[i], expected)


@pytest.mark.parametrize("size", [2, 50, 400])
@pytest.mark.parametrize("total", [0.01, 1.0, 30.0])
def test_long_rows(size, total):
    point = torch.randn(3, size, dtype=torch.double, generator=torch.Generator().manual_seed(size))
    projected = project(point, [total] * 3)
    for row, expected in zip(projected, point):
        assert_near(row, bisected_projection(expected, total))


def test_the_total_is_one_unless_given():
    point, support = torch.randn(2, 3, 4), torch.ones(2, 3, 4, dtype=torch.bool)
    torch.testing.assert_close(project_onto_simplex(point, support).sum(dim=-1), torch.ones(2, 3))


def test_points_of_the_simplex_stay():
    for point in ([0.0, 1.0, 0.0], [0.25, 0.75, 0.0], [1.0]):
        assert_near(project(double(point)), double(point))


@given(st.lists(entries, min_size=1, max_size=6), finite)
def test_shifting_a_row_changes_nothing(values, shift):
    assert_near(project(double(values) + shift), project(double(values)))


def test_ties_share():
    for size in (2, 3, 7):
        assert_near(project(double([0.3] * size)), double([1 / size] * size))
    assert_near(project(double([0.5, 0.5, 0.25, -3.0])), double([5 / 12, 5 / 12, 1 / 6, 0.0]))
    # The third entry lies exactly at the threshold.
    assert_near(project(double([1.0, 1.0, 0.5])), double([0.5, 0.5, 0.0]))


@pytest.mark.parametrize("scale", [1e9, 1e30])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_large_values(scale, dtype):
    point = torch.tensor([[1.0, 1.0, -1.0], [-1.0, -2.0, -3.0], [0.0, 0.0, 0.0]], dtype=dtype)
    expected = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [1 / 3] * 3], dtype=dtype)
    torch.testing.assert_close(project(point * scale, [1.0] * 3), expected)


def test_small_differences_between_large_values_count():
    point = double([1e9, 1e9 + 0.5, 1e9 - 5])
    assert_near(project(point), double([0.25, 0.75, 0.0]))


def test_single_precision():
    point = 3 * torch.randn(200, 30, generator=torch.Generator().manual_seed(1))
    projected = project(point, [1.0] * 200)
    assert projected.dtype == torch.float32
    torch.testing.assert_close(
        projected.double(), project(point.double(), [1.0] * 200), rtol=0, atol=1e-6
    )


def test_a_row_without_support_is_zero_whatever_its_total():
    support = torch.tensor([[False, False], [True, False]])
    projected = project_onto_simplex(torch.ones(2, 2), support, torch.tensor([2.0, 2.0]))
    assert projected.tolist() == [[0.0, 0.0], [2.0, 0.0]]


@pytest.mark.parametrize("garbage", [float("nan"), float("inf"), -float("inf"), 1e38])
def test_what_is_off_the_support_does_not_matter(garbage):
    point, support = torch.tensor([0.4, garbage, 0.2]), torch.tensor([True, False, True])
    torch.testing.assert_close(project(point, support=support), torch.tensor([0.6, 0.0, 0.4]))


def test_nan_on_the_support_shows_in_its_row_and_in_no_other():
    point = torch.tensor([[0.4, float("nan"), 0.2], [0.4, 0.1, 0.2]])
    projected = project(point, [1.0, 1.0])
    assert projected[0].isnan().all()
    assert torch.equal(projected[1], project(point[1]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("total", [0.0, 1.0, 7.5])
def test_equals_the_projection_by_sorting(dtype, total):
    generator = torch.Generator().manual_seed(0)
    for size in (1, 2, 33, 61):
        point = torch.randn(5, 40, size, dtype=dtype, generator=generator)
        # Many ties, and rows without support.
        point[1] = point[1].round()
        support = torch.rand(point.shape, generator=generator) < 0.5
        totals = torch.full(point.shape[:-1], total, dtype=dtype)
        torch.testing.assert_close(
            project_onto_simplex(point, support, totals), project_by_sorting(point, support, totals)
        )


def test_values_of_every_size():
    """The threshold is found in many steps."""
    size = 40
    point = -(3.0 ** torch.arange(size, dtype=torch.double)).unsqueeze(0)
    totals = torch.tensor([3.0**size], dtype=torch.double)
    support = torch.ones(1, size, dtype=torch.bool)
    projected = project_onto_simplex(point, support, totals)
    torch.testing.assert_close(projected, project_by_sorting(point, support, totals))


def test_any_order_in_memory_and_no_rows():
    point = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(0))
    support = torch.ones(4, 1, dtype=torch.bool).expand(4, 5)
    expected = project_onto_simplex(point, support.expand(3, 4, 5).contiguous())
    transposed = point.transpose(0, 2).contiguous().transpose(0, 2).requires_grad_()
    projected = project_onto_simplex(transposed, support.expand(3, 4, 5))
    assert torch.equal(projected, expected) and not projected.requires_grad
    for shape in ((0, 5), (3, 0)):
        empty = torch.zeros(shape)
        assert project_onto_simplex(empty, empty.bool()).shape == shape


def test_the_point_is_left_alone():
    point, support = torch.randn(4, 5), torch.rand(4, 5) < 0.5
    before = point.clone(), support.clone()
    project_onto_simplex(point, support)
    assert torch.equal(point, before[0]) and torch.equal(support, before[1])


class TestClipNorm:
    def test_norm_is_of_all_parts_of_a_sentence(self):
        step = torch.zeros(3, 2, 2, 2)
        step[0, 0, 0, 0], step[0, 1, 1, 1] = 3.0, 4.0
        step[1, 1, 0, 1] = 0.5
        clipped = clip_norm(step, 1.0)
        assert clipped[0, 0, 0, 0].item() == pytest.approx(0.6)
        assert clipped[0, 1, 1, 1].item() == pytest.approx(0.8)
        # Short enough, and zero: neither is changed, the long one beside them notwithstanding.
        assert torch.equal(clipped[1:], step[1:])

    def test_equals_the_formula(self):
        step = torch.randn(5, 3, 3, dtype=torch.double, generator=torch.Generator().manual_seed(0))
        before = step.clone()
        for max_norm in (5 / 32, 2.5, 100.0):
            for clipped, sentence in zip(clip_norm(step, max_norm), step):
                factor = min(1.0, max_norm / sentence.pow(2).sum().sqrt().item())
                assert_near(clipped, sentence * factor)
        assert torch.equal(step, before)

    def test_without_a_bound_the_step_stays(self):
        step = 1e6 * torch.ones(2, 3, 3)
        assert torch.equal(clip_norm(step, None), step)

    @pytest.mark.parametrize("scale", [0.0, 1e-30, 1e-10, 1e10])
    def test_extreme_steps_are_finite_and_short(self, scale):
        clipped = clip_norm(scale * torch.ones(1, 4, 4), 1.0)
        assert torch.isfinite(clipped).all()
        assert clipped.norm().item() <= 1 + 1e-6
        if scale:
            assert clipped.abs().sum() > 0
