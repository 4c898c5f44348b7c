"""Labeled graphs with illegal labels and labels that occur once, against enumeration."""

import itertools

import numpy
import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from hypothesis import given, settings
from hypothesis import strategies as st

from spigot_allennlp.losses import Hinge
from spigot_allennlp.structures import LabeledGraphs, Structure
from spigot_allennlp.structures.projections import ArcThenLabels, Euclidean, GraphProjection
from tests.brute_force import labeled_graphs, predicate_choices

NAN = float("nan")


def random_restrictions(num_labels, seed, share=0.3):
    rng = numpy.random.default_rng(seed)
    illegal = rng.random((2, 1 + num_labels)) < share
    deterministic = rng.random(1 + num_labels) < 0.6
    illegal[:, 0] = deterministic[0] = False
    return {"illegal_labels": illegal, "deterministic_labels": deterministic}


def restrict(structure, restrictions):
    return structure.restricted(*(torch.from_numpy(value) for value in restrictions.values()))


def random_batch(lengths, num_labels, seed=0, scale=1.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    num_nodes = 1 + max(lengths)
    shape = (len(lengths), num_nodes, num_nodes, 1 + num_labels)
    scores = scale * torch.randn(shape, generator=generator, dtype=torch.float64)
    mask = torch.arange(num_nodes) <= torch.tensor(lengths).unsqueeze(1)
    return scores.to(dtype), mask


def total(structures, scores):
    return (structures * scores).flatten(1).sum(dim=1)


def best_total(scores, restrictions):
    """The highest score of a graph: the sum of what is best for each predicate."""
    num_nodes, _, num_parts = scores.shape
    return sum(
        max(
            sum(scores[part].item() for part in choice)
            for choice in predicate_choices(head, num_nodes - 1, num_parts - 1, **restrictions)
        )
        for head in range(num_nodes)
    )


kinds_of_scores = st.sampled_from(["real", "small integers", "negative", "positive"])


def scores_of_kind(kind, lengths, num_labels, seed):
    scores, mask = random_batch(lengths, num_labels, seed)
    if kind == "small integers":
        scores = scores.round()
    elif kind != "real":
        scores = scores.abs() * (1 if kind == "positive" else -1)
    return scores, mask


class TestArgmax:
    @settings(max_examples=150)
    @given(kinds_of_scores, st.integers(0, 4), st.integers(1, 4), st.integers(0, 10**6))
    def test_is_the_best_graph(self, kind, num_words, num_labels, seed):
        restrictions = random_restrictions(num_labels, seed)
        structure = restrict(LabeledGraphs(), restrictions)
        scores, mask = scores_of_kind(kind, [num_words], num_labels, seed)
        parts = structure.argmax(scores, mask)
        assert set(parts.unique().tolist()) <= {0.0, 1.0}
        # Independent of the structure's own word for it: the parts are one of the choices.
        for head in range(num_words + 1):
            on = {(modifier, head, part) for modifier, part in parts[0, :, head].nonzero().tolist()}
            choices = predicate_choices(head, num_words, num_labels, **restrictions)
            assert any(on == set(choice) for choice in choices)
        assert structure.contains(parts, mask).all()
        expected = best_total(scores[0], restrictions)
        assert (parts * scores).sum().item() == pytest.approx(expected, abs=1e-9)

    def test_a_label_moves_where_it_costs_least(self):
        """Label 1 occurs once and is the best of both arcs; arc 1 loses less without it."""
        scores = torch.full((1, 3, 3, 3), -5.0)
        scores[0, 0, 0, 0] = 0.5
        scores[0, 1, 0] = torch.tensor([0.0, 3.0, 2.5])
        scores[0, 2, 0] = torch.tensor([0.0, 2.0, 1.0])
        mask = torch.ones(1, 3, dtype=torch.bool)
        structure = LabeledGraphs().restricted(
            torch.zeros(2, 3, dtype=torch.bool), torch.tensor([False, True, False])
        )
        graph, predicates = structure.best_graphs(scores, mask)
        assert graph[0, :, 0].tolist() == [0, 2, 1]
        assert predicates.tolist() == [[True, False, False]]

    def test_a_predicate_that_only_a_repeated_label_would_pay_for_goes_off(self):
        scores = torch.full((1, 3, 3, 2), -5.0)
        scores[0, 0, 0, 0] = -3.0
        scores[0, 1:, 0] = torch.tensor([[0.0, 2.0], [0.0, 2.5]])
        mask = torch.ones(1, 3, dtype=torch.bool)
        free = LabeledGraphs()
        assert free.best_graphs(scores, mask)[0][0, :, 0].tolist() == [0, 1, 1]
        once = free.restricted(torch.zeros(2, 2, dtype=torch.bool), torch.tensor([False, True]))
        assert once.argmax(scores, mask).sum() == 0

    @pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_batched_equals_alone_and_twice_is_the_same(self, dtype, scale):
        structure = restrict(LabeledGraphs(), random_restrictions(6, 1, share=0.2))
        lengths = [9, 1, 0, 5, 9]
        scores, mask = random_batch(lengths, 6, scale=scale, dtype=dtype)
        scores, before = scores + scale, scores + scale
        together = structure.argmax(scores, mask)
        assert together.dtype == dtype
        assert torch.equal(scores, before)
        assert torch.equal(structure.argmax(scores, mask), together)
        assert structure.contains(together, mask).all()
        for i, n in enumerate(lengths):
            alone = structure.argmax(scores[i : i + 1, : n + 1, : n + 1], mask[i : i + 1, : n + 1])
            assert torch.equal(together[i, : n + 1, : n + 1], alone[0])
            assert together[i].sum() == alone.sum()

    @pytest.mark.parametrize("value", [float("inf"), float("-inf"), 1e30])
    def test_what_is_no_part_does_not_matter(self, value):
        structure = restrict(LabeledGraphs(), random_restrictions(5, 3))
        scores, mask = random_batch([6, 3, 0], 5)
        garbage = scores.masked_fill(~structure.support(scores, mask), value)
        padding = scores.masked_fill(~(mask.unsqueeze(2) & mask.unsqueeze(1)).unsqueeze(3), NAN)
        for result in (structure.argmax, structure.project):
            assert torch.equal(result(garbage, mask), result(scores, mask))
            assert torch.equal(result(padding, mask), result(scores, mask))

    def test_scores_that_are_no_numbers_give_some_graph(self):
        structure = restrict(LabeledGraphs(), random_restrictions(5, 3))
        scores, mask = random_batch([6, 3], 5)
        scores[::2] = NAN
        scores[:, 2, 1, 3] = float("inf")
        graph, _ = structure.best_graphs(scores, mask)
        assert ((graph >= 0) & (graph <= 5)).all()

    def test_all_negative_scores_give_no_arcs(self):
        scores, mask = random_batch([4, 1], 3)
        assert LabeledGraphs().argmax(-scores.abs(), mask).sum() == 0

    def test_scores_in_any_memory_order(self):
        structure = restrict(LabeledGraphs(), random_restrictions(4, 2))
        scores, mask = random_batch([5, 3], 4)
        strided = scores.permute(3, 1, 0, 2).contiguous().permute(2, 1, 3, 0)
        assert not strided.is_contiguous()
        for result in (structure.argmax, structure.project):
            assert torch.equal(result(strided, mask), result(scores, mask))


class TestRestricted:
    def test_the_structure_stays_as_it_is(self):
        scores, mask = scores_of_kind("positive", [3, 2], 3, seed=0)
        structure = LabeledGraphs()
        before = structure.argmax(scores, mask), structure.log_partition(scores, mask)
        restricted = restrict(structure, random_restrictions(3, 0))
        assert restricted.projection is structure.projection
        assert torch.equal(structure.argmax(scores, mask), before[0])
        assert torch.equal(structure.log_partition(scores, mask), before[1])
        assert not torch.equal(restricted.argmax(scores, mask), before[0])

    def test_entry_0_is_ignored(self):
        scores, mask = random_batch([4, 2], 3)
        restrictions = random_restrictions(3, 0)
        ones = {name: value.copy() for name, value in restrictions.items()}
        for value in ones.values():
            value[..., 0] = True
        one, other = restrict(LabeledGraphs(), restrictions), restrict(LabeledGraphs(), ones)
        for method in ("argmax", "project", "support", "counted_parts"):
            assert torch.equal(
                getattr(one, method)(scores, mask), getattr(other, method)(scores, mask)
            )
        illegal = [torch.from_numpy(r["illegal_labels"]) for r in (restrictions, ones)]
        one, other = (LabeledGraphs().restricted(labels) for labels in illegal)
        assert torch.equal(one.marginals(scores, mask), other.marginals(scores, mask))

    @pytest.mark.parametrize("seed", range(3))
    def test_illegal_labels_are_no_parts(self, seed):
        illegal = torch.from_numpy(random_restrictions(3, seed)["illegal_labels"])
        illegal[0, 1:] = seed == 0
        structure = LabeledGraphs(Euclidean()).restricted(illegal)
        scores, mask = random_batch([3, 2], 3, seed)
        off = torch.zeros_like(scores, dtype=torch.bool)
        for b, m, h, part in itertools.product(*map(range, scores.shape)):
            is_arc = m > 0 and m != h and bool(mask[b, m] and mask[b, h])
            legal = [label for label in (1, 2, 3) if not illegal[min(h, 1), label]]
            is_predicate = m == h and part == 0 and bool(mask[b, m])
            off[b, m, h, part] = not (
                is_predicate or (is_arc and (part in legal or (part == 0 and bool(legal))))
            )
        assert torch.equal(structure.support(scores, mask).expand_as(scores), ~off)
        counted = structure.counted_parts(scores, mask).expand_as(scores)
        assert torch.equal(counted[..., 1:], ~off[..., 1:])
        assert not counted[..., 0].any()
        for result in (structure.argmax, structure.marginals, structure.project):
            assert (result(scores, mask)[off] == 0).all()
        scores.requires_grad_()
        structure.log_partition(scores, mask).sum().backward()
        assert (scores.grad[off] == 0).all() and (scores.grad[~off] != 0).all()

    def test_nothing_but_predicates_when_no_label_is_legal(self):
        structure = LabeledGraphs().restricted(torch.ones(2, 3, dtype=torch.bool))
        scores, mask = random_batch([2], 2)
        scores = 1e4 * scores.requires_grad_()
        own = scores[0, :, :, 0].diagonal()
        expected = torch.nn.functional.softplus(own).sum()
        log_partition = structure.log_partition(scores, mask)
        assert log_partition.item() == pytest.approx(expected.item())
        (gradient,) = torch.autograd.grad(log_partition.sum(), scores)
        assert torch.equal(gradient[0, :, :, 0].diagonal(), own.sigmoid())
        assert torch.isfinite(gradient).all() and gradient[..., 1:].abs().sum() == 0
        graph, predicates = structure.best_graphs(scores, mask)
        assert graph.sum() == 0 and torch.equal(predicates[0], own > 0)

    def test_contains(self):
        restrictions = random_restrictions(2, 4)
        restrictions["illegal_labels"][1, 2] = restrictions["deterministic_labels"][1] = True
        structure = restrict(LabeledGraphs(), restrictions)
        graphs = torch.from_numpy(numpy.stack(list(labeled_graphs(3, 2))))[::7]
        known = {parts.tobytes() for parts in labeled_graphs(3, 2, **restrictions)}
        mask = torch.ones(len(graphs), 4, dtype=torch.bool)
        expected = [parts.numpy().tobytes() in known for parts in graphs]
        assert structure.contains(graphs, mask).tolist() == expected
        assert 0 < sum(expected) < len(expected)

    def test_shapes_are_checked(self):
        illegal = torch.zeros(2, 4, dtype=torch.bool)
        with pytest.raises(ValueError, match=r"\(2, 4\) and \(3,\)"):
            LabeledGraphs().restricted(illegal, torch.zeros(3, dtype=torch.bool))
        with pytest.raises(ValueError, match=r"they are \(4,\) and None"):
            LabeledGraphs().restricted(illegal[0])
        scores, mask = random_batch([3], 4)
        for method in (LabeledGraphs.argmax, LabeledGraphs.project, LabeledGraphs.marginals):
            with pytest.raises(ValueError, match="for 3 labels, but the part axis has size 5"):
                method(LabeledGraphs().restricted(illegal), scores, mask)


def test_inference_is_refused_where_labels_occur_once():
    structure = restrict(LabeledGraphs(), random_restrictions(3, 0))
    scores, mask = random_batch([3], 3)
    for method in (structure.log_partition, structure.marginals):
        with pytest.raises(ConfigurationError, match=r"Use the loss 'hinge'.*or set `determin"):
            method(scores, mask)


def test_hinge_loss_works_where_labels_occur_once():
    restrictions = random_restrictions(2, 4)
    structure = restrict(LabeledGraphs(), restrictions)
    graphs = numpy.stack(list(labeled_graphs(3, 2, **restrictions)))
    graphs = torch.from_numpy(graphs)
    scores, mask = random_batch([3], 2)
    gold = graphs[[len(graphs) // 2]]
    wrong = (graphs != gold)[..., 1:].flatten(1).sum(dim=1)
    expected = (total(graphs - gold, scores) + 0.5 * wrong).max()
    loss = Hinge()(structure, scores, mask, gold)
    assert loss.item() == pytest.approx(expected.item())


def test_from_config():
    params = {"type": "labeled_graphs", "projection": {"type": "euclidean"}}
    structure = Structure.from_params(Params(params))
    assert isinstance(structure, LabeledGraphs) and isinstance(structure.projection, Euclidean)
    structure = Structure.from_params(Params({"type": "labeled_graphs"}))
    assert isinstance(structure.projection, ArcThenLabels)
    assert isinstance(GraphProjection.from_params(Params({})), ArcThenLabels)
