import json
from dataclasses import replace

import pytest

from bilexical.formats.sdp import read_sdp
from bilexical.formats.sentence import Arc, Sentence, Word
from bilexical.scoring.matches import Matches
from bilexical.scoring.sdp_evaluation import LENGTHS, SdpEvaluation
from bilexical.scoring.sdp_report import sdp_report
from tests.bilexical.scoring.scorer_fixture import FOLDER, REPRESENTATIONS, expected, read_graphs

REPORTS = [(name, name, False) for name in REPRESENTATIONS] + [("DM_nopunct", "DM", True)]


@pytest.mark.parametrize(("name", "representation", "exclude_punctuation"), REPORTS)
@pytest.mark.parametrize("read", [read_graphs, lambda name: read_sdp(FOLDER / name)])
def test_the_report_is_that_of_the_official_scorer(name, representation, exclude_punctuation, read):
    report = sdp_report(
        read("gold.sdp"),
        read("system.sdp"),
        "gold.sdp",
        "system.sdp",
        representation,
        exclude_punctuation,
    )
    assert report.encode("utf-8") == (FOLDER / f"expected_{name}.txt").read_bytes()


@pytest.mark.parametrize("tops", [True, False])
@pytest.mark.parametrize(("name", "representation", "exclude_punctuation"), REPORTS)
def test_the_scores_are_those_of_the_official_scorer(
    name, representation, exclude_punctuation, tops
):
    evaluation = SdpEvaluation(representation, tops, exclude_punctuation)
    for gold, system in zip(read_graphs("gold.sdp"), read_graphs("system.sdp")):
        evaluation.add(gold, system)
    scores = evaluation.scores()
    assert len(scores) == 14
    wanted = expected(name, tops)
    for score in ("LP", "LR", "LF", "LM", "UP", "UR", "UF", "UM"):
        assert f"{scores[score]:.6f}" == wanted[score]
    assert str(evaluation.arcs.gold) == wanted["edges in gold standard"]


def sentence(name, arcs, tops=(), frames=None, num_words=12):
    tags = ["NN", "VB", "."] + ["NN"] * (num_words - 3)
    words = [Word(f"w{n}", pos=tag, is_top=n in tops) for n, tag in enumerate(tags, 1)]
    for number, frame in (frames or {}).items():
        words[number - 1].frame = frame
    return Sentence(name, words, [Arc(*arc) for arc in arcs])


# Words 1, 2 and 3 are a noun, a verb and a full stop, the rest nouns.
GOLD = [
    sentence("a", [(1, 2, "A"), (3, 2, "B"), (12, 2, "A")], [2], {2: "see"}),
    sentence("b", [(1, 2, "A"), (5, 1, "C"), (6, 1, "C"), (2, 1, "C")], [12], {2: "go"}),
]
SYSTEM = [
    sentence("a", [(1, 2, "A"), (3, 2, "A"), (12, 2, "A")], [2], {2: "see"}),
    sentence("b", [(1, 2, "A"), (5, 1, "D"), (2, 1, "C")], [12, 3], {2: "stay"}),
]


def evaluated(**options):
    evaluation = SdpEvaluation(**options)
    for gold, system in zip(GOLD, SYSTEM):
        evaluation.add(gold, system)
    return evaluation


def test_arcs_are_counted_over_all_graphs():
    scores = evaluated(tops=False).scores()
    # Gold 3 + 4, system 3 + 3; the same arcs 3 + 3, with the same labels 2 + 2.
    assert scores["LP"] == 4 / 6
    assert scores["LR"] == 4 / 7
    assert scores["LF"] == pytest.approx(8 / 13)
    assert scores["UP"] == 1.0
    assert scores["UR"] == 6 / 7
    assert scores["UF"] == pytest.approx(12 / 13)
    assert (scores["LM"], scores["UM"]) == (0.0, 0.5)


def test_tops_are_arcs_from_node_0():
    evaluation = evaluated()
    # One top in each gold graph, both found, and one that is none.
    assert evaluation.labels["-VIRTUAL-"] == Matches(2, 3, 2)
    assert evaluation.scores()["LP"] == 6 / 9
    assert "-VIRTUAL-" not in evaluated(tops=False).labels


