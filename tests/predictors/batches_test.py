import hypothesis.strategies as st
import pytest
from hypothesis import given

from spigot_allennlp.predictors.batches import similar_lengths


@given(st.lists(st.integers(1, 30)), st.integers(1, 60))
def test_every_sentence_is_in_one_batch_and_none_is_too_large(lengths, max_nodes):
    batches = similar_lengths(lengths, max_nodes)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[index] for index in batch)
        assert len(batch) == 1 or len(batch) * longest <= max_nodes


@pytest.mark.parametrize("max_nodes, expected", [(6, [[1, 3], [0, 2]]), (100, [[1, 3, 0, 2]])])
def test_sentences_of_one_length_stay_in_order_and_batches_are_filled(max_nodes, expected):
    assert similar_lengths([3, 2, 3, 2], max_nodes) == expected
