import json
import logging

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training.metrics import Metric
from hypothesis import given, settings
from hypothesis import strategies as st

from bilexical.scoring.sdp_counts import scored_arcs
from spigot_allennlp.metrics import SemanticDependencyScores
from tests.bilexical.scoring.scorer_fixture import expected, read_graphs
from tests.metrics.distributed import run_in_two_processes

NAMES = ["LP", "LR", "LF", "LM", "UP", "UR", "UF", "UM"]


def pad(graphs, num_words):
    """Sets of (modifier, head, label) as graphs and a mask; the padding is full of arcs."""
    num_nodes = 1 + max(num_words)
    tensor = torch.full((len(graphs), num_nodes, num_nodes), 3)
    mask = torch.zeros(len(graphs), num_nodes, dtype=torch.bool)
    for row, (graph, length) in enumerate(zip(graphs, num_words)):
        mask[row, : 1 + length] = True
        tensor[row, 1 : 1 + length, : 1 + length] = 0
        for modifier, head, label in graph:
            tensor[row, modifier, head] = label
    return tensor, mask


def official_batches(batch_size=16):
    gold, system = read_graphs("gold.sdp"), read_graphs("system.sdp")
    sets = [[scored_arcs(sentence) for sentence in side] for side in (gold, system)]
    labels = sorted({arc.label for side in sets for arcs in side for arc in arcs})
    index = {label: 2 + n for n, label in enumerate(labels)}
    sets = [[{(m, h, index[x]) for m, h, x in arcs} for arcs in side] for side in sets]
    for start in range(0, len(gold), batch_size):
        rows = slice(start, start + batch_size)
        lengths = [len(sentence.words) for sentence in gold[rows]]
        gold_tensor, mask = pad(sets[0][rows], lengths)
        yield pad(sets[1][rows], lengths)[0], gold_tensor, mask


@pytest.mark.parametrize("batch_size", [1, 16])
def test_equals_the_official_scorer(batch_size):
    metric = SemanticDependencyScores()
    for batch in official_batches(batch_size):
        metric(*batch)
    scores = {name: f"{score:.6f}" for name, score in metric.get_metric().items()}
    including, excluding = expected("DM", tops=True), expected("DM", tops=False)
    assert {name: scores[name] for name in NAMES} == {name: including[name] for name in NAMES}
    assert {name: scores[name + "_without_tops"] for name in NAMES} == {
        name: excluding[name] for name in NAMES
    }
    assert len(scores) == 16


def brute_force(predicted, gold):
    """Scores of a list of sets of (modifier, head, label), by the definitions."""

    def share(numerator, denominator):
        return numerator / denominator if denominator else 0.0

    scores = {}
    for kind, size in (("L", 3), ("U", 2)):
        pairs = [({a[:size] for a in p}, {a[:size] for a in g}) for p, g in zip(predicted, gold)]
        known = [{a for a in g if size == 2 or a[2] != 1} for _, g in pairs]
        correct = sum(len(p & k) for (p, _), k in zip(pairs, known))
        precision = share(correct, sum(len(p) for p, _ in pairs))
        recall = share(correct, sum(len(g) for _, g in pairs))
        scores[kind + "P"], scores[kind + "R"] = precision, recall
        scores[kind + "F"] = share(2 * precision * recall, precision + recall)
        matches = [p == g and len(k) == len(g) for (p, g), k in zip(pairs, known)]
        scores[kind + "M"] = share(sum(matches), len(matches))
    return scores


@st.composite
def graph_pairs(draw):
    num_words = draw(st.integers(1, 5))
    pairs = st.tuples(st.integers(1, num_words), st.integers(0, num_words))
    graphs = st.dictionaries(pairs, st.integers(1, 4), max_size=6)
    gold = draw(graphs)
    predicted = {**{k: v for k, v in gold.items() if draw(st.booleans())}, **draw(graphs)}
    return num_words, *[{(m, h, x) for (m, h), x in graph.items()} for graph in (predicted, gold)]


@settings(deadline=None, max_examples=200)
@given(st.lists(graph_pairs(), min_size=1, max_size=5))
def test_equals_brute_force_in_a_batch_and_one_by_one(sentences):
    lengths, predicted, gold = zip(*sentences)
    metric = SemanticDependencyScores()
    gold_tensor, mask = pad(gold, lengths)
    metric(pad(predicted, lengths)[0], gold_tensor, mask)
    together = metric.get_metric(reset=True)

    wanted = brute_force(predicted, gold)
    inner = [
        [{arc for arc in graph if arc[1] != 0} for graph in side] for side in (predicted, gold)
    ]
    wanted.update({name + "_without_tops": x for name, x in brute_force(*inner).items()})
    assert together == pytest.approx(wanted)

    for length, prediction, graph in sentences:
        gold_tensor, mask = pad([graph], [length])
        metric(pad([prediction], [length])[0], gold_tensor, mask)
    assert metric.get_metric() == together


