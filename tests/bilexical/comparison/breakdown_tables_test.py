import pytest

from bilexical.comparison.analysis import analyze
from bilexical.comparison.breakdown_tables import (
    SHOWN,
    kind_tables,
    length_tables,
    unseen_table,
)
from bilexical.comparison.layers import Gold
from bilexical.formats.sentence import Arc, Sentence, Word
from tests.bilexical.comparison.examples import graph_gold, graph_output, tree_gold, tree_output


def compare(gold, before, after, **options):
    """Of two systems with one run each."""
    predictions = {"a": {"1": before}, "b": {"1": after}}
    return analyze(gold, predictions, "a", resamples=2, **options)


class TestKinds:
    def test_what_has_no_row_is_summed(self):
        """Word n has tag and label n; all change but the last three, odd ones to the worse."""
        num_words = SHOWN + 7
        words = [
            Word("w", pos=f"T{n}", head=0 if n % 2 else 1, deprel=f"l{n}")
            for n in range(1, num_words + 1)
        ]
        after = [1] * (num_words - 3) + [0] * 3
        comparison = compare(
            [Gold(Sentence("s", words))], [tree_output(*[0] * num_words)], [tree_output(*after)]
        )
        by_tag, by_label = kind_tables(comparison, "tree")
        assert by_tag.header == [
            *("system", "part of speech", "heads", "heads changed", "became right", "became wrong")
        ]
        assert len(by_tag.rows) == SHOWN + 1
        assert by_tag.rows[0][:4] == ["b", "T1", "1", "1"]
        # Four of the 19 changed words have no row: two to the better, two to the worse.
        assert by_tag.rows[-1] == ["b", "other (7)", "7", "4", "2", "2"]
        for table in (by_tag, by_label):
            totals = [sum(int(row[column]) for row in table.rows) for column in range(2, 6)]
            run = comparison["changes"]["tree"]["systems"]["b"]["runs"]["1"]
            keys = ("decisions", "changed", "became_right", "became_wrong")
            assert totals == [run[key] for key in keys]
        assert "gold annotation" in by_label.note and "over runs" not in by_label.note

    def test_words_without_tags_and_nothing_known_of_what_is_right(self):
        tags = [None, *(f"T{n}" for n in range(SHOWN + 1))]
        gold = [Gold(Sentence("s", [Word("w", pos=tag) for tag in tags], []))]
        graph = graph_output(len(tags), [])
        outputs = [[{**tree_output(*[head] * len(tags)), **graph}] for head in (0, 1)]
        (table,) = kind_tables(compare(gold, *outputs), "tree")
        assert table.rows[0] == ["b", "none annotated", "1", "1", "–", "–"]
        assert table.rows[-1] == ["b", "other (2)", "2", "2", "–", "–"]

    def test_what_did_not_change_is_in_the_last_row(self):
        gold = [Gold(Sentence("s", [Word("w", pos=tag, head=0) for tag in ("A", "B", "C")]))]
        right, wrong = tree_output(0, 0, 0), tree_output(0, 1, 0)
        (table,) = kind_tables(compare(gold, [right], [wrong]), "tree")
        assert table.rows == [
            ["b", "B", "1", "1", "0", "1"],
            ["b", "other (2)", "2", "0", "0", "0"],
        ]
        (table,) = kind_tables(compare(gold, [right], [right]), "tree")
        assert table.rows == [["b", "other (3)", "3", "0", "0", "0"]]

    def test_arcs(self):
        gold = [graph_gold("s", 2, [(1, 2, "A")])]
        comparison = compare(gold, [graph_output(2, [])], [graph_output(2, [(1, 2, "A")], [2])])
        (table,) = kind_tables(comparison, "graph")
        assert table.rows == [
            ["b", "-VIRTUAL-", "0", "1", "0", "1"],
            ["b", "A", "0", "1", "1", "0"],
        ]
        assert "of the arc itself" in table.note


class TestLengths:
    def test_bands_and_systems(self):
        gold = [tree_gold("short", 0, 1), tree_gold("long", *range(41))]
        before = [tree_output(0, 0), tree_output(*range(41))]
        tables = length_tables(compare(gold, before, [tree_output(0, 1), before[1]]))
        assert [table.title for table in tables] == ["UAS by length of sentences"]
        assert tables[0].header == ["words", "sentences", "a", "b"]
        assert tables[0].rows == [
            ["1 to 10", "1", "50.00", "100.00"],
            ["> 40", "1", "100.00", "100.00"],
        ]

    def test_seeds_and_a_system_without_the_layer(self):
        words = [Word("w1", head=0), Word("w2", head=1)]
        gold = [Gold(Sentence("s", words, [Arc(1, 2, "A")]))]
        graph = graph_output(2, [(1, 2, "A")])
        outputs = [{**tree_output(*heads), **graph} for heads in ((0, 1), (0, 0))]
        predictions = {"a": {"1": [graph]}, "b": {str(n): [x] for n, x in enumerate(outputs)}}
        comparison = analyze(gold, predictions, "a", resamples=2, training_forms={"w1"})
        assert [(table.title[:3].strip(), table.rows) for table in length_tables(comparison)] == [
            ("LF", [["1 to 10", "1", "100.00", "100.00 ± 0.00"]]),
            ("UAS", [["1 to 10", "1", "–", "75.00 ± 35.36"]]),
        ]
        table = unseen_table(comparison)
        assert table.header == ["score", "of", "unseen", "all", "a", "b"]
        assert table.rows == [
            ["LF", "arcs", "0", "1", "–", "–"],
            ["UAS", "heads", "1", "2", "–", "50.00 ± 70.71"],
        ]


@pytest.mark.parametrize("options", [{}, {"training_forms": None}])
def test_no_table_without_training_data(options):
    output = [tree_output(0)]
    assert unseen_table(compare([tree_gold("s", 0)], output, output, **options)).rows == []
