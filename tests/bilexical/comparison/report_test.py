import re
from html.parser import HTMLParser

import pytest

from bilexical.comparison.analysis import analyze
from bilexical.comparison.layers import LAYERS, Gold
from bilexical.comparison.pictures import change_picture, legend
from bilexical.comparison.report import report
from bilexical.drawing import PictureArc, Status
from bilexical.formats.sentence import Arc, Sentence, Word
from spigot_allennlp.commands.compare.files import write_files
from tests.bilexical.comparison.examples import graph_output, tree_output

TREE, GRAPH, CLASS = LAYERS

GOLD = Gold(
    Sentence(
        "s<1>",
        [
            Word("w1", head=2, deprel="a"),
            Word("w2", head=0, deprel="b"),
            Word("w3", head=1, deprel="c"),
        ],
        [Arc(1, 2, "A"), Arc(3, 2, "B")],
    ),
    "good",
)
BEFORE = {
    **tree_output(2, 0, 2, deprels=["a", "b", "c"]),
    **graph_output(3, [(1, 2, "A")], tops=[2], label="bad"),
}
AFTER = {
    **tree_output(3, 0, 1, deprels=["a", "b", "c"]),
    **graph_output(3, [(1, 2, "A"), (3, 2, "C"), (1, 3, "B")], label="good"),
}


def arcs(side, status):
    return [arc[:3] for arc in side if arc.status is status]


class TestPictures:
    def test_a_tree_against_the_other_and_the_graph_against_the_gold_one(self):
        picture = change_picture(GOLD, BEFORE, AFTER, TREE, GRAPH, "title")
        assert arcs(picture.tree, Status.RIGHT) == [(0, 2, "b")]
        assert arcs(picture.tree, Status.SPURIOUS) == [(3, 1, "a"), (1, 3, "c ✓")]
        assert arcs(picture.tree, Status.MISSING) == [(2, 1, "a ✓"), (2, 3, "c")]
        assert picture.changed == {1, 3}
        assert arcs(picture.graph, Status.RIGHT) == [(2, 1, "A")]
        assert arcs(picture.graph, Status.RELABELED) == [(2, 3, "C≠B")]
        assert arcs(picture.graph, Status.SPURIOUS) == [(3, 1, "B")]
        assert picture.caption == (
            "2 heads changed: 1 became right, 1 became wrong; UAS 66.7 → 66.7; LF 50.0 → 40.0"
        )

    def test_a_graph_against_the_other_and_the_class(self):
        picture = change_picture(GOLD, BEFORE, AFTER, GRAPH, CLASS, "title")
        assert picture.tree is None and picture.changed == frozenset()
        assert PictureArc(0, 2, "top", Status.MISSING) in picture.graph
        assert arcs(picture.graph, Status.RIGHT) == [(2, 1, "A")]
        assert picture.caption.endswith("; class bad → good (right: good)")

    def test_a_parser_alone(self):
        picture = change_picture(GOLD, BEFORE, AFTER, TREE, TREE, "title")
        assert picture.graph is None
        assert picture.caption.count("UAS") == 1

    def test_without_gold_trees(self):
        words = [word.changed(head=None) for word in GOLD.sentence.words]
        bare = Gold(Sentence("", words), "good")
        for end_task, caption in ((CLASS, "; class bad → good (right: good)"), (TREE, "")):
            picture = change_picture(bare, BEFORE, AFTER, TREE, end_task, "title")
            assert picture.caption == f"2 heads changed{caption}"

    def test_legend(self):
        both = dict(legend(TREE, GRAPH, "modular", "spigot"))
        assert both[Status.MISSING] == "tree: only in modular, ✓ if right; graph: missing"
        alone = dict(legend(GRAPH, CLASS, "modular", "spigot"))
        assert alone[Status.SPURIOUS] == "graph: only in spigot, ✓ if right"


class Structure(HTMLParser):
    """Checks that elements are closed, and collects text by element."""

    void = {"meta", "br", "img", "link"}

    def __init__(self):
        super().__init__()
        self.open, self.texts = [], {}

    def handle_starttag(self, tag, attributes):
        assert tag not in ("script", "link", "img")
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