def test_an_unknown_label_is_found_but_never_labeled_correctly(caplog):
    gold, mask = pad([{(1, 0, 2), (2, 1, 1)}], [2])
    metric = SemanticDependencyScores()
    with caplog.at_level(logging.WARNING):
        metric(gold, gold, mask)
        assert not caplog.records
        scores = metric.get_metric(reset=True)
        metric(gold, gold, mask)
        metric.get_metric(reset=True)
    assert (scores["UF"], scores["UM"]) == (1.0, 1.0)
    assert (scores["LP"], scores["LR"], scores["LM"]) == (0.5, 0.5, 0.0)
    assert len(caplog.records) == 1
    assert "1 arcs whose label did not occur in training" in caplog.text


@pytest.mark.parametrize(
    ("predicted", "gold", "expected"),
    [
        ([set(), set()], [{(1, 0, 2)}, set()], 1),
        ([set(), {(1, 0, 2)}], [{(1, 0, 2)}, set()], 0),
        ([set(), set()], [set(), set()], 0),
    ],
)
def test_that_all_graphs_are_empty_is_said(predicted, gold, expected, caplog):
    metric = SemanticDependencyScores()
    metric(pad(predicted, [1, 1])[0], *pad(gold, [1, 1]))
    metric.get_metric()
    assert not caplog.messages
    metric.get_metric(reset=True)
    assert sum("All 2 predicted graphs are empty" in m for m in caplog.messages) == expected


def test_padding_sentences_are_no_graphs():
    gold, mask = pad([{(1, 0, 2)}, set()], [1, 1])
    mask[1] = False
    metric = SemanticDependencyScores()
    metric(gold, gold, mask)
    assert metric.get_metric()["LM"] == 1.0
    metric(torch.zeros_like(gold), gold, mask)
    assert metric.get_metric()["LM"] == 0.5


def test_without_a_mask_every_node_counts():
    gold = torch.zeros(1, 3, 3, dtype=torch.long)
    gold[0, 2, 1] = gold[0, 1, 0] = 2
    metric = SemanticDependencyScores()
    metric(torch.zeros_like(gold), gold)
    metric(gold, gold)
    assert metric.get_metric()["LR"] == 0.5


def test_arguments_are_not_changed_and_reset_forgets():
    gold, mask = pad([{(1, 0, 2)}], [2])
    before = gold.clone(), mask.clone()
    metric = SemanticDependencyScores()
    metric(gold, gold, mask)
    assert torch.equal(gold, before[0])
    assert torch.equal(mask, before[1])
    assert metric.get_metric()["LF"] == metric.get_metric(reset=True)["LF"] == 1.0
    assert metric.get_metric() == {}


def test_scores_are_plain_floats():
    metric = SemanticDependencyScores()
    metric(*next(official_batches()))
    scores = metric.get_metric()
    assert all(type(score) is float for score in scores.values())
    assert json.loads(json.dumps(scores)) == scores


@pytest.mark.skipif(torch.__version__ < "2", reason="few operations on meta tensors before torch 2")
def test_a_call_does_not_wait_for_the_device():
    # Tensors of the meta device have no values: whatever asks for one fails.
    gold = torch.zeros(2, 3, 3, dtype=torch.long, device="meta")
    metric = SemanticDependencyScores()
    metric(gold, gold, torch.ones(2, 3, dtype=torch.bool, device="meta"))
    metric(gold, gold)
    with pytest.raises(Exception, match="meta"):
        metric.get_metric()


def test_wrong_shapes_are_refused():
    metric = SemanticDependencyScores()
    with pytest.raises(ConfigurationError, match=r"\(1, 2, 2\) and \(1, 3, 3\)"):
        metric(torch.zeros(1, 2, 2), torch.zeros(1, 3, 3), torch.ones(1, 3).bool())
    with pytest.raises(ConfigurationError, match=r"shape \(1, 3\) but is \(1, 2\)"):
        metric(torch.zeros(1, 3, 3), torch.zeros(1, 3, 3), torch.ones(1, 2).bool())


def test_is_registered():
    assert Metric.by_name("semantic_dependency_scores") is SemanticDependencyScores


def check_process(global_rank, world_size, gpu_id, batches, wanted):
    metric = SemanticDependencyScores()
    assert metric.get_metric() == {}
    # As often as it likes.
    for batch in batches[:1] if global_rank == 0 else batches[1:]:
        metric(*batch)
    assert metric.get_metric() == wanted
    assert metric.get_metric(reset=True) == wanted
    assert metric.get_metric() == {}


def test_two_processes_equal_one():
    batches = list(official_batches(batch_size=20))
    metric = SemanticDependencyScores()
    for batch in batches:
        metric(*batch)
    run_in_two_processes(check_process, batches, metric.get_metric())
