import statistics
from random import Random

import pytest

from bilexical.comparison.analysis import analyze
from bilexical.comparison.breakdown import LENGTHS, unseen
from bilexical.comparison.layers import Gold
from bilexical.formats.sentence import Arc, Sentence, Word
from tests.bilexical.comparison.examples import graph_gold, graph_output, tree_gold, tree_output

RUNS = {"modular": ["1", "2", "3"], "spigot": ["1", "2"]}


def chain(num_words):
    """Each word under the one before."""
    return list(range(num_words))


def wrong_at_the_end(num_words, num_wrong):
    """The same, with the last heads wrong."""
    right = num_words - num_wrong
    return chain(right) + [n + 1 for n in range(right, num_words)]


def random_tree(random, num_words):
    return [random.randrange(num_words + 1) for _ in range(num_words)]


class TestByLength:
    def test_limits_of_the_bands(self):
        lengths = [1, 10, 11, 20, 21, 30, 31, 40, 41, 90]
        gold = [tree_gold(str(n), *chain(n)) for n in lengths]
        # Of the two sentences in each band, the longer one has so many wrong heads.
        wrong = {10: 1, 20: 2, 30: 3, 40: 4, 90: 5}
        outputs = [tree_output(*wrong_at_the_end(n, wrong.get(n, 0))) for n in lengths]
        right = [tree_output(*chain(n)) for n in lengths]
        result = analyze(gold, {"a": {"1": right}, "b": {"1": outputs}}, "a", resamples=2)
        bands = result["by_length"]["UAS"]
        assert [(band["low"], band["high"]) for band in bands] == list(LENGTHS)
        assert [band["sentences"] for band in bands] == [2] * 5
        assert [band["systems"]["a"]["mean"] for band in bands] == [1] * 5
        assert [band["systems"]["b"]["mean"] for band in bands] == [
            pytest.approx(1 - number / total)
            for number, total in ((1, 11), (2, 31), (3, 51), (4, 71), (5, 131))
        ]

    def test_several_seeds_against_counts_made_apart(self):
        random = Random(1)
        lengths = [random.randrange(1, 35) for _ in range(30)]
        gold = [tree_gold(str(n), *random_tree(random, length)) for n, length in enumerate(lengths)]
        predictions = {
            name: {run: [tree_output(*random_tree(random, n)) for n in lengths] for run in runs}
            for name, runs in RUNS.items()
        }
        found = analyze(gold, predictions, "modular", resamples=2)["by_length"]["UAS"]
        assert sum(band["sentences"] for band in found) == 30
        for band in found:
            for name, runs in RUNS.items():
                expected = []
                for run in runs:
                    words = [
                        (word.head, head)
                        for annotated, output in zip(gold, predictions[name][run])
                        if band["low"] <= len(annotated.sentence.words) <= band["high"]
                        for word, head in zip(annotated.sentence.words, output["heads"])
                    ]
                    expected.append(sum(x == y for x, y in words) / len(words))
                entry = band["systems"][name]
                assert list(entry["runs"].values()) == pytest.approx(expected)
                assert entry["mean"] == pytest.approx(statistics.mean(expected))
                assert entry["sd"] == pytest.approx(statistics.stdev(expected))

    def test_only_annotated_sentences_count(self):
        """Three short sentences, two with a tree, one of these and the third with a class."""
        tree = [Word("w1", head=2), Word("w2", head=0)]
        gold = [
            Gold(Sentence("both", tree), "good"),
            Gold(Sentence("tree", tree)),
            Gold(Sentence("class", [Word("w1"), Word("w2")]), "good"),
            Gold(Sentence("neither", [Word("w")] * 12)),
        ]
        right, wrong = tree_output(2, 0), tree_output(0, 1)
        outputs = [
            {**right, "label": "good"},
            {**wrong, "label": "bad"},
            {**right, "label": "bad"},
            {**tree_output(*chain(12)), "label": "good"},
        ]
        found = analyze(gold, {"a": {"1": outputs}, "b": {"1": outputs}}, "a", resamples=2)
        bands = found["by_length"]
        assert list(bands) == ["accuracy", "UAS"]
        for score in bands:
            assert [(band["high"], band["sentences"]) for band in bands[score]] == [(10, 2)]
            assert bands[score][0]["systems"]["b"]["runs"] == {"1": 0.5}

    def test_a_layer_that_one_system_lacks(self):
        gold = [Gold(Sentence("s", [Word("w1", head=2), Word("w2", head=0)], [Arc(1, 2, "A")]))]
        with_tree = {**tree_output(2, 1), **graph_output(2, [(1, 2, "A"), (2, 1, "A")])}
        predictions = {"a": {"1": [graph_output(2, [])]}, "b": {"1": [with_tree]}}
        found = analyze(gold, predictions, "a", resamples=2, training_forms={"w2"})
        systems = {score: bands[0]["systems"] for score, bands in found["by_length"].items()}
        assert list(systems["UAS"]) == ["b"] and systems["UAS"]["b"]["mean"] == 0.5
        assert systems["LF"]["a"]["mean"] == 0
        assert systems["LF"]["b"]["mean"] == pytest.approx(2 / 3)
        assert list(found["unseen"]["UAS"]["systems"]) == ["b"]
        assert found["unseen"]["UAS"]["systems"]["b"]["mean"] == 1
        assert list(found["unseen"]["LF"]["systems"]) == ["a", "b"]


