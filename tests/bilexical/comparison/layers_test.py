import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.comparison.layers import (
    LAYERS,
    Changes,
    Gold,
    sentence_counts,
    total_changes,
)
from bilexical.formats.sentence import Sentence, Word
from tests.bilexical.comparison.examples import graph_gold, graph_output, tree_gold, tree_output

TREE, GRAPH, CLASS = LAYERS

NUM_WORDS = 4
HEADS = st.lists(st.integers(0, NUM_WORDS), min_size=NUM_WORDS, max_size=NUM_WORDS)
PAIRS = [(m, h) for m in range(1, NUM_WORDS + 1) for h in range(1, NUM_WORDS + 1) if m != h]
ARCS = st.dictionaries(st.sampled_from(PAIRS), st.sampled_from("AB"), max_size=6).map(
    lambda labels: [(*pair, label) for pair, label in labels.items()]
)
TOPS = st.sets(st.integers(1, NUM_WORDS), max_size=2)


class TestTrees:
    def test_counts(self):
        gold = tree_gold("s", 2, 0, 2, deprels=["a", "b", "c"])
        output = tree_output(2, 3, 2, deprels=["x", "b", "c"])
        assert TREE.counts(gold, output) == {"UAS": (2, 3), "LAS": (1, 3)}
        assert TREE.counts(gold, tree_output(2, 0, 2)) == {"UAS": (3, 3)}

    def test_labels_that_are_not_annotated(self):
        output = tree_output(2, 0, deprels=["a", "b"])
        assert TREE.counts(tree_gold("s", 2, 0), output) == {"UAS": (2, 2)}

    def test_no_gold_tree(self):
        gold = Gold(Sentence("s", [Word("w1"), Word("w2")]))
        before, after = tree_output(2, 0), tree_output(0, 1)
        assert TREE.counts(gold, before) == {}
        assert TREE.changes(gold, before, after) == Changes(decisions=2, changed=2)

    @given(HEADS, HEADS, HEADS)
    def test_changes_word_by_word(self, gold, before, after):
        changes = TREE.changes(tree_gold("s", *gold), tree_output(*before), tree_output(*after))
        kinds = [
            (old == new, new == right, old == right) for right, old, new in zip(gold, before, after)
        ]
        assert changes.decisions == NUM_WORDS and changes.annotated == 1
        assert changes.changed == sum(not same for same, _, _ in kinds)
        assert changes.became_right == kinds.count((False, True, False))
        assert changes.became_wrong == kinds.count((False, False, True))


class TestGraphs:
    def test_counts_of_the_official_scorer(self):
        gold = graph_gold("s", 3, [(1, 2, "A"), (3, 2, "B")], tops=[2])
        output = graph_output(3, [(1, 2, "A"), (3, 2, "A"), (2, 3, "B")], tops=[2])
        assert GRAPH.counts(gold, output) == {
            "LF": (2 * 2, 3 + 4),
            "UF": (2 * 3, 3 + 4),
            "LM": (0, 1),
            "LF_without_tops": (2 * 1, 2 + 3),
            "UF_without_tops": (2 * 2, 2 + 3),
        }

    def test_exact_match(self):
        gold = graph_gold("s", 2, [(1, 2, "A")], tops=[2])
        assert GRAPH.counts(gold, graph_output(2, [(1, 2, "A")], tops=[2]))["LM"] == (1, 1)
        assert GRAPH.counts(gold, graph_output(2, [(1, 2, "A")]))["LM"] == (0, 1)

    def test_no_gold_graph(self):
        gold = tree_gold("s", 0, 1)
        before, after = graph_output(2, [(1, 2, "A")]), graph_output(2, [], tops=[1])
        assert GRAPH.counts(gold, before) == {}
        assert GRAPH.changes(gold, before, after) == Changes(decisions=1, changed=2)

    @given(ARCS, ARCS, ARCS, TOPS, TOPS, TOPS)
    def test_changes_arc_by_arc(self, gold, before, after, gold_tops, old_tops, new_tops):
        """Every arc that there could be is on or off in each of the three."""
        changes = GRAPH.changes(
            graph_gold("s", NUM_WORDS, gold, gold_tops),
            graph_output(NUM_WORDS, before, old_tops),
            graph_output(NUM_WORDS, after, new_tops),
        )
        candidates = [(m, h, label) for m, h in PAIRS for label in "AB"]
        states = [(arc in before, arc in after, arc in gold) for arc in candidates]
        states += [
            (top in old_tops, top in new_tops, top in gold_tops) for top in range(1, NUM_WORDS + 1)
        ]
        changed = [(new, right) for old, new, right in states if old != new]
        assert changes.decisions == sum(old for old, _, _ in states)
        assert changes.changed == len(changed)
        assert changes.became_right == sum(new == right for new, right in changed)
        assert changes.became_wrong == sum(new != right for new, right in changed)


class TestClasses:
    @pytest.mark.parametrize(
        "before, after, counts",
        [
            ("a", "a", (0, 0, 0)),
            ("a", "b", (1, 1, 0)),
            ("b", "a", (1, 0, 1)),
            ("a", "c", (1, 0, 0)),
        ],
    )
    def test_changes(self, before, after, counts):
        gold = graph_gold("s", 1, [], label="b")
        changes = CLASS.changes(gold, {"label": before}, {"label": after})
        assert (changes.changed, changes.became_right, changes.became_wrong) == counts
        assert CLASS.counts(gold, {"label": before}) == {"accuracy": (int(before == "b"), 1)}

    def test_no_gold_class(self):
        gold = graph_gold("s", 1, [])
        assert CLASS.counts(gold, {"label": "a"}) == {}
        assert CLASS.changes(gold, {"label": "a"}, {"label": "b"}) == Changes(1, 1)


def test_the_end_task_comes_last_in_layers_and_first_in_scores():
    output = {**tree_output(0, 1), **graph_output(2, [])}
    assert [layer for layer in LAYERS if layer.is_in(output)] == [TREE, GRAPH]
    gold = Gold(Sentence("s", [Word("w1", head=0), Word("w2", head=1)], []))
    assert next(iter(sentence_counts(gold, output))) == "LF"
    output = {**graph_output(2, []), "label": "a"}
    assert [layer for layer in LAYERS if layer.is_in(output)] == [GRAPH, CLASS]


def test_totals():
    assert total_changes([]) == Changes()
    assert total_changes([Changes(5, 2, 1, 0, 1), Changes(3, 3, 0, 0, 0)]) == Changes(8, 5, 1, 0, 1)


def test_descriptions():
    gold = graph_gold("s", 2, [(1, 2, "A")], label="good")
    outputs = [graph_output(2, [], label="bad"), graph_output(2, [(1, 2, "A")], label="good")]
    assert GRAPH.describe(gold, *outputs) == "LF 0.0 → 100.0"
    assert CLASS.describe(gold, *outputs) == "class bad → good (right: good)"
    assert TREE.describe(gold, *outputs) == ""
