import pytest

from bilexical.formats.sentence import Arc, Sentence, Word
from bilexical.scoring.sdp_counts import ArcCounts, count_arcs, scored_arcs
from tests.bilexical.scoring.scorer_fixture import REPRESENTATIONS, expected, read_graphs


@pytest.mark.parametrize("tops", [True, False])
@pytest.mark.parametrize("representation", REPRESENTATIONS)
def test_equals_the_official_scorer(representation, tops):
    counts = ArcCounts()
    for gold, system in zip(read_graphs("gold.sdp"), read_graphs("system.sdp")):
        counts += count_arcs(gold, system, tops=tops)
    figures = {name: f"{score:.6f}" for name, score in counts.scores().items()}
    figures["edges in gold standard"] = str(counts.gold)
    figures["edges in system output"] = str(counts.system)
    figures["edges in common, labeled"] = str(counts.labeled)
    figures["edges in common, unlabeled"] = str(counts.unlabeled)
    assert figures == expected(representation, tops)


def sentence(arcs, tops=(), id="1"):
    forms = ["dogs", "see", "cats"]
    words = [Word(form, is_top=number in tops) for number, form in enumerate(forms, start=1)]
    return Sentence(id, words, [Arc(*arc) for arc in arcs])


def test_one_sentence():
    gold = sentence([(1, 2, "ARG1"), (3, 2, "ARG2")], tops=[2])
    system = sentence([(1, 2, "ARG1"), (3, 2, "ARG3"), (1, 3, "BV")], tops=[2, 3])
    assert count_arcs(gold, system) == ArcCounts(3, 5, 3, 2, 1, 0, 0)
    assert count_arcs(gold, system, tops=False) == ArcCounts(2, 3, 2, 1, 1, 0, 0)


def test_the_direction_of_an_arc_counts():
    counts = count_arcs(sentence([(1, 2, "ARG1")]), sentence([(2, 1, "ARG1")]))
    assert counts == ArcCounts(gold=1, system=1, graphs=1)


def test_matches():
    gold = sentence([(1, 2, "ARG1")], tops=[2])
    assert count_arcs(gold, gold).labeled_matches == 1
    relabeled = count_arcs(gold, sentence([(1, 2, "ARG2")], tops=[2]))
    assert (relabeled.unlabeled_matches, relabeled.labeled_matches) == (1, 0)
    topless = sentence([(1, 2, "ARG1")])
    assert count_arcs(gold, topless).labeled_matches == 0
    assert count_arcs(gold, topless, tops=False).labeled_matches == 1


def test_nothing_over_nothing_is_zero_and_an_empty_graph_can_match():
    assert set(ArcCounts().scores().values()) == {0.0}
    scores = count_arcs(sentence([]), sentence([])).scores()
    assert scores == {**ArcCounts().scores(), "LM": 1.0, "UM": 1.0}
    assert all(type(score) is float for score in ArcCounts().scores().values())


def test_a_sentence_without_a_graph_has_no_arcs():
    assert scored_arcs(Sentence("1", [Word("dogs", is_top=True)])) == {Arc(1, 0, "-VIRTUAL-")}


def test_punctuation_is_known_by_its_tag():
    tags = ["NN", ".", ",", ":", "(", ")", "-LRB-", "``", None, "VB"]
    words = [Word("x", pos=tag, is_top=True) for tag in tags]
    # The verb takes every word as argument, and each of them the verb.
    arcs = [Arc(n, 10, "ARG1") for n in range(1, 10)] + [Arc(10, n, "ARG2") for n in range(1, 10)]
    graph = Sentence("1", words, arcs)
    assert len(scored_arcs(graph)) == 28
    left = {1, 7, 8, 9}
    assert scored_arcs(graph, exclude_punctuation=True) == (
        {Arc(n, 10, "ARG1") for n in left}
        | {Arc(10, n, "ARG2") for n in left}
        | {Arc(n, 0, "-VIRTUAL-") for n in left | {10}}
    )
    assert len(scored_arcs(graph, tops=False, exclude_punctuation=True)) == 8
    counts = count_arcs(graph, graph, exclude_punctuation=True)
    assert (counts.gold, counts.labeled, counts.labeled_matches) == (13, 13, 1)
    # What differs in arcs of punctuation only is an exact match.
    other = Sentence("1", words, [arc for arc in arcs if 2 not in arc])
    assert count_arcs(graph, other).labeled_matches == 0
    assert count_arcs(graph, other, exclude_punctuation=True).labeled_matches == 1


def test_sentences_that_do_not_correspond_are_refused():
    first, shorter = sentence([], id="a"), Sentence("b", [Word("dogs")], [])
    with pytest.raises(ValueError, match=r"word 2 of the sentence \('b', there 'a'\) is missing"):
        count_arcs(first, shorter)
    with pytest.raises(
        ValueError, match=r"word 2 of the sentence \('a', there 'b'\) is 'see', but"
    ):
        count_arcs(shorter, first)


def test_a_word_that_is_its_own_argument_does_not_count():
    looped = sentence([Arc(1, 1, "A"), Arc(2, 1, "A")])
    plain = sentence([Arc(2, 1, "A")])
    assert scored_arcs(looped) == scored_arcs(plain)
    assert count_arcs(looped, plain) == count_arcs(plain, looped) == count_arcs(plain, plain)
