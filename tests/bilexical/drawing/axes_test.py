import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.drawing.axes import Scale, ticks, write_ticks

numbers = st.floats(-1e9, 1e9) | st.floats(-1, 1) | st.integers(-5, 5)
values = st.lists(numbers | st.sampled_from([None, float("nan"), float("inf")]), max_size=8)


@given(values)
def test_ticks_enclose_the_values(values):
    finite = [value for value in values if value is not None and abs(value) < float("inf")]
    found = ticks(values)
    assert 2 <= len(found) <= 12
    steps = {round((b - a) / (found[1] - found[0]), 6) for a, b in zip(found, found[1:])}
    assert steps == {1.0}
    slack = 1e-6 * (found[1] - found[0])
    for value in finite:
        assert found[0] - slack <= value <= found[-1] + slack
    assert len(set(write_ticks(found))) == len(found)


@given(st.floats(-1e12, 1e12), st.floats(1e-8, 1e-3))
def test_small_steps_are_written_apart(low, distance):
    found = ticks([low, low + distance * abs(low)])
    texts = write_ticks(found)
    assert len(set(texts)) == len(found)
    for text, value in zip(texts, found):
        written = float(text.replace("\N{MINUS SIGN}", "-"))
        assert written == pytest.approx(value, abs=2e-3 * abs(found[1] - found[0]))


@pytest.mark.parametrize(
    "values, expected",
    [
        ([0, 1], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ([-3, 42], [-10, 0, 10, 20, 30, 40, 50]),
        ([], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ([5, 5], [2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_ticks(values, expected):
    assert ticks(values) == pytest.approx(expected)


def test_ticks_within_the_values():
    assert ticks([1, 2, 12], 8, whole=True, around=False) == [2, 4, 6, 8, 10, 12]
    assert ticks([1, 2, 3], 8, whole=True, around=False) == [1, 2, 3]
    assert ticks([3], 8, whole=True, around=False) == [2, 3, 4]


def test_written_ticks():
    assert write_ticks([-0.5, 0, 0.5]) == ["−0.5", "0.0", "0.5"]
    assert write_ticks([0, 250, 500]) == ["0", "250", "500"]
    assert write_ticks([0.25, 0.5]) == ["0.25", "0.50"]
    assert write_ticks([0, 2e-5]) == ["0", "2e-05"]
    assert write_ticks([0.92, 0.920025, 0.92005]) == ["0.92", "0.920025", "0.92005"]
    assert write_ticks([1e9, 1.002e9]) == ["1e+09", "1.002e+09"]


def test_scale():
    assert [Scale(-1, 3, 100, 20)(value) for value in (-1, 1, 3)] == [100, 60, 20]
