from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.sentence import ExtraLine, Sentence, Word
from bilexical.scoring.matches import Matches
from bilexical.scoring.tree_evaluation import TreeEvaluation
from bilexical.scoring.tree_report import tree_report
from bilexical.scoring.ud_evaluation import CONTENT_RELATIONS, UdEvaluation, collapsed_arcs, f1

NAMES = ("gold.conllu", "system.conllu")


def sentence(*words, empty=()):
    """Each word as (head, relation, DEPS), each empty node as (number, DEPS)."""
    return Sentence(
        "",
        [Word("x", head=head, deprel=deprel, deps=deps) for head, deprel, deps in words],
        extra_lines=[
            ExtraLine(int(number.split(".")[0]), f"{number}\tx" + "\t_" * 6 + f"\t{deps}\t_")
            for number, deps in empty
        ],
    )


def evaluated(gold, system, **options):
    evaluation = UdEvaluation(**options)
    for pair in zip(gold, system):
        evaluation.add(*pair, NAMES)
    return evaluation


GOLD = sentence(
    (2, "det", "2:det"),
    (3, "nsubj:pass", "3:nsubj:pass|5:nsubj:xsubj"),
    (0, "root", "0:root"),
    (5, "mark", "5:mark"),
    (3, "xcomp", "3:xcomp"),
    (3, "punct", "3:punct|6:punct"),
)
SYSTEM = sentence(
    (2, "nmod:poss", "2:det"),
    (3, "nsubj", "3:nsubj|5:nsubj:xsubj|6:nsubj"),
    (0, "root", "0:root"),
    (5, "case", "5:mark"),
    (3, "xcomp", "3:xcomp"),
    (5, "punct", "3:punct:x"),
)
TABLE = """
## Scores of the evaluation of Universal Dependencies

Relations are compared without their subtypes, but for ELAS.

Metric     | Precision |    Recall |  F1 Score
-----------+-----------+-----------+-----------
UAS        |     83.33 |     83.33 |     83.33
LAS        |     50.00 |     50.00 |     50.00
CLAS       |     75.00 |    100.00 |     85.71
ELAS       |     62.50 |     71.43 |     66.67
EULAS      |     87.50 |    100.00 |     93.33

Arcs from a word to itself, left out: gold 1, system 0.
"""


def test_by_hand():
    evaluation = evaluated([GOLD], [SYSTEM], enhanced=True)
    assert evaluation.counts() == {
        "UAS": Matches(6, 6, 5),
        "LAS": Matches(6, 6, 3),
        "ELAS": Matches(7, 8, 5),
        "EULAS": Matches(7, 8, 7),
        "CLAS": Matches(3, 4, 3),
    }
    trees = TreeEvaluation()
    trees.add(GOLD, SYSTEM)
    assert tree_report(trees, *NAMES, evaluation).endswith(TABLE)
    figures = evaluation.to_json()
    assert figures["own_arguments"] == {"gold": 1, "system": 0}
    assert set(figures) == {*evaluation.counts(), "own_arguments"}
    assert set(evaluated([GOLD], [SYSTEM]).to_json()) == set(evaluation.counts())
    assert figures["CLAS"] == {
        "gold": 3,
        "system": 4,
        "common": 3,
        "precision": 0.75,
        "recall": 1.0,
        "f1": 6 / 7,
    }


def test_the_relations_of_universal_dependencies():
    functional = {"aux", "case", "cc", "clf", "cop", "det", "mark", "punct"}
    assert len(CONTENT_RELATIONS | functional) == 37
    assert not CONTENT_RELATIONS & functional


def test_arcs_that_become_the_same_are_counted_as_the_evaluation_of_iwpt_does():
    twice = sentence((0, "root", "0:root"), (1, "nsubj", "1:nsubj|1:nsubj:xsubj"))
    evaluation = evaluated([twice], [twice], enhanced=True)
    assert evaluation.counts()["ELAS"] == Matches(3, 3, 3)
    assert evaluation.counts()["EULAS"] == Matches(3, 3, 1 + 2 * 2)


def test_paths_over_empty_nodes_are_arcs():
    collapsed = sentence(
        (0, "root", "0:root"),
        (1, "x", "1:x|1.1:obj|2:own"),
        (1, "x", "1.2:nsubj"),
        empty=[("1.1", "1:conj:and|1.2:dep"), ("1.2", "1.1:dep|2:advcl|1.2:own")],
    )
    arcs, num_loops = collapsed_arcs(collapsed, "f")
    assert sorted(arcs) == [
        (1, 0, "root"),
        (2, 1, "conj:and>obj"),
        (2, 1, "x"),
        (2, 2, "advcl>dep>obj"),
        (3, 1, "conj:and>dep>nsubj"),
        (3, 2, "advcl>nsubj"),
    ]
    assert num_loops == 2


