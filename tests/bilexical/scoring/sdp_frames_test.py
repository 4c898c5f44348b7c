import pytest

from bilexical.formats.sentence import Arc, Sentence, Word
from bilexical.scoring.sdp_frames import (
    CORE_LABELS,
    Frame,
    complete_predications,
    semantic_frames,
)

PAS_LABELS = (
    "adj_ARG1 adj_ARG2 adj_MOD coord_ARG1 coord_ARG2 prep_ARG1 prep_ARG2 prep_ARG3 prep_MOD "
    "verb_ARG1 verb_ARG2 verb_ARG3 verb_ARG4 verb_MOD"
).split()


def graph(*arcs, frames=(None, None, None), tags=("NNS", "VBD", "NNS"), predicates=()):
    words = [
        Word(form, pos=tag, frame=frame, is_predicate=number in predicates)
        for number, (form, tag, frame) in enumerate(zip(["dogs", "saw", "cats"], tags, frames), 1)
    ]
    return Sentence("1", words, [Arc(*arc) for arc in arcs])


def test_a_frame_is_a_verb_with_its_arguments_and_its_sense():
    sentence = graph((1, 2, "ARG1"), (3, 2, "ARG2"), (2, 1, "BV"), frames=("n", "see_v_1", "n"))
    arguments = frozenset([(1, "ARG1"), (3, "ARG2")])
    frames = semantic_frames(sentence)
    assert frames == {Frame(2, arguments, "see_v_1")}
    assert complete_predications(frames) == {Frame(2, arguments, None)}


@pytest.mark.parametrize(
    ("tag", "counts"), [("VB", True), ("V", True), ("MD", False), ("v", False)]
)
def test_only_verbs_by_their_tag_count(tag, counts):
    assert bool(semantic_frames(graph((1, 2, "ARG1"), tags=("NNS", tag, "NNS")))) == counts
    assert not semantic_frames(graph((1, 2, "ARG1"), tags=(None, None, None)))


def test_a_marked_predicate_without_arguments_has_a_frame():
    assert semantic_frames(graph(predicates=[2])) == {Frame(2, frozenset(), None)}
    assert semantic_frames(graph()) == set()
    assert semantic_frames(Sentence("1", [Word("go", pos="VB", is_predicate=True)])) == {
        Frame(1, frozenset(), None)
    }


def test_which_arguments_are_core():
    assert len(PAS_LABELS) == 14
    assert all(map(CORE_LABELS["PAS"], PAS_LABELS))
    assert not any(map(CORE_LABELS["PAS"], ["det_ARG1", "verb_arg1", "verb_ARG", "ARG1"]))
    assert all(map(CORE_LABELS["PSD"], ["ACT-arg", "PAT-arg", "-arg"]))
    assert not any(map(CORE_LABELS["PSD"], ["TWHEN", "arg", "ACT-arg.m", "ACT-ARG"]))
    assert all(map(CORE_LABELS["DM"], [*PAS_LABELS, "ACT-arg", "loc", "_and_c"]))


@pytest.mark.parametrize(
    ("representation", "labels"),
    [
        ("DM", {"ARG1", "ACT-arg", "verb_ARG1"}),
        ("PAS", {"verb_ARG1"}),
        ("PSD", {"ACT-arg"}),
    ],
)
def test_other_arguments_do_not_matter(representation, labels):
    words = [Word("x", pos="VB") for _ in range(4)]
    arcs = [Arc(2, 1, "ARG1"), Arc(3, 1, "ACT-arg"), Arc(4, 1, "verb_ARG1")]
    (frame,) = semantic_frames(Sentence("1", words, arcs), representation)
    assert {label for _, label in frame.arguments} == labels


def test_an_unknown_representation_is_refused_with_the_choices():
    with pytest.raises(ValueError, match=r"'EDS'\. Give one of DM, PAS, PSD"):
        semantic_frames(graph(), "EDS")
