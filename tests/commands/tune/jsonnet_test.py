import json

import _jsonnet
from hypothesis import given
from hypothesis import strategies as st

from spigot_allennlp.commands.tune.jsonnet import jsonnet

# The numbers of Jsonnet are those of float64, and it has no surrogates.
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(["it's", '"', "\\'", "\\n", "local", "%s", "|||", "// no comment"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("a_1 '$", max_size=4), inner),
)


@given(VALUES)
def test_it_is_read_as_what_was_written(value):
    assert json.loads(_jsonnet.evaluate_snippet("value", jsonnet(value))) == value


def test_layout():
    value = {"model": {"type": "it's", "words": list(range(40))}, "in": [], "lr": 1e-3}
    assert jsonnet(value).splitlines() == [
        "{",
        "  model: {",
        "    type: 'it\\'s',",
        "    words: [",
        *(f"      {number}," for number in range(40)),
        "    ],",
        "  },",
        "  'in': [],",
        "  lr: 0.001,",
        "}",
    ]
