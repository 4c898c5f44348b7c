import pytest
from hypothesis import given
from hypothesis import strategies as st

from bilexical.drawing.differences import compare, merge
from bilexical.drawing.picture import PictureArc, Status
from bilexical.formats.sentence import Arc, Sentence, Word


def sentence(heads, arcs, tops=(), deprels=None):
    deprels = deprels or ["x"] * len(heads)
    words = [
        Word(form, head=head, deprel=deprel, is_top=number in tops)
        for number, (form, head, deprel) in enumerate(zip("abcdefgh", heads, deprels), 1)
    ]
    return Sentence("7", words, arcs)


SYSTEM = sentence([2, 0, 2, 3], [Arc(1, 2, "A"), Arc(3, 2, "B"), Arc(4, 3, "A")], tops=[2])
GOLD = sentence([2, 0, 4, 2], [Arc(1, 2, "A"), Arc(3, 2, "A"), Arc(1, 4, "A")], tops=[2])


def test_caption():
    picture = compare(SYSTEM, GOLD, names=("system", "gold"))
    # Arcs in both, the top node among them: 3 of 4 and 4, and 2 with their labels.
    assert picture.caption == "2 of 4 heads changed; UF 75.0, LF 50.0"
    assert picture.changed == {3, 4}
    assert "missing: only in gold" in dict(picture.legend)[Status.MISSING]


def test_statuses():
    picture = compare(SYSTEM, GOLD)
    assert set(picture.graph) == {
        PictureArc(2, 1, "A", Status.RIGHT),
        PictureArc(2, 3, "B≠A", Status.RELABELED),
        PictureArc(3, 4, "A", Status.SPURIOUS),
        PictureArc(0, 2, "top", Status.RIGHT),
        PictureArc(4, 1, "A", Status.MISSING),
    }
    assert [arc[:2] for arc in picture.tree if arc.status is Status.MISSING] == [(4, 3), (2, 4)]


def test_changed_labels_are_no_changed_heads():
    other = sentence([2, 0, 2, 3], None, deprels=["x", "x", "x", "y"])
    picture = compare(SYSTEM, other)
    assert picture.caption == "0 of 4 heads changed"
    assert picture.tree[-1] == PictureArc(3, 4, "x≠y", Status.RELABELED)
    assert all(arc.status is Status.PLAIN for arc in picture.graph)


def test_nothing_in_common():
    picture = compare(sentence([2, 0], None), sentence([None, None], []))
    assert picture.caption.startswith("nothing to compare") and not picture.legend


def test_empty_graphs():
    assert compare(sentence([None], []), sentence([None], [])).caption == "both graphs are empty"


def test_other_words_are_refused():
    with pytest.raises(ValueError, match=r"^this annotation: word 2 of .* is 'b', but missing"):
        compare(SYSTEM, sentence([0], []))


arcs = st.lists(
    st.builds(PictureArc, st.integers(0, 2), st.integers(1, 2), st.sampled_from("xy")), max_size=6
)


@given(arcs, arcs)
def test_merged_arcs_are_those_of_both(system, gold):
    merged = merge(system, gold)
    of_system = [arc for arc in merged if arc.status is not Status.MISSING]
    of_gold = [arc for arc in merged if arc.status is not Status.SPURIOUS]
    assert [(*arc[:2], arc.label[0]) for arc in of_system] == [arc[:3] for arc in system]
    assert sorted((*arc[:2], arc.label[-1]) for arc in of_gold) == sorted(arc[:3] for arc in gold)
    for arc in merged:
        assert (arc.status is Status.RELABELED) == ("≠" in arc.label)
