"""The contract that every registered structure keeps, against enumeration."""

import math

import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from spigot_allennlp.structures import (
    LabeledGraphs,
    NonprojectiveTrees,
    ProjectiveTrees,
    Structure,
)
from spigot_allennlp.structures.projections import ArcThenLabels, Euclidean, TreePolytope
from tests.brute_force import NUM_LABELS, all_structures

# (name, structure, options of the enumeration, most words that can be enumerated)
TREES = [("projective_trees", ProjectiveTrees), ("nonprojective_trees", NonprojectiveTrees)]
EXACT = TreePolytope(tolerance=1e-8)
CASES = [
    (name, trees(single_root, projection), {"single_root": single_root}, 4)
    for name, trees in TREES
    for single_root in (True, False)
    for projection in (None, EXACT)
]
# Arcs from ROOT have label 2 alone, and those from words have no label 2.
ILLEGAL = numpy.array([[False, True, False], [False, False, True]])
CASES += [
    ("labeled_graphs", LabeledGraphs(), {}, 2),
    ("labeled_graphs", LabeledGraphs(Euclidean()), {}, 2),
    (
        "labeled_graphs",
        LabeledGraphs(Euclidean()).restricted(torch.from_numpy(ILLEGAL)),
        {"illegal_labels": ILLEGAL},
        2,
    ),
]


def name_of(name, structure, options, most):
    words = [name, *(f"{k}={v}" if k == "single_root" else k for k, v in options.items())]
    return "-".join(words + [type(structure.projection).__name__])


IDS = [name_of(*case) for case in CASES]
every_structure = pytest.mark.parametrize("name, structure, options, most", CASES, ids=IDS)


def part_shape(name):
    return (1 + NUM_LABELS,) if name == "labeled_graphs" else ()


def make_batch(name, lengths, seed=0, dtype=torch.float64, scale=1.0):
    torch.manual_seed(seed)
    num_nodes = 1 + max(lengths)
    scores = torch.randn(len(lengths), num_nodes, num_nodes, *part_shape(name), dtype=dtype) * scale
    mask = torch.arange(num_nodes) <= torch.tensor(lengths).unsqueeze(1)
    return scores, mask


def enumerate_sentence(name, num_words, options):
    return torch.from_numpy(all_structures(name, num_words, **options))


def inner(structures, scores):
    return (structures * scores).flatten(1).sum(dim=1)


def test_every_registered_structure_is_tested():
    assert set(Structure.list_available()) == {name for name, *_ in CASES}


@every_structure
@pytest.mark.parametrize("seed", range(5))
def test_argmax_is_the_best_structure(name, structure, options, most, seed):
    lengths = [most, most - 1, 1]
    scores, mask = make_batch(name, lengths, seed)
    parts = structure.argmax(scores, mask)
    for i, n in enumerate(lengths):
        structures = enumerate_sentence(name, n, options)
        best = structures[inner(structures, scores[i, : n + 1, : n + 1]).argmax()]
        assert torch.equal(parts[i, : n + 1, : n + 1], best)
        assert parts[i].sum() == best.sum(), "nothing outside the sentence"


@every_structure
def test_argmax_is_a_structure_on_ties(name, structure, options, most):
    scores, mask = make_batch(name, [most, most - 1])
    parts = structure.argmax(torch.zeros_like(scores), mask)
    assert set(parts.unique().tolist()) <= {0.0, 1.0}
    assert structure.contains(parts, mask).all()


@every_structure
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_log_partition_equals_enumeration(name, structure, options, most, scale):
    lengths = [most, most - 1, 1]
    scores, mask = make_batch(name, lengths, scale=scale)
    log_partition = structure.log_partition(scores, mask)
    for i, n in enumerate(lengths):
        structures = enumerate_sentence(name, n, options)
        expected = inner(structures, scores[i, : n + 1, : n + 1]).logsumexp(dim=0)
        assert log_partition[i].item() == pytest.approx(expected.item(), rel=1e-12)


@every_structure
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_marginals_are_the_expected_structure(name, structure, options, most, scale):
    lengths = [most, most - 1, 1]
    scores, mask = make_batch(name, lengths, scale=scale)
    marginals = structure.marginals(scores, mask)
    for i, n in enumerate(lengths):
        structures = enumerate_sentence(name, n, options)
        weights = inner(structures, scores[i, : n + 1, : n + 1]).softmax(dim=0)
        expected = torch.einsum("s,s...->...", weights, structures)
        torch.testing.assert_close(marginals[i, : n + 1, : n + 1], expected, rtol=1e-9, atol=1e-12)
        assert marginals[i].sum().item() == pytest.approx(expected.sum().item())


@every_structure
def test_gradients_of_log_partition_and_marginals(name, structure, options, most):
    scores, mask = make_batch(name, [min(most, 3), 2])
    scores.requires_grad_()
    assert torch.autograd.gradcheck(lambda s: structure.log_partition(s, mask), scores)
    assert torch.autograd.gradcheck(lambda s: structure.marginals(s, mask), scores)


