import pytest

from bilexical.comparison.analysis import analyze
from bilexical.comparison.cells import Table, markdown
from bilexical.comparison.layers import Gold
from bilexical.comparison.tables import (
    all_tables,
    change_table,
    diagnostics_table,
    difference_table,
    group_table,
    score_table,
    training_table,
)
from bilexical.formats.sentence import Arc, Sentence, Word
from tests.bilexical.comparison.examples import graph_output, tree_output

GOLD = [
    Gold(Sentence(name, [Word("w1", head=2), Word("w2", head=0)], [Arc(1, 2, "A")]))
    for name in ("one", "two")
]
RIGHT = {**tree_output(2, 0), **graph_output(2, [(1, 2, "A")])}
WRONG = {**tree_output(0, 1), **graph_output(2, [])}
HISTORY = {
    "best_epoch": 1,
    "best": {"LF": 0.5},
    "seconds": [1.0, 3.0],
    "dev": {"LF": [0.25, 0.5]},
    "diagnostics": {"training_gradient_norm": [None, 0.5], "validation_spread": [2.0, 1.0]},
}
SILENT = {**HISTORY, "diagnostics": {}}


def compare(predictions, training):
    return {**analyze(GOLD, predictions, "modular", resamples=100), "training": training}


@pytest.fixture
def several():
    predictions = {
        "modular": {"1": [RIGHT, WRONG], "2": [RIGHT, RIGHT]},
        "spigot": {"1": [RIGHT, RIGHT], "2": [RIGHT, WRONG]},
    }
    training = {"modular": {"1": SILENT, "2": SILENT}, "spigot": {"1": HISTORY, "2": HISTORY}}
    return compare(predictions, training)


@pytest.fixture
def single():
    predictions = {"modular": {"x": [RIGHT, WRONG]}, "spigot": {"x": [RIGHT, RIGHT]}}
    return compare(predictions, {"modular": {"x": {**SILENT, "seconds": []}}})


class TestSeveralSeeds:
    def test_scores(self, several):
        table = score_table(several)
        assert table.header[:3] == ["system", "runs", "LF"]
        # 2/3 and 1, with a standard deviation of 1/3 over the square root of 2.
        assert table.rows[0][:3] == ["modular", "2", "83.33 ± 23.57"]
        assert table.rows[1][:3] == ["spigot", "2", "83.33 ± 23.57"]

    def test_differences(self, several):
        row = difference_table(several).rows[0]
        assert row[:3] == ["LF", "spigot", "+0.00"] and row[4:] == ["1.000", "1 of 2"]

    def test_changes(self, several):
        table = change_table(several, "tree")
        assert table.rows == [
            ["spigot", "1", "4", "2", "2", "0"],
            ["spigot", "2", "4", "2", "0", "2"],
            ["spigot", "mean", "", "2.0", "1.0", "1.0"],
        ]

    def test_groups(self, several):
        table = group_table(several, "tree")
        assert table.header == ["compared", "tree", "sentences", "system", "UAS", "LF"]
        assert table.rows == [
            ["spigot", "same", "1.0", "modular", "100.0", "100.0"],
            ["spigot", "same", "1.0", "spigot", "100.0", "100.0"],
            ["spigot", "different", "1.0", "modular", "50.0", "50.0"],
            ["spigot", "different", "1.0", "spigot", "50.0", "50.0"],
        ]

    def test_training(self, several):
        assert training_table(several).rows == [
            ["modular", "50.00 ± 0.00", "2.0", "2.0"],
            ["spigot", "50.00 ± 0.00", "2.0", "2.0"],
        ]

    def test_a_loss_is_no_share(self, several):
        runs = several["training"]["modular"]
        for seed, loss in (("1", 2.0), ("2", 4.0)):
            runs[seed] = {**SILENT, "best": {"loss": loss, "LF": 0.5}}
        table = training_table(several)
        assert table.header == ["system", "loss", "LF", "epochs", "seconds per epoch"]
        assert table.rows[0][1:3] == ["3 ± 1.4", "50.00 ± 0.00"]

    def test_diagnostics_are_of_the_epoch_that_was_kept(self, several):
        nested = {"training_downstream_gradient_norm": [4.0, 8.0]}
        second = {"training_gradient_norm": [1.5, 9.0], "validation_spread": [3.0, 7.0], **nested}
        several["training"]["spigot"]["2"] = {**HISTORY, "best_epoch": 0, "diagnostics": second}
        table = diagnostics_table(several)
        assert table.header == ["metric", "sentences", "modular", "spigot"]
        # 0.5 and 1.5, and 1 and 3, have standard deviations of 1 and 2 over the square root of 2.
        assert table.rows == [
            ["epoch that was kept", "", "2, 2", "2, 1"],
            ["gradient_norm", "training", "–", "1 ± 0.71"],
            ["spread", "validation data", "–", "2 ± 1.4"],
            ["downstream_gradient_norm", "training", "–", "4"],
        ]
        assert "standard deviation over runs" in table.note


