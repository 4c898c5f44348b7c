"""Scores and masks of every kind, in every structure and both ways, against enumeration."""

import pytest
import torch

from spigot_allennlp.losses import Hinge, LogLikelihood
from spigot_allennlp.structures import LabeledGraphs, NonprojectiveTrees, ProjectiveTrees
from spigot_allennlp.structures.projections import ArcThenLabels
from tests.structures.structure_test import (
    enumerate_sentence,
    every_structure,
    inner,
    make_batch,
)

INF, NAN = float("inf"), float("nan")
METHODS = ("argmax", "log_partition", "marginals", "project", "entropy", "minimum_risk")
both_ways = pytest.mark.parametrize("way", ["kernels", "tensors"])


@pytest.fixture
def compute(way, without_numba):
    """Calls a function where kernels do the work, or without any."""
    return without_numba if way == "tensors" else lambda function: function()


def forbid(scores, share, seed):
    generator = torch.Generator().manual_seed(seed)
    forbidden = torch.rand(scores.shape, generator=generator) < share
    return scores.masked_fill(forbidden, -INF), forbidden


class Sentence:
    """One sentence of a few words and what enumeration says of it."""

    def __init__(self, name, options, num_words, seed, share=0.3):
        scores, self.mask = make_batch(name, [num_words], seed)
        self.scores, self.forbidden = forbid(scores, share, seed)
        structures = enumerate_sentence(name, num_words, options)
        num_forbidden = inner(structures, self.forbidden)
        self.is_possible = bool((num_forbidden == 0).any())
        # Where each structure has a forbidden part, those with the fewest.
        self.structures = structures[num_forbidden == num_forbidden.min()]

    def totals(self, scores):
        return inner(self.structures, scores[0].masked_fill(self.forbidden[0], 0.0))

    def expected(self, scores):
        weights = self.totals(scores).softmax(dim=0)
        return torch.einsum("s,s...->...", weights, self.structures)[None]


def sentences(name, options, most):
    return [Sentence(name, options, n, seed) for seed in range(4) for n in range(1, most + 1)]


@both_ways
@every_structure
def test_a_forbidden_part_is_not_chosen(name, structure, options, most, way, compute):
    for sentence in sentences(name, options, most):
        parts = compute(lambda s=sentence: structure.argmax(s.scores, s.mask))
        best = sentence.structures[sentence.totals(sentence.scores).argmax()]
        assert torch.equal(parts[0], best)


@both_ways
@every_structure
def test_sums_are_over_structures_without_forbidden_parts(
    name, structure, options, most, way, compute
):
    cases = sentences(name, options, most)
    assert len({case.is_possible for case in cases}) == (1 if name == "labeled_graphs" else 2)
    for case in cases:
        scores = case.scores.clone().requires_grad_()
        log_partition = compute(lambda s=scores, m=case.mask: structure.log_partition(s, m))
        (gradient,) = torch.autograd.grad(log_partition.sum(), scores)
        if not case.is_possible:
            assert log_partition.item() == -INF and (gradient == 0).all()
            with pytest.raises(ValueError, match=r"sentence 0 .*leave no structure.* Allow"):
                compute(lambda s=scores, m=case.mask: structure.marginals(s, m))
            continue
        expected = case.totals(case.scores).logsumexp(dim=0)
        torch.testing.assert_close(log_partition[0], expected, rtol=1e-11, atol=1e-11)
        marginals = compute(lambda s=scores, m=case.mask: structure.marginals(s, m))
        direction = torch.randn_like(scores)
        (product,) = torch.autograd.grad(marginals, scores, direction)
        variables = case.scores.clone().requires_grad_()
        expected = case.expected(variables)
        (expected_product,) = torch.autograd.grad(expected, variables, direction)
        for ours, theirs in (
            (marginals, expected),
            (gradient, expected),
            (product, expected_product),
        ):
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-11)
            assert (ours[case.forbidden] == 0).all()


@both_ways
@every_structure
def test_a_point_is_projected_onto_what_is_left(name, structure, options, most, way, compute):
    for case in sentences(name, options, most):
        project = lambda s=case: structure.project(s.scores, s.mask)  # noqa: E731
        if not case.is_possible:
            # The relaxation may have room where the trees have none.
            continue
        projected = compute(project)
        assert (projected[case.forbidden] == 0).all() and torch.isfinite(projected).all()
        if isinstance(structure.projection, ArcThenLabels):
            continue
        allowed = structure.support(case.scores, case.mask) & ~case.forbidden
        residual = (case.scores - projected).masked_fill(~allowed, 0.0)
        for other in case.structures:
            assert (residual * (other - projected)).sum().item() <= 1e-9


@pytest.mark.parametrize("trees", [ProjectiveTrees, NonprojectiveTrees])
def test_a_word_without_an_arc_cannot_be_projected(trees):
    point, mask = make_batch("projective_trees", [4, 4])
    point[1, 2] = -INF
    with pytest.raises(ValueError, match=r"sentence 1 .*leave no structure"):
        trees().project(point, mask)