@every_structure
def test_project_fixes_structures_and_is_idempotent(name, structure, options, most):
    scores, mask = make_batch(name, [most])
    structures = enumerate_sentence(name, most, options)
    masks = mask.expand(len(structures), -1)
    torch.testing.assert_close(structure.project(structures, masks), structures)
    once = structure.project(3 * scores, mask)
    torch.testing.assert_close(structure.project(once, mask), once)


@every_structure
@pytest.mark.parametrize("scale", [0.1, 1.0, 1e4])
def test_project_is_euclidean_where_it_says_so(name, structure, options, most, scale):
    if isinstance(structure.projection, ArcThenLabels):
        pytest.skip("its projection says that it is not Euclidean")
    for seed in range(20):
        point, mask = make_batch(name, [most], seed, scale=scale)
        projected = structure.project(point, mask)
        support = structure.support(point, mask)
        residual = (point - projected).masked_fill(~support, 0.0)
        for other in enumerate_sentence(name, most, options):
            # The variational inequality that characterises a projection onto a convex set.
            assert (residual * (other - projected)).sum().item() <= 1e-9 * max(1.0, scale)


@every_structure
def test_contains_tells_structures_from_others(name, structure, options, most):
    structures = enumerate_sentence(name, most, options)
    mask = torch.ones(len(structures), most + 1, dtype=torch.bool)
    assert structure.contains(structures, mask).all()
    known = {tuple(s.flatten().tolist()) for s in structures}
    rng = numpy.random.default_rng(0)
    for parts in structures[rng.integers(len(structures), size=200)]:
        changed = parts.clone().flatten()
        index = rng.integers(changed.numel())
        changed[index] = 1 - changed[index]
        changed = changed.view_as(parts)
        if not structure.support(parts[None], mask[:1]).expand_as(parts[None]).flatten()[index]:
            continue
        expected = tuple(changed.flatten().tolist()) in known
        assert structure.contains(changed[None], mask[:1]).item() == expected


@every_structure
def test_batched_equals_alone_and_garbage_off_the_mask_does_not_matter(
    name, structure, options, most
):
    lengths = [5, 1, 3, 7]
    scores, mask = make_batch(name, lengths)
    support = structure.support(scores, mask)
    garbage = scores.masked_fill(~support, 1e6)
    for method in (structure.argmax, structure.marginals, structure.project):
        together = method(scores, mask)
        assert (together.masked_fill(support, 0.0) == 0).all()
        torch.testing.assert_close(method(garbage, mask), together)
        for i, n in enumerate(lengths):
            alone = method(scores[i : i + 1, : n + 1, : n + 1], mask[i : i + 1, : n + 1])
            torch.testing.assert_close(together[i, : n + 1, : n + 1], alone[0])
    together = structure.log_partition(garbage, mask)
    for i, n in enumerate(lengths):
        alone = structure.log_partition(
            scores[i : i + 1, : n + 1, : n + 1], mask[i : i + 1, : n + 1]
        )
        torch.testing.assert_close(together[i], alone[0])


@every_structure
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("garbage", [float("nan"), float("inf"), 7.0])
def test_restrict_keeps_the_values_of_parts_alone(name, structure, options, most, dtype, garbage):
    scores, mask = make_batch(name, [4, 1, 0, 6])
    scores = scores.to(dtype)
    support = structure.support(scores, mask)
    values = scores.masked_fill(~support, garbage)
    before = values.clone()
    # Also if it does not lie in memory as it is indexed.
    for view in (values, values.transpose(1, 2).contiguous().transpose(1, 2)):
        restricted = structure.restrict(view, mask)
        assert restricted.dtype == dtype
        assert torch.equal(restricted, scores.masked_fill(~support, 0.0))
        restricted += 1
    torch.testing.assert_close(values, before, rtol=0, atol=0, equal_nan=True)


@every_structure
@pytest.mark.parametrize("forbidden", [False, True])
def test_decisive_takes_away_what_structures_agree_on(name, structure, options, most, forbidden):
    """An orthogonal projection that changes no difference between structures."""
    scores, mask = make_batch(name, [most, most - 1])
    values, others = torch.randn_like(scores), torch.randn_like(scores)
    candidates = structure.support(scores, mask).expand_as(scores)
    if forbidden:
        candidates = candidates & (torch.rand(scores.shape) < 0.8)
    before = values.clone(), candidates.clone()
    centered = structure.without_invariant_directions(values, candidates)
    assert torch.equal(values, before[0]) and torch.equal(candidates, before[1])
    assert (centered[~candidates] == 0).all()
    torch.testing.assert_close(
        structure.without_invariant_directions(centered, candidates), centered
    )
    products = (
        (structure.without_invariant_directions(first, candidates) * second).sum()
        for first, second in ((values, others), (others, values))
    )
    torch.testing.assert_close(*products)
    for i, n in enumerate([most, most - 1]):
        sentence = slice(0, n + 1)
        structures = enumerate_sentence(name, n, options)
        allowed = candidates[i, sentence, sentence]
        structures = structures[(structures * ~allowed).flatten(1).sum(dim=1) == 0]
        taken = (values - centered)[i, sentence, sentence].masked_fill(~allowed, 0.0)
        agreed = inner(structures, taken)
        if len(agreed):
            torch.testing.assert_close(agreed, agreed[:1].expand_as(agreed))
    if name != "labeled_graphs":
        return
    # Predicates are on or off by themselves.
    diagonal = [t.diagonal(dim1=1, dim2=2)[:, 0] for t in (centered, values * candidates)]
    torch.testing.assert_close(*diagonal)


