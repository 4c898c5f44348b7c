import pytest

from bilexical.comparison.changes import SHOWN, structure_changes
from bilexical.comparison.layers import LAYERS, Gold
from bilexical.formats.sentence import Arc, Sentence, Word
from tests.bilexical.comparison.examples import graph_output, tree_gold, tree_output

TREE, GRAPH, CLASS = LAYERS


def gold_sentence(name):
    words = [Word("w1", head=2), Word("w2", head=0), Word("w3", head=2)]
    return Gold(Sentence(name, words, [Arc(1, 2, "A")]))


def output(heads, arcs):
    return {**tree_output(*heads), **graph_output(3, arcs)}


RIGHT, WRONG = [(1, 2, "A")], [(1, 3, "A")]
GOLD = [
    gold_sentence("same"),
    gold_sentence("better"),
    gold_sentence("worse"),
    gold_sentence("wrong"),
]
BEFORE = [
    output([2, 0, 1], RIGHT),
    output([3, 0, 2], WRONG),
    output([2, 0, 2], RIGHT),
    output([3, 0, 2], RIGHT),
]
AFTER = [
    output([2, 0, 1], WRONG),
    output([2, 0, 2], RIGHT),
    output([2, 3, 0], RIGHT),
    output([0, 0, 2], WRONG),
]


@pytest.fixture
def changes():
    return structure_changes(
        GOLD, {"1": BEFORE, "2": BEFORE}, {"1": AFTER, "3": AFTER}, TREE, GRAPH
    )


def test_runs_are_paired_by_name(changes):
    assert list(changes["runs"]) == ["1"]


def test_sums(changes):
    run = changes["runs"]["1"]
    assert (run["decisions"], run["changed"]) == (12, 4)
    assert (run["became_right"], run["became_wrong"]) == (1, 2)


def test_sentences_with_the_same_tree(changes):
    assert changes["runs"]["1"]["same"] == {
        "sentences": 1,
        "baseline": {
            "UAS": 2 / 3,
            "LF": 1,
            "UF": 1,
            "LM": 1,
            "LF_without_tops": 1,
            "UF_without_tops": 1,
        },
        "system": {
            "UAS": 2 / 3,
            "LF": 0,
            "UF": 0,
            "LM": 0,
            "LF_without_tops": 0,
            "UF_without_tops": 0,
        },
    }


def test_sentences_with_another_tree(changes):
    """Micro-averaged: of nine heads, and of three arcs on either side."""
    group = changes["runs"]["1"]["different"]
    assert group["sentences"] == 3
    assert group["baseline"]["UAS"] == (2 + 3 + 2) / 9
    assert group["system"]["UAS"] == (3 + 1 + 2) / 9
    assert group["baseline"]["LF"] == 2 * 2 / (3 + 3)
    assert group["system"]["LF"] == 2 * 2 / (3 + 3)


def test_most_changed(changes):
    assert [(shown["sentence"], shown["changed"]) for shown in changes["most_changed"]] == [
        (2, 2),
        (1, 1),
        (3, 1),
    ]
    assert changes["most_changed"][0]["run"] == "1"


def test_a_sentence_is_shown_once_in_the_run_where_it_changed_most():
    gold = [tree_gold(f"s{n}", 0, 1, 1) for n in range(SHOWN + 5)]
    before = [tree_output(0, 1, 1)] * len(gold)
    little = [tree_output(0, 1, 2)] * len(gold)
    much = [*little[:-1], tree_output(2, 0, 2)]
    changes = structure_changes(
        gold, {"1": before, "2": before}, {"1": little, "2": much}, TREE, TREE
    )
    shown = changes["most_changed"]
    assert len(shown) == SHOWN
    assert (shown[0]["sentence"], shown[0]["run"], shown[0]["changed"]) == (SHOWN + 4, "2", 3)
    assert [entry["sentence"] for entry in shown[1:]] == list(range(SHOWN - 1))


def test_without_gold_trees():
    gold = [Gold(Sentence("s", [Word("w1"), Word("w2")]))]
    changes = structure_changes(
        gold, {"1": [tree_output(0, 1)]}, {"1": [tree_output(2, 0)]}, TREE, TREE
    )
    run = changes["runs"]["1"]
    assert run["changed"] == 2 and run["became_right"] is None and run["became_wrong"] is None
    assert run["different"] == {"sentences": 1, "baseline": {}, "system": {}}


def test_no_two_runs_of_one_seed(caplog):
    gold, output = [tree_gold("s", 0)], [tree_output(0)]
    changes = structure_changes(gold, {"1": output}, {"2": output}, TREE, TREE)
    assert changes == {"runs": {}, "most_changed": [], "by_tag": [], "by_label": []}
    assert "No two runs have the same seed (1; 2)" in caplog.text