@both_ways
@every_structure
@pytest.mark.parametrize("loss", [Hinge(0.4, 0.6), LogLikelihood()], ids=["h", "ll"])
def test_losses_with_forbidden_parts(name, structure, options, most, loss, way, compute):
    for case in sentences(name, options, most):
        if not case.is_possible:
            continue
        scores = case.scores.clone().requires_grad_()
        gold = case.structures[:1]
        value = compute(lambda s=scores, m=case.mask, g=gold: loss(structure, s, m, g))
        (gradient,) = torch.autograd.grad(value.sum(), scores)
        assert (gradient[case.forbidden] == 0).all() and torch.isfinite(gradient).all()
        totals = case.totals(case.scores)
        if isinstance(loss, Hinge):
            # An arc with a wrong label is one error and not two.
            first = 1 if name == "labeled_graphs" else None
            rest = case.structures[..., first:] if first else case.structures
            own = gold[..., first:] if first else gold
            costs = 0.4 * rest * (1 - own) + 0.6 * (1 - rest) * own
            expected = (totals - totals[0] + costs.flatten(1).sum(dim=1)).max()
        else:
            expected = totals.logsumexp(dim=0) - totals[0]
        torch.testing.assert_close(value[0], expected, rtol=1e-9, atol=1e-9)


def test_a_gold_structure_that_is_forbidden_costs_infinitely_much():
    scores, mask = make_batch("projective_trees", [3])
    gold = ProjectiveTrees().argmax(scores, mask)
    scores = scores.masked_fill(gold.bool() & (scores == scores[gold.bool()].max()), -INF)
    scores.requires_grad_()
    for loss in (Hinge(), LogLikelihood()):
        value = loss(ProjectiveTrees(), scores, mask, gold)
        (gradient,) = torch.autograd.grad(value.sum(), scores)
        assert value.item() == INF and torch.isfinite(gradient).all()


@both_ways
@every_structure
def test_a_root_that_is_forced_and_a_batch_of_both_kinds(
    name, structure, options, most, way, compute
):
    """The sentence with forbidden parts does not change the others."""
    lengths = [6, 3, 6]
    scores, mask = make_batch(name, lengths)
    scores[0, 2, 1:] = -INF
    together = {m: compute(lambda m=m: getattr(structure, m)(scores, mask)) for m in METHODS}
    for method, result in together.items():
        for i, n in enumerate(lengths):
            sentence = scores[i : i + 1, : n + 1, : n + 1], mask[i : i + 1, : n + 1]
            alone = compute(lambda m=method, s=sentence: getattr(structure, m)(*s))
            ours = result[i] if result.dim() == 1 else result[i, : n + 1, : n + 1]
            torch.testing.assert_close(ours, alone[0], rtol=1e-9, atol=1e-7)
    if name != "labeled_graphs":
        for method in ("argmax", "marginals"):
            torch.testing.assert_close(together[method][0, 2, 0].item(), 1.0)


@both_ways
@every_structure
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_huge_scores_forbid_and_force(name, structure, options, most, dtype, way, compute):
    scores, mask = make_batch(name, [most], dtype=dtype)
    structures = enumerate_sentence(name, most, options)
    support = structure.support(scores, mask).expand_as(scores)[0]
    for index in support.nonzero()[::3].tolist():
        has_part = structures[(slice(None), *index)] == 1
        for huge, allowed in ((1e30, has_part), (-1e30, ~has_part)):
            if not allowed.any():
                continue
            changed = scores.clone()
            changed[(0, *index)] = huge
            rest = scores.clone()
            rest[(0, *index)] = 0.0
            totals = inner(structures[allowed], rest[0].double())
            parts = compute(lambda s=changed: structure.argmax(s, mask))
            assert torch.equal(parts[0].double(), structures[allowed][totals.argmax()])
            expected = torch.einsum("s,s...->...", totals.softmax(dim=0), structures[allowed])
            marginals = compute(lambda s=changed: structure.marginals(s, mask))
            torch.testing.assert_close(marginals[0].double(), expected, rtol=1e-5, atol=1e-6)
            log_partition = compute(lambda s=changed: structure.log_partition(s, mask)).item()
            expected = totals.logsumexp(dim=0).item() + max(huge, 0.0)
            assert log_partition == pytest.approx(expected, rel=1e-5)
            projected = compute(lambda s=changed: structure.project(s, mask))
            assert torch.isfinite(projected).all()


@both_ways
@every_structure
@pytest.mark.parametrize("value", [1e30, -1e30, 3e38])
def test_nothing_but_huge_scores(name, structure, options, most, value, way, compute):
    scores, mask = make_batch(name, [5, 2])
    scores = torch.full_like(scores, value)
    parts = compute(lambda: structure.argmax(scores, mask))
    assert structure.contains(parts, mask).all()
    assert torch.isfinite(compute(lambda: structure.log_partition(scores, mask))).all()
    marginals = compute(lambda: structure.marginals(scores, mask))
    assert torch.isfinite(marginals).all() and (marginals >= 0).all() and (marginals <= 1).all()