def test_labels_of_both_sides_have_a_row():
    labels = evaluated(tops=False).labels
    assert labels == {
        "A": Matches(3, 4, 3),
        "B": Matches(1, 0, 0),
        "C": Matches(3, 1, 1),
        "D": Matches(0, 1, 0),
    }
    assert list(labels) == ["A", "B", "C", "D"]
    assert (labels["B"].precision, labels["B"].recall, labels["B"].f1) == (0.0, 0.0, 0.0)
    assert labels["A"].precision == 0.75


def test_labels_are_in_the_order_of_java():
    names = ["\uff5e", "\U0001f600", "b", "B", "é"]
    graph = Sentence("", [Word("w")] * 6, [Arc(n, 6, name) for n, name in enumerate(names, 1)])
    evaluation = SdpEvaluation()
    evaluation.add(graph, graph)
    assert list(evaluation.labels) == ["B", "b", "é", "\U0001f600", "\uff5e"]


def test_lengths_are_those_of_the_arcs_and_the_numbers_of_the_tops():
    assert tuple(evaluated().lengths) == LENGTHS
    # The tops 2, 12, and wrongly 3.
    assert evaluated().lengths["2"].system == 1
    assert evaluated().lengths["3"] == Matches(0, 1, 0)
    assert evaluated(tops=False).lengths == {
        "1": Matches(4, 4, 3),
        "2": Matches(0, 0, 0),
        "3": Matches(0, 0, 0),
        "4": Matches(1, 1, 0),
        "5-9": Matches(1, 0, 0),
        "10-": Matches(1, 1, 1),
    }


@pytest.mark.parametrize(
    ("length", "row"), [(4, "4"), (5, "5-9"), (9, "5-9"), (10, "10-"), (150, "10-")]
)
def test_the_limits_of_the_table_by_length(length, row):
    words = [Word("w") for _ in range(length + 1)]
    for arc in (Arc(1, length + 1, "A"), Arc(length + 1, 1, "A")):
        evaluation = SdpEvaluation()
        evaluation.add(Sentence("", words, [arc]), Sentence("", words, [arc]))
        assert evaluation.lengths[row] == Matches(1, 1, 1)
        assert sum(matches.gold for matches in evaluation.lengths.values()) == 1


def test_predications_need_all_arguments_and_frames_the_sense_too():
    evaluation = evaluated()
    # The verb of a has a wrong label; that of b is right but for its sense.
    assert evaluation.predications == Matches(2, 2, 1)
    assert evaluation.frames == Matches(2, 2, 0)
    assert evaluation.scores()["PF"] == 0.5
    assert evaluation.scores()["FF"] == 0.0


@pytest.mark.parametrize("options", [{"tops": False}, {"exclude_punctuation": True}])
def test_predications_do_not_depend_on_tops_and_punctuation(options):
    assert evaluated(**options).predications == evaluated().predications
    assert evaluated(**options).frames == evaluated().frames


def test_punctuation_is_left_out():
    evaluation = evaluated(exclude_punctuation=True)
    # Without the arc and the top of the full stop.
    assert (evaluation.arcs.gold, evaluation.arcs.system, evaluation.arcs.labeled) == (8, 7, 6)
    assert evaluation.arcs.labeled_matches == 1
    assert "B" not in evaluation.labels


def test_nothing_over_nothing_is_zero():
    empty = sentence("c", [])
    evaluation = SdpEvaluation()
    evaluation.add(empty, empty)
    scores = evaluation.scores()
    assert scores == {name: float(name in ("LM", "UM")) for name in scores}
    assert all(type(score) is float for score in scores.values())
    report = sdp_report([empty], [empty], "g", "s")
    assert "NaN" not in report
    assert "\nLP: 0.000000\n" in report
    assert "\n10-,0,0,0.000000,0.000000\n" in report


def test_the_figures_as_json():
    evaluation = evaluated()
    figures = json.loads(json.dumps(evaluation.to_json()))
    assert {name: figures.pop(name) for name in evaluation.scores()} == evaluation.scores()
    assert figures["arcs"]["gold"] == 9 and figures["arcs"]["unlabeled"] == 8
    assert figures["predications"]["common"] == 1 and figures["frames"]["f1"] == 0.0
    assert figures["labels"]["A"] == {
        **{"gold": 3, "system": 4, "common": 3},
        **{"precision": 0.75, "recall": 1.0, "f1": pytest.approx(6 / 7)},
    }
    assert list(figures["lengths"]) == list(LENGTHS)


