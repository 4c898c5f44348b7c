"""The random numbers that samples are made of: which tree takes which, and how many."""

import threading

import pytest
import torch

from spigot_allennlp.nn.matrix_tree import log_partition, marginals
from spigot_allennlp.nn.tree_sampling import sample_nonprojective, sample_projective
from spigot_allennlp.nn.uniforms import uniforms
from spigot_allennlp.structures.trees import reaches_root

both_kinds = pytest.mark.parametrize("sample", [sample_projective, sample_nonprojective])
any_root = pytest.mark.parametrize("single_root", [True, False])


class Sequence:
    """Random numbers that go on where the last ones ended."""

    def __init__(self, numbers):
        self.numbers = numbers
        self.used = 0

    def __call__(self, count):
        self.used += count
        assert self.used <= self.numbers.size(2)
        return self.numbers[:, :, self.used - count : self.used]


def numbers_of(num_samples, batch_size, count=400, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(num_samples, batch_size, count, generator=generator, dtype=torch.float64)


@both_kinds
@any_root
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_batched_and_padded_equals_alone(sample, single_root, dtype):
    torch.manual_seed(0)
    lengths = torch.tensor([6, 0, 1, 9, 3])
    scores = torch.randn(5, 10, 10, dtype=dtype)
    numbers = numbers_of(7, 5)
    together = sample(scores, lengths, single_root, Sequence(numbers))
    garbage = scores.clone()
    for i, n in enumerate(lengths.tolist()):
        garbage[i, n + 1 :] = garbage[i, :, n + 1 :] = float("nan")
    strided = garbage.transpose(1, 2).contiguous().transpose(1, 2)
    assert torch.equal(sample(strided, lengths, single_root, Sequence(numbers)), together)
    for i, n in enumerate(lengths.tolist()):
        alone = sample(
            scores[i : i + 1, : n + 1, : n + 1],
            lengths[i : i + 1],
            single_root,
            Sequence(numbers[:, i : i + 1]),
        )
        assert torch.equal(together[:, i, : n + 1], alone[:, 0])
        assert (together[:, i, n + 1 :] == 0).all()


@any_root
def test_more_numbers_are_drawn_where_a_tree_takes_more(single_root):
    """Each word takes over the modifiers of the one before when it is put back."""
    num_words = 40
    nodes = torch.arange(num_words + 1.0, dtype=torch.float64)
    # Arcs to the left come from as far as possible, those to the right from as near as possible.
    scores = torch.where(nodes[:, None] < nodes, 4.0 * nodes, 6.0 * nodes).expand(1, -1, -1)
    lengths = torch.tensor([num_words])
    numbers = numbers_of(5, 1, count=2000)
    sequence = Sequence(numbers)
    heads = sample_nonprojective(scores, lengths, single_root, sequence)
    assert sequence.used > 4 * (num_words + 1)
    # As from one sequence that is long enough at once.
    at_once = sample_nonprojective(scores, lengths, single_root, lambda count: numbers)
    assert torch.equal(heads, at_once)
    assert reaches_root(heads[:, 0], torch.ones(5, num_words + 1, dtype=torch.bool)).all()


@any_root
@pytest.mark.parametrize("uniform", [0.0, 1 - 2**-53])
@both_kinds
def test_numbers_at_the_ends_of_the_range(sample, single_root, uniform):
    """No tree of probability 0 is drawn: here there is only one of another."""
    torch.manual_seed(1)
    heads = torch.tensor([0, 2, 4, 2, 0, 4])
    scores = torch.randn(1, 6, 6, dtype=torch.float64)
    scores[0, torch.arange(6), heads] += 1e4
    numbers = torch.full((1, 1, 100), uniform, dtype=torch.float64)
    drawn = sample(scores, torch.tensor([5]), single_root, Sequence(numbers))
    assert torch.equal(drawn[0, 0], heads)


@any_root
@both_kinds
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_scores_that_are_no_numbers_end(sample, single_root, value):
    """On a GPU nobody waits to look at values."""
    scores = torch.full((2, 8, 8), value)
    scores[1, 1::2] = 1.0
    draw = uniforms(3, scores, torch.Generator().manual_seed(1))
    heads = sample(scores, torch.tensor([7, 6]), single_root, draw)
    assert ((heads >= 0) & (heads < 8)).all()


@any_root
def test_roots_and_neighbors_of_many_words(single_root):
    """Of 150 words, in sentences that no enumeration reaches."""
    torch.manual_seed(2)
    scores = torch.randn(1, 151, 151, dtype=torch.float64)
    scores[0, :, 0] += 2.0
    lengths = torch.tensor([150])
    draw = uniforms(400, scores, torch.Generator().manual_seed(3))
    heads = sample_nonprojective(scores, lengths, single_root, draw)[:, 0]
    assert torch.isfinite(log_partition(scores, lengths, single_root)).all()
    expected = marginals(scores, lengths, single_root)[0]
    # Arcs in groups by their marginals, since each is rare.
    words = torch.arange(1, 151)
    chosen = expected[words, heads[:, 1:]]
    for low, high in ((0.0, 0.01), (0.01, 0.05), (0.05, 0.2), (0.2, 1.0)):
        group = expected[1:][(expected[1:] > low) & (expected[1:] <= high)]
        found = ((chosen > low) & (chosen <= high)).sum().item() / 400
        deviation = (group * (1 - group)).sum().item() ** 0.5 / 20
        # The variances of arcs of one head are less than their sum, others are correlated.
        assert abs(found - group.sum().item()) <= 6 * deviation
    num_roots = (heads[:, 1:] == 0).sum(dim=1).double()
    assert (num_roots == 1).all() if single_root else num_roots.mean() > 1


@both_kinds
def test_threads(sample):
    torch.manual_seed(0)
    scores, lengths, numbers = torch.randn(8, 16, 16), torch.full((8,), 15), numbers_of(4, 8)
    expected = sample(scores, lengths, True, Sequence(numbers))
    results = [None] * 8

    def work(index):
        results[index] = sample(scores, lengths, True, Sequence(numbers))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(result, expected) for result in results)


@pytest.mark.gpu
@both_kinds
@any_root
def test_the_same_on_a_gpu(sample, single_root):
    torch.manual_seed(0)
    scores, lengths = torch.randn(4, 13, 13), torch.tensor([12, 0, 1, 7])
    expected = sample(scores, lengths, single_root, Sequence(numbers_of(5, 4)))
    ours = sample(scores.cuda(), lengths.cuda(), single_root, Sequence(numbers_of(5, 4).cuda()))
    assert ours.is_cuda and torch.equal(ours.cpu(), expected)
