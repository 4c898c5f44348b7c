import itertools

from hypothesis import given
from hypothesis import strategies as st

from bilexical.drawing.levels import assign_levels

spans = st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda span: span[0] < span[1])


@given(st.lists(spans, max_size=15))
def test_levels(spans):
    levels = assign_levels(spans)
    assert all(level >= 1 for level in levels)
    for (a, low), (b, high) in itertools.permutations(zip(spans, levels), 2):
        if b[0] <= a[0] and a[1] <= b[1] and a != b:
            assert low < high
        if a[0] < b[1] and b[0] < a[1]:
            assert low != high


def test_arcs_beside_one_another_share_a_level():
    assert assign_levels([(0, 1), (1, 2), (0, 2), (2, 5), (3, 4), (0, 1)]) == [1, 1, 3, 2, 1, 2]
