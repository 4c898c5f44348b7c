import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.sentence import Sentence, Word
from bilexical.scoring.matches import Matches
from bilexical.scoring.tree_evaluation import TreeEvaluation
from bilexical.scoring.tree_report import tree_report
from spigot_allennlp.metrics import AttachmentScores, punctuation_mask


def evaluate_trees(gold, system):
    evaluation = TreeEvaluation()
    for pair in zip(gold, system):
        evaluation.add(*pair)
    return evaluation


def sentence(*words):
    """Each word as (form, head, relation, tag)."""
    return Sentence(
        "", [Word(form, head=head, deprel=deprel, pos=pos) for form, head, deprel, pos in words]
    )


GOLD = [
    sentence(
        ("dogs", 2, "nsubj", "NNS"),
        ("see", 0, "root", "VBP"),
        ("cats", 2, "obj", "NNS"),
        (".", 2, "punct", "."),
    ),
    sentence(("go", 0, "root", "VB"), ("!", 1, "punct", ".")),
]
SYSTEM = [
    sentence(
        ("dogs", 2, "nsubj", "NNS"),
        ("see", 0, "root", "VBP"),
        ("cats", 2, "nsubj", "NNS"),
        # Tags of the output do not matter.
        (".", 3, "punct", "NN"),
    ),
    sentence(("go", 0, "root", "."), ("!", 1, "punct", "VB")),
]
REPORT = """\
# Evaluation

Gold standard file: gold
System output file: system

Number of sentences: 2

## Scores including punctuation

Number of words: 6

UAS: 0.833333
LAS: 0.666667

## Scores excluding punctuation

Number of words: 4

UAS: 1.000000
LAS: 0.750000

## Exact match

UEM: 0.500000
LEM: 0.500000

## Breakdown by relation

Relation,Number of words in gold standard,Number of words in system output,Precision,Recall
nsubj,1,2,0.500000,1.000000
obj,1,0,0.000000,0.000000
punct,2,2,0.500000,0.500000
root,2,2,1.000000,1.000000
"""


def test_by_hand():
    evaluation = evaluate_trees(GOLD, iter(SYSTEM))
    assert tree_report(evaluation, "gold", "system") == REPORT
    assert evaluation.relations["punct"] == Matches(2, 2, 1)
    figures = json.loads(json.dumps(evaluation.to_json()))
    assert {name: figures.pop(name) for name in evaluation.scores()} == evaluation.scores()
    assert figures["relations"].pop("nsubj")["precision"] == 0.5
    assert set(figures["relations"]) == {"obj", "punct", "root"}
    del figures["relations"]
    assert figures == {"sentences": 2, "words": 6, "words_without_punctuation": 4}


def test_without_tags_punctuation_is_unknown():
    gold = Sentence("", [Word("!", head=0, deprel="root")])
    evaluation = evaluate_trees([gold], [gold])
    assert evaluation.scores() == {"UAS": 1.0, "LAS": 1.0, "UEM": 1.0, "LEM": 1.0}
    assert "No word has a tag" in tree_report(evaluation, "g", "s")
    assert "words_without_punctuation" not in evaluation.to_json()


def test_without_labels_there_are_no_labeled_scores():
    gold = Sentence("", [Word("go", head=0, pos="VB")])
    system = Sentence("", [Word("go", head=0, deprel="root")])
    evaluation = evaluate_trees([gold], [system])
    assert evaluation.scores() == {"UAS": 1.0, "UEM": 1.0, "UAS_without_punctuation": 1.0}
    report = tree_report(evaluation, "g", "s")
    assert "LAS" not in report and "Relation" not in report
    # The other way round every label is missing.
    evaluation = evaluate_trees([system], [gold])
    assert (evaluation.scores()["UAS"], evaluation.scores()["LAS"]) == (1.0, 0.0)
    assert evaluation.relations == {"_": Matches(0, 1, 0), "root": Matches(1, 0, 0)}