def test_halves_are_rounded_up():
    words = [Word("w") for _ in range(130)]
    arcs = [Arc(n, 130, "A") for n in range(1, 129)]
    report = sdp_report([Sentence("", words, arcs[:1])], [Sentence("", words, arcs)], "g", "s")
    # 1/128 is 0.0078125.
    assert "\nLP: 0.007813\n" in report


def test_the_head_of_the_report():
    report = sdp_report(GOLD, iter(SYSTEM), "g.sdp", "s.sdp")
    assert report.startswith(
        "# Evaluation\n\nGold standard file: g.sdp\nSystem output file: s.sdp\n\n## Scores incl"
    )


def test_sentences_that_do_not_correspond_are_refused():
    with pytest.raises(ValueError, match=r"ends before sentence 2 \('b'\)"):
        sdp_report(GOLD, SYSTEM[:1], "g", "s")
    with pytest.raises(ValueError, match=r"^s: word 12 of sentence 1 .* is missing"):
        sdp_report(GOLD, [sentence("c", [], num_words=11)], "g", "s")
    with pytest.raises(ValueError, match="Give one of DM, PAS, PSD"):
        sdp_report(GOLD, SYSTEM, "g", "s", "dm")


def without_senses(sentences):
    return [
        replace(sentence, words=[replace(word, frame=None) for word in sentence.words])
        for sentence in sentences
    ]


def with_senses_of(sentences, others):
    return [
        replace(a, words=[replace(w, frame=o.frame) for w, o in zip(a.words, b.words)])
        for a, b in zip(sentences, others)
    ]


NOT_PREDICTED = [
    (GOLD, without_senses(SYSTEM), "the system output has no senses."),
    (without_senses(GOLD), SYSTEM, "the gold standard has no senses."),
    (without_senses(GOLD), without_senses(GOLD), "the gold standard has no senses."),
    (GOLD, with_senses_of(SYSTEM, GOLD), "all 2 senses of the system output are the gold "),
    # Where senses are copied for some words only, they are copied nevertheless.
    (
        GOLD,
        [with_senses_of(SYSTEM, GOLD)[0], without_senses(SYSTEM)[1]],
        "all 1 senses of the system output are the gold ",
    ),
]


@pytest.mark.parametrize(("gold", "system", "why"), NOT_PREDICTED)
def test_senses_that_nobody_predicted_are_not_scored(gold, system, why):
    report = sdp_report(gold, system, "g", "s")
    assert report.count(f"\nNot scored: {why}") == 2
    assert "FP:" not in report and "FF:" not in report and "PF:" in report
    evaluation = SdpEvaluation()
    for pair in zip(gold, system):
        evaluation.add(*pair)
    assert "FF" not in evaluation.scores() and "PF" in evaluation.scores()
    assert evaluation.to_json()["frames"]["not_scored"].startswith(why)


@pytest.mark.parametrize(
    ("system", "options"),
    [
        (SYSTEM, {}),
        # The gold standard against itself, and a system that is known to predict senses.
        (GOLD, {}),
        (with_senses_of(SYSTEM, GOLD), {"score_copied": True}),
    ],
)
def test_senses_that_are_predicted_are_scored(system, options):
    report = sdp_report(GOLD, system, "g", "s", **options)
    assert report.count("\nFF: ") == 2 and "Not scored" not in report


def test_words_that_are_their_own_arguments_are_left_out_and_counted():
    looped = [
        replace(SYSTEM[0], arcs=[*SYSTEM[0].arcs, Arc(2, 2, "A"), Arc(1, 1, "A")]),
        SYSTEM[1],
    ]
    line = "Arcs from a word to itself, left out: gold 0, system 2.\n\n"
    report = sdp_report(GOLD, looped, "g", "s")
    assert line in report
    assert report.replace(line, "") == sdp_report(GOLD, SYSTEM, "g", "s")