class TestByKind:
    """Against counts made by hand, over two seeds."""

    WORDS = [
        Word("w1", pos="DT", head=2, deprel="det"),
        Word("w2", pos="NN", head=3, deprel="nsubj"),
        Word("w3", pos="VB", head=0, deprel="root"),
        Word("w4", pos="NN", head=3, deprel="obj"),
    ]
    GOLD = [Gold(Sentence("s", WORDS))]
    BEFORE = [tree_output(3, 3, 0, 2)]

    def kinds(self, gold, before, *afters):
        befores = {str(n): before for n in range(len(afters))}
        system = {str(n): after for n, after in enumerate(afters)}
        return structure_changes(gold, befores, system, TREE, TREE)

    def test_tags_and_labels(self):
        # w1 becomes right in one seed, w4 in both, w2 becomes wrong in one; w3 remains.
        found = self.kinds(
            self.GOLD, self.BEFORE, [tree_output(2, 3, 0, 3)], [tree_output(3, 1, 0, 3)]
        )
        assert [list(entry.values())[:5] for entry in found["by_tag"]] == [
            ["NN", 4, 3, 2, 1],
            ["DT", 2, 1, 1, 0],
            ["VB", 2, 0, 0, 0],
        ]
        assert [list(entry.values())[:5] for entry in found["by_label"]] == [
            ["obj", 2, 2, 2, 0],
            ["det", 2, 1, 1, 0],
            ["nsubj", 2, 1, 0, 1],
            ["root", 2, 0, 0, 0],
        ]
        for entries in (found["by_tag"], found["by_label"]):
            for key in ("decisions", "changed", "became_right", "became_wrong"):
                total = sum(run[key] for run in found["runs"].values())
                assert sum(entry[key] for entry in entries) == total

    def test_coarse_tags_where_there_are_no_fine_ones(self):
        words = [Word("w1", upos="DET", head=2), Word("w2", upos="NOUN", head=0)]
        found = self.kinds([Gold(Sentence("s", words))], [tree_output(2, 0)], [tree_output(0, 0)])
        assert [(entry["tag"], entry["became_wrong"]) for entry in found["by_tag"]] == [
            ("DET", 1),
            ("NOUN", 0),
        ]

    def test_words_without_tags_and_labels(self):
        """They are told apart where others have some, and there is nothing where none has."""
        bare = tree_gold("bare", 2, 0)
        found = self.kinds([bare], [tree_output(2, 0)], [tree_output(0, 1)])
        assert found["by_tag"] == found["by_label"] == []
        found = self.kinds(
            [bare, *self.GOLD],
            [tree_output(2, 0), *self.BEFORE],
            [tree_output(0, 1), *self.BEFORE],
        )
        first = found["by_tag"][0]
        assert (first["tag"], first["changed"], first["became_wrong"]) == (None, 2, 2)
        assert found["by_label"][0]["label"] is None and len(found["by_label"]) == 5

    def test_tags_without_gold_trees(self):
        gold = [Gold(Sentence("s", [Word("w1", pos="NN"), Word("w2", pos="VB")]))]
        found = self.kinds(gold, [tree_output(2, 0)], [tree_output(0, 0)])
        assert found["by_label"] == []
        assert [list(entry.values()) for entry in found["by_tag"]] == [
            ["NN", 1, 1, None, None, 0],
            ["VB", 1, 0, None, None, 0],
        ]

    def test_arcs_by_their_label_and_the_tag_of_their_modifier(self):
        words = [Word("w1", pos="NN"), Word("w2", pos="VB", is_top=True)]
        gold = [Gold(Sentence("s", words, [Arc(1, 2, "A")]))]
        before, after = graph_output(2, [(1, 2, "B")]), graph_output(2, [(1, 2, "A")], tops=[2])
        found = structure_changes(gold, {"1": [before]}, {"1": [after]}, GRAPH, GRAPH)
        assert [list(entry.values())[:5] for entry in found["by_label"]] == [
            ["B", 1, 1, 1, 0],
            ["-VIRTUAL-", 0, 1, 1, 0],
            ["A", 0, 1, 1, 0],
        ]
        assert [list(entry.values())[:5] for entry in found["by_tag"]] == [
            ["NN", 1, 2, 2, 0],
            ["VB", 0, 1, 1, 0],
        ]

    def test_classes_have_no_modifier(self):
        gold = [Gold(Sentence("s", [Word("w1", pos="NN")]), "good")]
        found = structure_changes(
            gold, {"1": [{"label": "bad"}]}, {"1": [{"label": "good"}]}, CLASS, CLASS
        )
        assert found["runs"]["1"]["became_right"] == 1
        assert found["by_tag"] == found["by_label"] == []
