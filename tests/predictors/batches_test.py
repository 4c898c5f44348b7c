from itertools import chain

import hypothesis.strategies as st
import pytest
from hypothesis import given

from spigot_allennlp.dataset_readers.fields import sentence_instance
from spigot_allennlp.predictors import batches
from spigot_allennlp.predictors.batches import groups_of, num_nodes, similar_lengths


@given(st.lists(st.integers(1, 30)), st.integers(1, 60))
def test_every_sentence_is_in_one_batch_and_none_is_too_large(lengths, max_nodes):
    found = similar_lengths(lengths, max_nodes)
    assert sorted(index for batch in found for index in batch) == list(range(len(lengths)))
    for batch in found:
        longest = max(lengths[index] for index in batch)
        assert len(batch) == 1 or len(batch) * longest <= max_nodes


@pytest.mark.parametrize("max_nodes, expected", [(6, [[1, 3], [0, 2]]), (100, [[1, 3, 0, 2]])])
def test_sentences_of_one_length_stay_in_order_and_batches_are_filled(max_nodes, expected):
    assert similar_lengths([3, 2, 3, 2], max_nodes) == expected


@given(st.lists(st.integers(1, 9)), st.integers(1, 30), st.none() | st.integers(1, 5))
def test_a_group_ends_with_the_sentence_that_fills_it(lengths, group_nodes, max_sentences):
    sentences = [sentence_instance(["a"] * length) for length in lengths]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "GROUP_NODES", group_nodes)
        groups = list(groups_of(iter(sentences), max_sentences))

    def is_full(group):
        return sum(map(num_nodes, group)) >= group_nodes or len(group) == max_sentences

    assert list(chain(*groups)) == sentences and all(groups)
    assert all(map(is_full, groups[:-1]))
    assert not any(is_full(group[:end]) for group in groups for end in range(len(group)))


@pytest.mark.parametrize("number", range(6))
def test_what_comes_before_an_error_is_a_group(number):
    def faulty():
        for length in range(1, number + 1):
            yield sentence_instance(["a"] * length)
        raise ValueError("no sentence")

    groups = groups_of(faulty(), 2)
    for start in range(1, number + 1, 2):
        assert list(map(num_nodes, next(groups))) == [
            length + 1 for length in range(start, min(start + 2, number + 1))
        ]
    with pytest.raises(ValueError, match="no sentence"):
        next(groups)