@pytest.fixture
def comparison():
    predictions = {
        "modular": {"1": [BEFORE], "2": [BEFORE]},
        "spigot": {"1": [AFTER], "2": [BEFORE]},
    }
    history = {
        "best_epoch": 1,
        "best": {"LF": 0.9},
        "seconds": [1.0, 2.0],
        "dev": {"LF": [0.25, 0.9]},
        "diagnostics": {"training_zero_gradients": [0.0, 0.5], "validation_spread": [3.0, 4.0]},
    }
    found = {
        "title": "A & B",
        "test_data": "test.sdp",
        **analyze([GOLD], predictions, "modular", resamples=10, training_forms={"w2"}),
        "training": {
            "modular": {"1": history, "2": {**history, "diagnostics": {}}},
            "spigot": {"1": history, "2": history},
        },
        "failures": {"broken-seed-1": "RuntimeError: <no>"},
        "notes": ["Something <else>."],
    }
    return found, predictions


def test_page(comparison):
    found, predictions = comparison
    text = report(found, [GOLD], predictions)
    structure = Structure()
    structure.feed(text)
    assert structure.open == []
    headings = structure.texts["h2"]
    # A class is the end task here, so that both the tree and the graph are intermediate.
    assert headings == [
        "Scores",
        "Differences from modular",
        "Scores by length of sentences",
        "Words unseen in training",
        "Training",
        "Diagnostics",
        "Changes of the tree",
        "Sentences whose tree changed most: spigot (1)",
        "Changes of the graph",
        "Sentences whose graph changed most: spigot (1)",
    ]
    assert "A & B" in structure.texts["h1"]
    assert "broken-seed-1 failed: RuntimeError: <no>" in structure.texts["p"]
    assert (
        "Scores are those of modular → spigot. Words with another head are underlined."
        in (structure.texts["p"])
    )
    assert any("Sentence s<1>, seed 1: 2 heads changed" in x for x in structure.texts["figcaption"])
    assert not re.search(r"(?:src|href)=", text)


def test_charts(comparison):
    found, predictions = comparison
    text = report(found, [GOLD], predictions)
    titles = ["LF on the validation data", "LF on the validation data, close up"]
    titles += ["Time per epoch, with validation", "zero_gradients, training"]
    titles += ["spread, validation data", "Heads changed", "Arcs changed"]
    titles += [f"{score} by length of sentences" for score in ("accuracy", "LF", "UAS")]
    for title in titles:
        assert f'aria-label="{title}"' in text
    assert "spread, training" not in text and "gradient_norm" not in text


def test_no_close_up_of_a_loss(comparison):
    """What is best there is the lowest."""
    found, predictions = comparison
    training = {
        name: {seed: {**run, "dev": {"loss": [0.9, 0.1]}} for seed, run in runs.items()}
        for name, runs in found["training"].items()
    }
    text = report({**found, "training": training}, [GOLD], predictions)
    assert 'aria-label="loss on the validation data"' in text
    assert "close up" not in text


def test_charts_by_length(comparison):
    """Both have two of three heads right; for the graphs and classes see `TestPictures`."""
    found, predictions = comparison
    text = report(found, [GOLD], predictions)
    assert "<desc>modular: 1 to 10 66.67; spigot: 1 to 10 66.67</desc>" in text
    half = (50 + 40) / 2
    assert f"<desc>modular: 1 to 10 50; spigot: 1 to 10 {half:g}</desc>" in text
    assert "<desc>modular: 1 to 10 0; spigot: 1 to 10 50</desc>" in text


def test_nothing_is_known_of_the_training(comparison):
    found, predictions = comparison
    found["training"] = {}
    text = report(found, [GOLD], predictions)
    assert "Nothing is known of the training" in text and "Time per epoch" not in text
    assert "Diagnostics" not in text


def test_nothing_is_known_of_the_training_data(comparison):
    found, predictions = comparison
    text = report({**found, "unseen": None}, [GOLD], predictions)
    assert "Words unseen in training" not in text and "Something &lt;else&gt;." in text


def test_names_are_text_in_every_file(comparison, tmp_path):
    found, predictions = comparison
    found["title"], found["test_data"] = "<b>A</b>", "data/[x](y).sdp"
    printed = write_files(tmp_path, found, [GOLD], predictions)
    text = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert text == printed and text.startswith(
        "# \\<b>A\\</b>\n\nTest data: data/\\[x\\](y).sdp\n\n"
        "broken-seed-1 failed: RuntimeError: \\<no>\n\nSomething \\<else>.\n\n## Scores\n"
    )
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "<b>" not in page and "&lt;b&gt;A&lt;/b&gt;" in page