def test_nothing_over_nothing_is_zero():
    only = Sentence("", [Word("!", head=0, deprel="root", pos=".")])
    report = tree_report(evaluate_trees([only], [only]), "g", "s")
    assert "Number of words: 0\n\nUAS: 0.000000\nLAS: 0.000000\n" in report
    assert set(evaluate_trees([], []).scores().values()) == {0.0}


def test_sentences_without_trees_are_refused():
    bare = Sentence("", [Word("go")] + [Word("on")], line=4)
    full = Sentence("", [Word("go", head=0)] + [Word("on", head=1)])
    with pytest.raises(ValueError, match=r"sentence 2 has no tree in the system output \(line 4\)"):
        evaluate_trees([full, full], [full, bare])
    with pytest.raises(ValueError, match="sentence 1 has no tree in the gold standard"):
        evaluate_trees([bare], [full])


@pytest.mark.parametrize(
    ("gold", "system", "is_copied"),
    [
        (["0:root", "1:obj|3:nsubj", "1:x"], ["0:root", "3:nsubj|1:obj", "1:x"], False),
        (["0:root", "1:obj|3:nsubj", "1:x"], ["0:root", "1:obj", "1:x"], True),
        (["0:root", "1:obj", "1:x"], ["0:root", "1:obj", "1:y"], True),
        (["0:root", "1:obj", "1:x"], ["0:root", "1:obj", None], True),
        # There is nothing to compare with, or nothing that was predicted.
        ([None, None, None], ["0:root", "1:obj", "1:x"], False),
        (["0:root", "1:obj", "1:x"], [None, None, None], False),
    ],
)
def test_right_trees_beside_other_graphs_are_taken_for_copies(gold, system, is_copied):
    evaluation = TreeEvaluation(enhanced=True)
    evaluation.add(
        *(
            Sentence("", [Word("x", head=head, deps=deps) for head, deps in zip((0, 1, 1), side)])
            for side in (gold, system)
        )
    )
    assert bool(evaluation.why_not_scored) == is_copied == (not evaluation.scores())


@st.composite
def corpora(draw):
    gold, system = [], []
    for num_words in draw(st.lists(st.integers(1, 6), min_size=1, max_size=3)):
        tags = [draw(st.sampled_from(["NN", ".", "VB"])) for _ in range(num_words)]
        for side in (gold, system):
            heads = [draw(st.integers(0, min(2, num_words))) for _ in tags]
            labels = [draw(st.sampled_from("abc")) for _ in tags]
            side.append(sentence(*(("x", *word) for word in zip(heads, labels, tags))))
    return gold, system


@given(corpora())
def test_the_metric_for_tensors_says_the_same(corpus):
    gold, system = corpus
    num_nodes = 1 + max(len(sentence.words) for sentence in gold)
    mask = torch.zeros(len(gold), num_nodes, dtype=torch.bool)
    tensors = {name: torch.zeros(len(gold), num_nodes, dtype=torch.long) for name in "GSgs"}
    for row, (one, other) in enumerate(zip(gold, system)):
        mask[row, : 1 + len(one.words)] = True
        for names, side in (("Gg", one), ("Ss", other)):
            for number, word in enumerate(side.words, 1):
                tensors[names[0]][row, number] = word.head
                tensors[names[1]][row, number] = 2 + "abc".index(word.deprel)
    scores = evaluate_trees(gold, system).scores()
    del scores["LEM"]
    for batch_size in (1, len(gold)):
        metric = AttachmentScores()
        for start in range(0, len(gold), batch_size):
            rows = slice(start, start + batch_size)
            punctuation = punctuation_mask(gold[rows], num_nodes)
            given_tensors = (tensors[name][rows] for name in "sg")
            metric(tensors["S"][rows], tensors["G"][rows], mask[rows], *given_tensors, punctuation)
        assert scores == metric.get_metric()