class TestSingleRuns:
    def test_no_word_of_seeds(self, single):
        text = "".join(map(markdown, all_tables(single)))
        assert "seed" not in text and "better in" not in text and "±" not in text

    def test_rows(self, single):
        assert score_table(single).rows[0][:3] == ["modular", "1", "66.67"]
        assert change_table(single, "tree").rows == [["spigot", "4", "2", "2", "0"]]
        assert group_table(single, "tree").rows[2] == [
            *("spigot", "different", "1", "modular", "0.0", "0.0"),
        ]

    def test_nothing_known_of_the_training(self, single):
        assert training_table(single).rows == diagnostics_table(single).rows == []
        assert [table.title for table in all_tables(single)] == [
            "Scores",
            "Differences from modular",
            "LF by length of sentences",
            "UAS by length of sentences",
            "Changes of the tree",
            "Where the tree is the same and where it differs",
        ]

    def test_an_archive_without_its_training(self, single):
        nothing = {**SILENT, "best_epoch": None, "seconds": []}
        single["training"] = {"modular": {"x": nothing}, "spigot": {"x": HISTORY}}
        table = diagnostics_table(single)
        assert table.rows[:2] == [
            ["epoch that was kept", "", "–", "2"],
            ["gradient_norm", "training", "–", "0.5"],
        ]
        assert "over runs" not in table.note


def test_without_gold_trees_nobody_knows():
    gold = [Gold(Sentence("s", [Word("w1"), Word("w2")], [Arc(1, 2, "A")]))]
    result = analyze(gold, {"a": {"1": [RIGHT]}, "b": {"1": [WRONG]}}, "a", resamples=10)
    table = change_table(result, "tree")
    assert table.rows == [["b", "2", "2", "–", "–"]]
    assert "no gold structures" in table.note
    # No sentence has the same tree, so that there is nothing to score.
    assert [row[2:] for row in group_table(result, "tree").rows] == [
        ["0", "a", "–", "–"],
        ["0", "b", "–", "–"],
        ["1", "a", "–", "100.0"],
        ["1", "b", "–", "0.0"],
    ]


def test_markdown():
    table = Table("Title", "A note.", ["a", "b"], [["x|y", "1"]])
    assert markdown(table) == "## Title\n\nA note.\n\n| a | b |\n| --- | --- |\n| x\\|y | 1 |\n"


def test_names_are_text_in_markdown():
    """Of systems, scores and files."""
    name = "<img src=x> [a](b) | `c`"
    result = analyze(GOLD, {"a": {"1": [RIGHT] * 2}, name: {"1": [WRONG] * 2}}, name, resamples=10)
    text = "".join(map(markdown, all_tables({**result, "training": {name: {"1": HISTORY}}})))
    assert text.count(r"\<img src=x> \[a\](b) \| \`c\`") == text.count("img") > 3