@st.composite
def graphs(draw):
    """A sentence of two words and two empty nodes with some of the possible arcs."""
    nodes = ["1", "2", "2.1", "2.2"]
    deps = {
        node: "|".join(
            f"{head}:{label}"
            for head, label in product(["0", *nodes], "ab")
            if draw(st.integers(0, 3)) == 0
        )
        for node in nodes
    }
    return sentence(
        *((0, "root", deps[node] or None) for node in nodes[:2]),
        empty=[(node, deps[node] or "_") for node in nodes[2:]],
    )


@given(graphs())
def test_paths_are_all_that_there_are(graph):
    """Against a search over all orders in which empty nodes can be passed."""
    rows = [line.text.split("\t") for line in graph.extra_lines]
    deps = {"1": graph.words[0].deps, "2": graph.words[1].deps, **{row[0]: row[8] for row in rows}}
    arcs = {
        (modifier, *item.split(":"))
        for modifier, column in deps.items()
        for item in (column or "_").split("|")
        if item != "_"
    }
    loops = {arc for arc in arcs if arc[0] == arc[1]}
    expected = set()
    for length in range(3):
        for between in permutations(["2.1", "2.2"], length):
            for start, end in product("012", "12"):
                path = [start, *between, end]
                choices = [
                    [a[2] for a in arcs - loops if a[:2] == (modifier, head)]
                    for head, modifier in zip(path, path[1:])
                ]
                for labels in product(*choices):
                    expected.add((int(end), int(start), ">".join(labels)))
    found, num_loops = collapsed_arcs(graph, "f")
    assert set(found) == expected and len(found) == len(expected)
    assert num_loops == len(loops)


relations = st.sampled_from(["nsubj", "nsubj:pass", "case", "case:of", "punct", "zzz", None])
words = st.lists(st.tuples(st.integers(0, 2), relations), min_size=4, max_size=4)


@given(words, words)
def test_trees_against_the_definitions(gold, system):
    evaluation = evaluated(*([sentence(*((*w, None) for w in side))] for side in (gold, system)))
    cut = [[(head, (r or "_").split(":")[0]) for head, r in side] for side in (gold, system)]
    content = [{n for n, w in enumerate(side) if w[1] == "nsubj"} for side in cut]
    right = {n for n in range(4) if cut[0][n] == cut[1][n]}
    assert evaluation.counts()["LAS"].common == len(right)
    clas = Matches(*map(len, content), len(right & content[0]))
    assert evaluation.counts()["CLAS"] == clas
    assert f1(clas) == pytest.approx(clas.f1)


def test_what_nobody_predicted_is_not_scored():
    bare = sentence((0, "root", None), (1, "nsubj", None))
    full = sentence((0, "root", "0:root"), (1, "nsubj", "1:nsubj"))
    copied = sentence((2, "nsubj", "0:root"), (0, "root", "1:nsubj"))
    for gold, system, options, why in (
        (full, bare, {}, "the system output has no enhanced graphs (DEPS)."),
        (bare, full, {}, "the gold standard has no enhanced graphs (DEPS)."),
        (full, copied, {}, "all enhanced graphs (DEPS) of the system output are the gold "),
        (full, copied, {"score_copied": True}, ""),
        (full, full, {}, ""),
        (full, full, {"enhanced": False}, "only two files of CoNLL-U have enhanced graphs."),
    ):
        evaluation = evaluated([gold], [system], **{"enhanced": True, **options})
        assert evaluation.why_no_graphs.startswith(why) and bool(why) == bool(
            evaluation.why_no_graphs
        )
        assert ("ELAS" in evaluation.counts()) == (not why)
        assert ("not_scored" in evaluation.to_json()["ELAS"]) == bool(why)
        trees = TreeEvaluation()
        trees.add(gold, system)
        assert ("not scored: " in tree_report(trees, *NAMES, evaluation)) == bool(why)


def test_sentences_without_graphs():
    bare = sentence((0, "root", None), (1, "nsubj", None))
    full = sentence((0, "root", "0:root"), (1, "nsubj", "1:nsubj"))
    pairs = [full, full, bare], [full, bare, full]
    assert evaluated(*pairs, enhanced=True).counts()["ELAS"] == Matches(4, 4, 2)
    partial = evaluated(*pairs, enhanced=True, partial=True)
    assert partial.counts()["ELAS"] == Matches(2, 2, 2)
    assert partial.without_graph == partial.to_json()["without_graph"] == 2
