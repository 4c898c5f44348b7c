import itertools
import random

import pytest
from hypothesis import given

from bilexical.formats.trees import (
    TreeError,
    check_tree,
    is_projective,
    projectivize,
)
from tests.bilexical.formats.strategies import trees


def is_tree(heads):
    for word in range(1, len(heads) + 1):
        steps = 0
        while word and steps <= len(heads):
            word = heads[word - 1]
            steps += 1
        if word:
            return False
    return True


def is_projective_by_definition(heads):
    """Each word between the ends of an arc is a descendant of the arc's head."""

    def ancestors(word):
        while word:
            word = heads[word - 1]
            yield word

    return all(
        head in ancestors(between)
        for word, head in enumerate(heads, 1)
        for between in range(min(word, head) + 1, max(word, head))
    )


def all_trees(num_words):
    return filter(is_tree, itertools.product(range(num_words + 1), repeat=num_words))


def random_tree(num_words, seed):
    generator = random.Random(seed)
    order = list(range(1, num_words + 1))
    generator.shuffle(order)
    heads = [0] * num_words
    for position, word in enumerate(order):
        heads[word - 1] = generator.choice([0, *order[:position]])
    return heads


@pytest.mark.parametrize("num_words", [1, 2, 3, 4])
def test_check_tree_accepts_the_trees_only(num_words):
    for heads in itertools.product(range(num_words + 1), repeat=num_words):
        if is_tree(heads):
            check_tree(heads)
        else:
            with pytest.raises(TreeError):
                check_tree(heads)


@pytest.mark.parametrize(
    ("heads", "word", "problem"),
    [
        ([0, 4, 1], 2, "the head 4 of word 2 is not one of 0 to 3"),
        ([0, -1], 2, "the head -1 of word 2"),
        ([0, 2], 2, "word 2 is its own head"),
        ([0, 3, 4, 2, 4], 2, "2 -> 3 -> 4"),
        ([3, 4, 4, 3], 3, "3 -> 4"),
    ],
)
def test_tree_errors(heads, word, problem):
    with pytest.raises(TreeError) as info:
        check_tree(heads)
    assert info.value.word == word
    assert problem in str(info.value)


def crossing_arcs(heads):
    """
    The pairs of words whose arcs, drawn above the sentence with ROOT at its left, cross. Each pair
    is in ascending order, and so are the pairs. Takes quadratic time.
    """
    spans = [tuple(sorted((word, head))) for word, head in enumerate(heads, 1)]
    crossing = []
    for first, (left, right) in enumerate(spans, 1):
        for second in range(first + 1, len(spans) + 1):
            other_left, other_right = spans[second - 1]
            if left < other_left < right < other_right or other_left < left < other_right < right:
                crossing.append((first, second))
    return crossing


@pytest.mark.parametrize(("num_words", "count"), [(1, 1), (2, 3), (3, 12), (4, 55), (5, 273)])
def test_projectivity_of_all_small_trees(num_words, count):
    # The number of projective trees with any number of roots is C(3n, n) / (2n + 1).
    found = 0
    for heads in all_trees(num_words):
        expected = is_projective_by_definition(heads)
        assert is_projective(heads) == expected, heads
        assert (crossing_arcs(heads) == []) == expected, heads
        found += expected
    assert found == count


@given(trees(max_words=12))
def test_projectivity_of_larger_trees(heads):
    assert is_projective(heads) == is_projective_by_definition(heads)
    assert is_projective(heads) == (not crossing_arcs(heads))


def test_crossing_arcs():
    # 2 -> 7 encloses the root and word 4, whose arcs leave it.
    assert crossing_arcs([2, 3, 0, 3, 7, 7, 2, 3]) == [(3, 7), (7, 8)]
    assert crossing_arcs([3, 0, 2]) == [(1, 2)]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ([2, 3, 0, 3, 7, 7, 2, 3], [2, 3, 0, 3, 7, 7, 3, 3]),
        ([0, 1, 1, 2], [0, 1, 1, 1]),
        ([3, 0, 2], [2, 0, 2]),
        # Lifted twice, to ROOT.
        ([4, 0, 0, 3], [0, 0, 0, 3]),
        # 4 -> 2 is lifted while 4 still has the head 1; the longer 1 -> 4 comes next.
        ([0, 4, 0, 1], [0, 1, 0, 0]),
        ([3, 0, 4, 0], [0, 0, 4, 0]),
    ],
)
def test_projectivize_lifts_the_shortest_arc(heads, expected):
    assert projectivize(heads) == expected


@given(trees(max_words=12))
def test_projectivize_gives_a_projective_tree(heads):
    before = list(heads)
    lifted = projectivize(heads)
    assert heads == before
    check_tree(lifted)
    assert is_projective_by_definition(lifted)
    if is_projective_by_definition(heads):
        assert lifted == heads
    for word, head in enumerate(lifted, 1):
        ancestor = heads[word - 1]
        while ancestor != head:
            assert ancestor, "an arc may only move up"
            ancestor = heads[ancestor - 1]


def test_long_sentences_need_no_recursion():
    for heads in (list(range(500)), [*range(2, 501), 0], random_tree(500, seed=1)):
        check_tree(heads)
        assert is_projective(projectivize(heads))
