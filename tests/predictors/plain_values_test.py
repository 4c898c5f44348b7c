import numpy
import pytest
import torch
from allennlp.common.util import sanitize
from allennlp.data import Token
from hypothesis import given
from hypothesis import strategies as st

from spigot_allennlp.predictors.plain_values import plain

VALUES = st.recursive(
    st.one_of(
        st.text(max_size=3),
        st.integers(),
        st.floats(allow_nan=False),
        st.booleans(),
        st.none(),
        st.integers(0, 9).map(numpy.int64),
        st.booleans().map(numpy.bool_),
        st.lists(st.integers(0, 9)).map(torch.tensor),
        st.lists(st.integers(0, 9)).map(numpy.array),
        st.text(max_size=3).map(Token),
    ),
    lambda values: st.one_of(
        st.lists(values), st.lists(values).map(tuple), st.dictionaries(st.text(max_size=2), values)
    ),
)


def typed(value):
    """With the types of all values, since 1, 1.0 and True are equal."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return [typed(item) for item in value] if isinstance(value, list) else (type(value), value)


@given(VALUES)
def test_values_are_those_of_allennlp(value):
    assert typed(plain(value)) == typed(sanitize(value))


def test_what_cannot_become_json_is_refused():
    with pytest.raises(ValueError, match="Cannot sanitize"):
        plain([{"a": [object()]}])
