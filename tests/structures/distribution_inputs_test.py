"""Scores and masks of every kind in samples, divergences and best trees."""

import pytest
import torch

from spigot_allennlp.structures import Trees
from tests.structures.gibbs import every_structure, generator
from tests.structures.numbers_test import INF, NAN, both_ways, compute
from tests.structures.structure_test import make_batch

__all__ = ["compute"]


def everything(structure, scores, mask):
    """The methods that take more than scores and a mask."""
    yield lambda: structure.sample(scores, mask, 3, generator(1))
    yield lambda: structure.kl_divergence(scores, torch.zeros_like(scores), mask)
    yield lambda: structure.kl_divergence(torch.zeros_like(scores), scores, mask)
    if isinstance(structure, Trees):
        yield lambda: structure.top_k(scores, mask, 3).arcs


class TestInputs:
    @both_ways
    @every_structure
    @pytest.mark.parametrize("value", [INF, -INF, NAN])
    def test_what_is_no_part_may_be_anything(
        self, name, structure, options, most, value, way, compute
    ):
        scores, mask = make_batch(name, [4, 0, 2])
        garbage = scores.masked_fill(~structure.support(scores, mask), value).requires_grad_()
        methods = zip(everything(structure, garbage, mask), everything(structure, scores, mask))
        for ours, expected in methods:
            result = compute(ours)
            torch.testing.assert_close(result, expected(), rtol=1e-9, atol=1e-9)
            if result.requires_grad:
                (gradient,) = torch.autograd.grad(result.sum(), garbage)
                assert torch.isfinite(gradient).all()

    @every_structure
    @pytest.mark.parametrize("value", [INF, NAN])
    def test_what_is_no_score_is_an_error(self, name, structure, options, most, value):
        scores, mask = make_batch(name, [4, 3])
        scores[(1, 2, 0) if name != "labeled_graphs" else (1, 2, 0, 2)] = value
        for method in everything(structure, scores, mask):
            with pytest.raises(ValueError, match=rf"\[1, 2, 0.* is {value}. .*or -inf for a part"):
                method()

    @every_structure
    def test_shapes_and_dtypes_that_do_not_fit(self, name, structure, options, most):
        scores, mask = make_batch(name, [3, 2])
        for broken in (scores[:, :, :-1], scores[:1], scores.long()):
            for method in everything(structure, broken, mask):
                with pytest.raises(ValueError, match=r"The scores are \(.* and the mask is"):
                    method()
        with pytest.raises(ValueError, match=r"The scores are \(1, .* and the mask is"):
            structure.kl_divergence(scores, scores[:1], mask)

    @every_structure
    def test_integer_masks(self, name, structure, options, most):
        scores, mask = make_batch(name, [3, 2])
        methods = zip(
            everything(structure, scores, mask.long()), everything(structure, scores, mask)
        )
        for ours, expected in methods:
            assert torch.equal(ours(), expected())

    @both_ways
    @every_structure
    @pytest.mark.parametrize("value", [1e30, -1e30, 3e38])
    def test_nothing_but_huge_scores(self, name, structure, options, most, value, way, compute):
        scores, mask = make_batch(name, [5, 2])
        scores = torch.full_like(scores, value)
        for parts in compute(lambda: structure.sample(scores, mask, 3)):
            assert structure.contains(parts, mask).all()
        assert torch.isfinite(compute(lambda: structure.entropy(scores, mask))).all()
        if isinstance(structure, Trees):
            other = torch.zeros_like(scores)
            assert (compute(lambda: structure.kl_divergence(scores, other, mask)) < 1e-9).all()
            assert compute(lambda: structure.top_k(scores, mask, 3)).counts.tolist()[0] == 3