class TestUnseen:
    def test_heads(self):
        """Of five words three are not in the training data, one of them in another case only."""
        words = [Word(form, head=head) for form, head in zip(["The", "new", "cat"], (3, 3, 0))]
        gold = [
            Gold(Sentence("one", words)),
            Gold(Sentence("two", [Word("new", head=2), Word("saw", head=0)])),
        ]
        forms = {"the", "cat", "saw"}
        first = [tree_output(3, 1, 0), tree_output(2, 0)]
        second = [tree_output(2, 1, 0), tree_output(0, 0)]
        predictions = {"a": {"1": first, "2": second}, "b": {"1": second}}
        found = unseen(gold, predictions, forms)
        assert list(found) == ["UAS"]
        entry = found["UAS"]
        assert (entry["decisions"], entry["number"], entry["of"]) == ("heads", 3, 5)
        assert entry["systems"]["a"] == {
            "runs": {"1": 2 / 3, "2": 0},
            "mean": pytest.approx(1 / 3),
            "sd": pytest.approx((2 / 3) / 2**0.5),
        }
        assert entry["systems"]["b"] == {"runs": {"1": 0}, "mean": 0, "sd": None}

    def test_arcs_and_top_nodes_by_their_modifier(self):
        """Words 2 and 3 are new: of five arcs, top nodes among them, three are theirs."""
        arcs = [(1, 2, "A"), (3, 2, "B"), (3, 1, "A")]
        gold = [graph_gold("s", 3, arcs, tops=[1, 2])]
        # Right: 3 under 2 and the top 2; wrong: a label, and an arc that there is not.
        output = graph_output(3, [(1, 3, "A"), (3, 2, "B"), (3, 1, "B"), (2, 1, "A")], tops=[2, 1])
        found = unseen(gold, {"a": {"1": [output]}}, {"w1"})["LF"]
        assert (found["decisions"], found["number"], found["of"]) == ("arcs", 3, 5)
        assert found["systems"]["a"]["mean"] == pytest.approx(2 * 2 / (3 + 4))

    def test_sentences_without_gold_trees(self):
        gold = [tree_gold("s", 2, 0), Gold(Sentence("s", [Word("new"), Word("newer")]))]
        predictions = {"a": {"1": [tree_output(2, 1), tree_output(2, 0)]}}
        found = unseen(gold, predictions, set())["UAS"]
        assert (found["number"], found["of"], found["systems"]["a"]["mean"]) == (2, 2, 0.5)

    def test_no_unseen_words(self):
        predictions = {"a": {"1": [tree_output(2, 0)]}}
        found = unseen([tree_gold("s", 2, 0)], predictions, {"w1", "w2", "w3"})
        assert found == {"UAS": {"decisions": "heads", "number": 0, "of": 2, "systems": {}}}

    def test_classes_are_not_about_words(self):
        gold, output = [Gold(Sentence("s", [Word("w1")]), "good")], {"words": ["w1"], "label": "x"}
        assert unseen(gold, {"a": {"1": [output]}}, set()) == {}

    def test_training_data_that_nobody_knows(self):
        output = [tree_output(2, 0)]
        predictions = {"a": {"1": output}, "b": {"1": output}}
        assert analyze([tree_gold("s", 2, 0)], predictions, "a", resamples=2)["unseen"] is None


def test_with_every_word_unseen_the_scores_are_those_of_the_whole():
    """LF and UAS have one definition."""
    random = Random(2)
    pairs = [(m, h) for m in range(1, 7) for h in range(1, 7) if m != h]

    def sample():
        arcs = [(*pair, random.choice("AB")) for pair in random.sample(pairs, 8)]
        return arcs, random.sample(range(1, 7), 2), random_tree(random, 6)

    gold, outputs = [], []
    for number in range(20):
        arcs, tops, heads = sample()
        words = [Word(f"w{n}", head=h, is_top=n in tops) for n, h in enumerate(heads, 1)]
        gold.append(Gold(Sentence(str(number), words, [Arc(*arc) for arc in arcs])))
        arcs, tops, heads = sample()
        outputs.append({**tree_output(*heads), **graph_output(6, arcs, tops)})
    predictions = {"a": {"1": outputs}, "b": {"1": outputs}}
    found = analyze(gold, predictions, "a", resamples=2, training_forms=frozenset())
    for score, number in (("UAS", 20 * 6), ("LF", 20 * 10)):
        entry = found["unseen"][score]
        assert entry["number"] == entry["of"] == number
        assert entry["systems"]["b"]["mean"] == found["scores"][score]["b"]["mean"] > 0
        assert found["by_length"][score][0]["systems"]["b"]["mean"] == entry["systems"]["b"]["mean"]
