import json
import statistics

import pytest

from bilexical.comparison.analysis import analyze
from bilexical.comparison.layers import Gold
from bilexical.formats.sentence import Arc, Sentence, Word
from tests.bilexical.comparison.examples import graph_gold, graph_output, tree_gold, tree_output

GOLD = [
    graph_gold("one", 3, [(1, 2, "A"), (3, 2, "B")], tops=[2]),
    graph_gold("two", 3, [(2, 1, "A")], tops=[1]),
    graph_gold("three", 3, [], tops=[]),
]
RIGHT = [
    graph_output(3, [(1, 2, "A"), (3, 2, "B")], tops=[2]),
    graph_output(3, [(2, 1, "A")], tops=[1]),
    graph_output(3, []),
]
RELABELED = [graph_output(3, [(1, 2, "A"), (3, 2, "A")], tops=[2]), *RIGHT[1:]]
SPURIOUS = [*RIGHT[:2], graph_output(3, [(1, 2, "A"), (2, 3, "A"), (1, 3, "B")], tops=[1])]


@pytest.fixture
def comparison():
    predictions = {
        "modular": {"1": RELABELED, "2": SPURIOUS},
        "spigot": {"1": RIGHT, "2": SPURIOUS, "3": RIGHT},
        "other": {"1": SPURIOUS},
    }
    return analyze(GOLD, predictions, "modular", resamples=200)


def test_scores_are_those_of_the_corpus(comparison):
    """F from summed counts: a mean over sentences would be another number."""
    modular = comparison["scores"]["LF"]["modular"]
    relabeled, spurious = 2 * 4 / (5 + 5), 2 * 5 / (5 + 9)
    assert modular["runs"] == {"1": relabeled, "2": pytest.approx(spurious)}
    assert modular["mean"] == pytest.approx((relabeled + spurious) / 2)
    assert modular["sd"] == pytest.approx(statistics.stdev([relabeled, spurious]))
    assert comparison["scores"]["LF"]["other"]["sd"] is None


def test_difference_is_that_of_the_means(comparison):
    scores = comparison["scores"]["LF"]
    assert scores["spigot"]["difference"] == pytest.approx(
        scores["spigot"]["mean"] - scores["modular"]["mean"]
    )
    assert "difference" not in scores["modular"]


def test_better_in_counts_seeds_of_both(comparison):
    assert comparison["scores"]["LF"]["spigot"]["better_in"] == ["1"]
    assert comparison["scores"]["LF"]["other"]["better_in"] == []


def test_it_is_json(comparison):
    assert json.loads(json.dumps(comparison)) == comparison
    assert comparison["layers"] == ["graph"] and comparison["end_task_score"] == "LF"
    assert comparison["systems"]["spigot"] == ["1", "2", "3"]


def test_a_parser_alone_is_compared_by_its_own_structure(comparison):
    changes = comparison["changes"]["graph"]["systems"]["spigot"]["runs"]
    assert changes["1"]["changed"] == 2 and changes["1"]["became_right"] == 2
    assert changes["2"]["changed"] == 0


class TestPipelines:
    def test_tree_before_graph(self):
        gold = [Gold(Sentence("s", [Word("w1", head=2), Word("w2", head=0)], [Arc(1, 2, "A")]))]
        before = {**tree_output(2, 0), **graph_output(2, [])}
        after = {**tree_output(0, 1), **graph_output(2, [(1, 2, "A")])}
        result = analyze(gold, {"a": {"1": [before]}, "b": {"1": [after]}}, "a", resamples=10)
        assert result["layers"] == ["tree", "graph"] and list(result["changes"]) == ["tree"]
        run = result["changes"]["tree"]["systems"]["b"]["runs"]["1"]
        assert run["became_wrong"] == 2
        assert (run["different"]["baseline"]["LF"], run["different"]["system"]["LF"]) == (0, 1)

    def test_graph_before_class(self):
        gold = [graph_gold("s", 2, [(1, 2, "A")], label="good")]
        before = graph_output(2, [(2, 1, "A")], label="bad")
        after = graph_output(2, [(1, 2, "A")], label="good")
        result = analyze(gold, {"a": {"1": [before]}, "b": {"1": [after]}}, "a", resamples=10)
        assert result["layers"] == ["graph", "class"] and result["end_task_score"] == "accuracy"
        run = result["changes"]["graph"]["systems"]["b"]["runs"]["1"]
        assert (run["changed"], run["became_right"]) == (2, 2)
        assert run["different"]["system"]["accuracy"] == 1
        assert result["scores"]["accuracy"]["b"]["difference"] == 1

    def test_a_layer_that_one_system_lacks(self):
        gold = [Gold(Sentence("s", [Word("w1", head=2), Word("w2", head=0)], [Arc(1, 2, "A")]))]
        with_tree = {**tree_output(2, 0), **graph_output(2, [])}
        predictions = {"a": {"1": [graph_output(2, [])]}, "b": {"1": [with_tree]}}
        result = analyze(gold, predictions, "a", resamples=10)
        assert result["layers"] == ["graph"]
        assert list(result["scores"]["UAS"]) == ["b"]
        assert "p_value" not in result["scores"]["UAS"]["b"]


class TestErrors:
    def test_nothing_in_common(self):
        predictions = {"a": {"1": [tree_output(0)]}, "b": {"1": [graph_output(1, [])]}}
        with pytest.raises(ValueError, match="nothing in common"):
            analyze([tree_gold("s", 0)], predictions, "a")

    def test_nothing_annotated(self):
        gold = [Gold(Sentence("s", [Word("w1")]))]
        with pytest.raises(ValueError, match="not annotated"):
            analyze(gold, {"a": {"1": [tree_output(0)]}}, "a")
