"""The best non-projective trees against enumeration, and against one decoding for each root."""

import threading

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spigot_allennlp.nn.chu_liu_edmonds import chu_liu_edmonds_argmax
from spigot_allennlp.nn.parts import heads_to_arcs
from spigot_allennlp.structures.trees import reaches_root
from tests.brute_force import all_structures


def decode(scores, single_root):
    """The best tree of one sentence without padding, `(num_nodes,)`, and its score."""
    lengths = torch.tensor([len(scores) - 1])
    heads = chu_liu_edmonds_argmax(scores[None], lengths, single_root)
    return heads[0], total(scores, heads[0])


def total(scores, heads):
    return scores[torch.arange(1, len(scores)), heads[1:]].double().sum().item()


def is_tree(heads, single_root):
    mask = torch.ones(1, len(heads), dtype=torch.bool)
    num_roots = (heads[1:] == 0).sum()
    return reaches_root(heads[None], mask).item() and (num_roots == 1 or not single_root)


@given(st.integers(1, 5), st.booleans(), st.data())
def test_the_best_tree_of_small_integers(num_words, single_root, data):
    """Ties and nested cycles are frequent, and nothing is rounded."""
    num_entries = (num_words + 1) ** 2
    entries = data.draw(st.lists(st.integers(-3, 3), min_size=num_entries, max_size=num_entries))
    scores = torch.tensor(entries, dtype=torch.float64).reshape(num_words + 1, num_words + 1)
    heads, score = decode(scores, single_root)
    assert is_tree(heads, single_root)
    trees = torch.from_numpy(
        all_structures("nonprojective_trees", num_words, single_root=single_root)
    )
    assert score == (trees * scores).sum(dim=(1, 2)).max().item()


@pytest.mark.parametrize("single_root", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_large_scores_do_not_hide_small_differences(single_root, dtype):
    """Scores of +-1e4 that differ by 0.01 between trees; arcs from ROOT are the best of all."""
    trees = torch.from_numpy(all_structures("nonprojective_trees", 5, single_root=single_root))
    for seed in range(50):
        torch.manual_seed(seed)
        scores = 1e4 * torch.randint(-1, 2, (6, 6)) + 0.01 * torch.randint(-9, 10, (6, 6))
        scores[:, 0] += 1e4
        scores = scores.to(dtype)
        heads, score = decode(scores, single_root)
        assert is_tree(heads, single_root)
        best = (trees * scores.double()).sum(dim=(1, 2)).max().item()
        assert score == pytest.approx(best, abs=1e-7)


@given(st.integers(2, 40), st.integers(0, 10**6))
def test_one_root_is_the_best_of_all_choices_of_the_root(num_words, seed):
    torch.manual_seed(seed)
    scores = torch.randn(num_words + 1, num_words + 1, dtype=torch.float64)
    scores[:, 0] += 2.0
    best = float("-inf")
    for root in range(1, num_words + 1):
        forbidden = torch.ones(num_words + 1, dtype=torch.bool)
        forbidden[root] = False
        without = scores.clone()
        without[forbidden, 0] = -1e3
        best = max(best, decode(without, False)[1])
    heads, score = decode(scores, True)
    assert is_tree(heads, True)
    assert score == pytest.approx(best, abs=1e-10)


@pytest.mark.parametrize("single_root", [True, False])
@pytest.mark.parametrize("value", [0.0, 1e4, float("inf"), float("-inf"), float("nan")])
def test_a_tree_also_where_nothing_can_be_told_apart(single_root, value):
    for num_words in (1, 2, 3, 10, 30):
        scores = torch.full((num_words + 1, num_words + 1), value)
        heads, _ = decode(scores, single_root)
        assert is_tree(heads, single_root)
        assert torch.equal(decode(scores, single_root)[0], heads)


@pytest.mark.parametrize("single_root", [True, False])
def test_long_sentences(single_root):
    torch.manual_seed(0)
    random = torch.randn(501, 501)
    chain = torch.full((501, 501), -1.0)
    chain[torch.arange(1, 501), torch.arange(500)] = 1.0
    # Neighbors prefer each other, less and less to the right: cycles in cycles.
    nested = torch.full((501, 501), -1e4)
    nested[torch.arange(1, 500), torch.arange(2, 501)] = torch.arange(500.0, 1.0, -1.0)
    nested[torch.arange(2, 501), torch.arange(1, 500)] = torch.arange(500.0, 1.0, -1.0)
    for scores in (random, chain, nested):
        assert is_tree(decode(scores, single_root)[0], single_root)
    assert decode(chain, single_root)[0][1:].tolist() == list(range(500))
    assert decode(nested, single_root)[1] == pytest.approx(-1e4 + sum(range(2, 501)))


def test_batches_padding_and_order_in_memory():
    torch.manual_seed(0)
    lengths = torch.tensor([5, 0, 1, 7])
    scores = torch.randn(4, 8, 8)
    heads = chu_liu_edmonds_argmax(scores, lengths, True)
    transposed = scores.transpose(1, 2).contiguous().transpose(1, 2).requires_grad_()
    assert torch.equal(chu_liu_edmonds_argmax(transposed, lengths, True), heads)
    for row, matrix, n in zip(heads, scores, lengths.tolist()):
        assert (row[n + 1 :] == 0).all()
        if n:
            alone, _ = decode(matrix[: n + 1, : n + 1], True)
            assert torch.equal(row[: n + 1], alone)


def test_threads():
    torch.manual_seed(0)
    scores, lengths = torch.randn(16, 21, 21), torch.full((16,), 20)
    expected = chu_liu_edmonds_argmax(scores, lengths, True)
    results = [None] * 8

    def work(index):
        results[index] = chu_liu_edmonds_argmax(scores, lengths, True)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(result, expected) for result in results)
    mask = torch.ones(16, 21, dtype=torch.bool)
    assert heads_to_arcs(expected, mask).sum() == 16 * 20