@every_structure
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_arguments_are_left_alone_and_dtypes_kept(name, structure, options, most, dtype):
    scores, mask = make_batch(name, [4, 2], dtype=torch.float64)
    scores = scores.to(dtype)
    before = scores.clone(), mask.clone()
    with torch.no_grad():
        for method in (structure.argmax, structure.marginals, structure.project):
            result = method(scores, mask)
            assert result.dtype == dtype and result.shape == scores.shape
            assert not result.requires_grad
        structure.log_partition(scores, mask)
    assert torch.equal(scores, before[0]) and torch.equal(mask, before[1])
    assert not scores.requires_grad


@every_structure
def test_sentence_without_words(name, structure, options, most):
    scores, mask = make_batch(name, [0, 2])
    for method in (structure.argmax, structure.marginals, structure.project):
        assert torch.isfinite(method(scores, mask)).all()
    if name != "labeled_graphs":
        assert structure.log_partition(scores, mask)[0] == 0


@pytest.mark.parametrize("num_words", range(1, 9))
def test_number_of_projective_trees(num_words):
    """
    Several roots: `C(3n, n) / (2n + 1)`, the ternary trees. One root: the sum over the root of left
    and right halves.
    """
    counts = [math.comb(3 * n, n) // (2 * n + 1) for n in range(num_words + 1)]
    scores, mask = make_batch("projective_trees", [num_words])
    several = ProjectiveTrees(single_root=False).log_partition(torch.zeros_like(scores), mask)
    assert several.exp().item() == pytest.approx(counts[num_words])
    if num_words <= 4:
        one = ProjectiveTrees(single_root=True).log_partition(torch.zeros_like(scores), mask)
        assert one.exp().item() == pytest.approx(
            len(all_structures("projective_trees", num_words, single_root=True))
        )


def test_two_structures_with_different_options_live_side_by_side():
    scores, mask = make_batch("projective_trees", [3])
    one, several = ProjectiveTrees(single_root=True), ProjectiveTrees(single_root=False)
    before = one.log_partition(scores, mask)
    assert several.log_partition(scores, mask) > before
    assert torch.equal(one.log_partition(scores, mask), before)


@pytest.mark.parametrize("num_words", range(1, 9))
def test_number_of_nonprojective_trees(num_words):
    scores, mask = make_batch("nonprojective_trees", [num_words])
    several = NonprojectiveTrees(single_root=False).log_partition(torch.zeros_like(scores), mask)
    assert several.exp().item() == pytest.approx((num_words + 1) ** (num_words - 1))
    one = NonprojectiveTrees(single_root=True).log_partition(torch.zeros_like(scores), mask)
    assert one.exp().item() == pytest.approx(num_words ** (num_words - 1))


@pytest.mark.parametrize("name, trees", TREES)
@given(st.integers(1, 12), st.integers(0, 10**6), st.booleans())
def test_argmax_of_trees_is_a_tree_whose_score_is_the_max_marginal_limit(
    name, trees, num_words, seed, single_root
):
    structure = trees(single_root)
    scores, mask = make_batch(name, [num_words], seed)
    tree = structure.argmax(scores, mask)
    assert structure.contains(tree, mask).all()
    # log Z of scores / t, times t, falls to the best score as t goes to 0.
    best = (tree * scores).sum().item()
    soft = structure.log_partition(scores * 1e4, mask).item() / 1e4
    assert best <= soft + 1e-9 and soft - best < 1e-2


@pytest.mark.parametrize("name, trees", TREES)
def test_marginals_of_long_sentences_with_large_scores_are_finite_and_sum_to_one(name, trees):
    scores, mask = make_batch(name, [200], dtype=torch.float32, scale=1e4)
    marginals = trees().marginals(scores, mask)
    torch.testing.assert_close(marginals[0, 1:].sum(dim=1), torch.ones(200))


def test_a_structure_without_a_method():
    class OfUser(Structure):
        pass

    structure, mask = OfUser(), torch.ones(1, 3, dtype=torch.bool)
    for name in ("argmax", "log_partition", "sample", "project", "contains"):
        with pytest.raises(NotImplementedError, match=f"OfUser has no method `{name}`"):
            getattr(structure, name)(torch.zeros(1, 3, 3), mask)