@every_structure
@pytest.mark.parametrize("value", [INF, NAN])
def test_what_is_no_score_is_an_error_with_its_place(name, structure, options, most, value):
    scores, mask = make_batch(name, [4, 3])
    index = (1, 2, 0) if name != "labeled_graphs" else (1, 2, 0, 2)
    broken = scores.clone()
    broken[index] = value
    place = rf"\[{', '.join(map(str, index))}\]"
    for method in METHODS:
        with pytest.raises(ValueError, match=f"score at {place} is {value}. .*or -inf for a part"):
            getattr(structure, method)(broken, mask)


@both_ways
@every_structure
@pytest.mark.parametrize("value", [INF, -INF, NAN])
def test_what_is_no_part_may_be_anything(name, structure, options, most, value, way, compute):
    scores, mask = make_batch(name, [4, 0, 2])
    garbage = scores.masked_fill(~structure.support(scores, mask), value)
    for method in METHODS:
        expected = getattr(structure, method)(scores, mask)
        variables = garbage.clone().requires_grad_()
        result = compute(lambda m=method, v=variables: getattr(structure, m)(v, mask))
        torch.testing.assert_close(result, expected, rtol=1e-9, atol=1e-7)
        if result.requires_grad:
            (gradient,) = torch.autograd.grad(result.sum(), variables)
            assert torch.isfinite(gradient).all()


@every_structure
@pytest.mark.parametrize("row", [[1, 1, 0, 1], [0, 1, 1, 1], [0, 0, 1, 1], [1, 0, 1, 0]])
def test_a_mask_with_holes_or_padding_on_the_left_is_an_error(name, structure, options, most, row):
    scores, mask = make_batch(name, [3, 3])
    mask[1] = torch.tensor(row).bool()
    for method in METHODS:
        with pytest.raises(
            ValueError, match=r"mask of sentence 1 .*before a node\. Put ROOT first"
        ):
            getattr(structure, method)(scores, mask)


@both_ways
@every_structure
def test_integer_masks_and_rows_without_any_node(name, structure, options, most, way, compute):
    scores, mask = make_batch(name, [4, 0, 2])
    gold = structure.argmax(scores, mask)
    for method in METHODS + ("support", "restrict", "counted_parts"):
        expected = getattr(structure, method)(scores, mask)
        assert torch.equal(getattr(structure, method)(scores, mask.long()), expected)
    assert structure.contains(gold, mask.long()).all()
    mask[1] = False
    for method in METHODS:
        result = compute(lambda m=method: getattr(structure, m)(scores, mask))
        assert (result[1] == 0).all()
        expected = compute(lambda m=method: getattr(structure, m)(scores[::2], mask[::2]))
        torch.testing.assert_close(result[::2], expected)


@every_structure
def test_shapes_and_dtypes_that_do_not_fit(name, structure, options, most):
    scores, mask = make_batch(name, [3, 2])
    for broken in (scores[:, :, :-1], scores[:1], scores[:, :-1, :-1], scores.long()):
        for method in METHODS:
            with pytest.raises(ValueError, match=r"The scores are \(.* and the mask is \(2, 4\)"):
                getattr(structure, method)(broken, mask)


@every_structure
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_forbidden_parts_in_other_dtypes(name, structure, options, most, dtype):
    scores, mask = make_batch(name, [4, 2])
    scores[:, 1, 0] = -INF
    scores = scores.to(dtype)
    for method in METHODS:
        result = getattr(structure, method)(scores, mask)
        expected = getattr(structure, method)(scores.double(), mask)
        torch.testing.assert_close(result.double(), expected, rtol=2e-2, atol=2e-2)


@both_ways
@every_structure
def test_derivatives_of_the_third_order_are_right_or_an_error(
    name, structure, options, most, way, compute
):
    scores, mask = make_batch(name, [3])
    if way == "tensors" or name == "labeled_graphs":
        scores[0, 1, 2] = -INF
        finite = torch.isfinite(scores)

        def marginals(values):
            return structure.marginals(
                torch.full_like(scores, -INF).masked_scatter(finite, values), mask
            )

        values = scores[finite].requires_grad_()
        assert compute(lambda: torch.autograd.gradgradcheck(marginals, values))
        return
    scores.requires_grad_()
    marginals = structure.marginals(scores, mask)
    (product,) = torch.autograd.grad(marginals[0, 1, 0], scores, create_graph=True)
    with pytest.raises(RuntimeError, match=r"differentiated once.*without numba"):
        # Also beside a term that has such a derivative.
        torch.autograd.grad((product * scores).sum(), scores)


def test_an_empty_batch():
    for structure, shape in ((ProjectiveTrees(), (0, 4, 4)), (LabeledGraphs(), (0, 4, 4, 3))):
        for method in METHODS:
            result = getattr(structure, method)(torch.zeros(shape), torch.ones(0, 4).bool())
            assert len(result) == 0
