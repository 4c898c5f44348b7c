import json

import _jsonnet
import pytest

from tests.evaluation import value_of_json

VALUE = {
    "z": [None, True, False, "", "ä\u2028\"'\\ \n\t${}", {}, [], [[]]],
    "a.b": {"words": -1, "": 0, "2": [1e-3, 0.1, 1 / 3, -2.5, 1.0, 1e15, 3e-300, 2**53]},
}


def test_plain_json_is_what_jsonnet_makes_of_it():
    for text in (json.dumps(VALUE), json.dumps(VALUE, ensure_ascii=False, indent=2)):
        found = json.loads(value_of_json(text))
        expected = json.loads(_jsonnet.evaluate_snippet("", text))
        # With integers where the other has some, and in the same order.
        assert json.dumps(found) == json.dumps(expected)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{a: 1}", "{'a': 1}", "{} + {}", '{"a": 1, "a": 2}', "[1,]", "NaN", "// {}\n{}"),
        *("9007199254740993", "1e300", "-0.0"),
    ],
)
def test_all_else_is_left_to_jsonnet(text):
    assert value_of_json(text) is None
