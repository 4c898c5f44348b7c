"""Expressions, evaluated again from their tokens, and what their values hang on."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.trees import check_tree, is_projective
from toy_corpus.dice import Dice
from toy_corpus.listops import (
    OPERATORS,
    Expression,
    apply,
    draw_arguments,
    draw_expression,
    to_sentence,
    value,
)

expressions = st.builds(
    lambda seed, result: (draw_expression(Dice(seed), result), result),
    st.integers(0, 10**6),
    st.integers(0, 9),
)


def evaluate(tokens):
    """With a stack, from the right; medians by counting."""
    stack = []
    for token in reversed(tokens):
        if not token.startswith("["):
            stack.append(token)
            continue
        values = []
        while stack[-1] != "]":
            values.append(int(stack.pop()))
        stack.pop()
        stack.append(str(OPERATIONS[token](values)))
    (result,) = stack
    return int(result)


def median(values):
    size = len(values)
    # The smallest number that at least half of the values do not exceed, and the largest that at
    # least half of them reach.
    low = min(x for x in range(10) if 2 * sum(y <= x for y in values) >= size)
    high = max(x for x in range(10) if 2 * sum(y >= x for y in values) >= size)
    return (low + high) // 2


OPERATIONS = {
    "[MAX": lambda values: sorted(values)[-1],
    "[MIN": lambda values: sorted(values)[0],
    "[MED": median,
    "[SM": lambda values: int(str(sum(values))[-1]),
}


def heads_by_brackets(tokens):
    """The innermost bracket that is open."""
    open_brackets, heads = [0], []
    for number, token in enumerate(tokens, 1):
        heads.append(open_brackets[-1])
        if token.startswith("["):
            open_brackets.append(number)
        elif token == "]":
            open_brackets.pop()
    assert open_brackets == [0]
    return heads


def depth(tokens):
    level = deepest = 0
    for token in tokens:
        level += token.startswith("[") - (token == "]")
        deepest = max(deepest, level)
    return deepest


@given(expressions)
def test_the_value_is_that_of_the_tokens(drawn):
    expression, result = drawn
    sentence = to_sentence("1", expression)
    tokens = [word.form for word in sentence.words]
    assert evaluate(tokens) == value(expression) == result
    assert sentence.comments == [f"# label = {result}"]


@given(expressions)
def test_the_tree_is_that_of_the_brackets(drawn):
    sentence = to_sentence("1", drawn[0])
    tokens = [word.form for word in sentence.words]
    assert sentence.heads == heads_by_brackets(tokens)
    check_tree(sentence.heads)
    assert is_projective(sentence.heads)
    assert sentence.heads.count(0) == 1
    for word in sentence.words:
        assert word.deprel == ("root" if not word.head else "close" if word.form == "]" else "arg")


@given(expressions)
def test_lengths_and_depths(drawn):
    tokens = [word.form for word in to_sentence("1", drawn[0]).words]
    assert 10 <= len(tokens) <= 50
    assert depth(tokens) <= 5


def test_an_example():
    inner = Expression("MIN", (4, 7))
    sentence = to_sentence("1", Expression("MAX", (2, 9, inner, 0)))
    assert str(sentence) == "[MAX 2 9 [MIN 4 7 ] 0 ]"
    assert sentence.heads == [0, 1, 1, 1, 4, 4, 4, 1, 1]
    assert sentence.comments == ["# label = 9"]


@pytest.mark.parametrize(
    "operator, values, result",
    [("MAX", [3, 8], 8), ("MIN", [3, 8], 3), ("SM", [3, 8], 1), ("MED", [8, 3], 5)],
)
def test_operators(operator, values, result):
    assert apply(operator, values) == result


def test_an_unknown_operator():
    with pytest.raises(ValueError, match="'SUM' is no operator"):
        apply("SUM", [1])


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("result", [0, 4, 9])
def test_arguments_are_uniform_among_those_with_the_value(operator, result):
    operation = OPERATIONS[f"[{operator}"]
    possible = [xs for xs in product(range(10), repeat=2) if operation(list(xs)) == result]
    dice, num_draws = Dice(1), 300 * len(possible)
    counts = Counter(tuple(draw_arguments(dice, operator, 2, result)) for _ in range(num_draws))
    assert set(counts) == set(possible)
    # Six standard deviations.
    assert all(abs(count - 300) < 6 * 300**0.5 for count in counts.values())


def test_neither_shape_nor_operators_hang_on_the_value():
    def shape(result):
        expression = draw_expression(Dice(5), result)
        return [
            word.form if word.form.startswith("[") else word.form == "]"
            for word in to_sentence("1", expression).words
        ]

    assert all(shape(result) == shape(0) for result in range(10))


def test_all_depths_and_lengths_occur():
    dice = Dice(1)
    drawn = [to_sentence("1", draw_expression(dice, 0)) for _ in range(1000)]
    assert {len(sentence.words) for sentence in drawn} == set(range(10, 51))
    assert {depth([word.form for word in s.words]) for s in drawn} == {2, 3, 4, 5}
