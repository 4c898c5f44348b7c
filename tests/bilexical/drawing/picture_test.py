import pytest

from bilexical.drawing.description import describe
from bilexical.drawing.picture import Picture, PictureArc, Status, picture_of
from bilexical.formats.sentence import Arc, Sentence, Word


def test_picture_of_a_sentence():
    words = [Word("Dogs", head=2, deprel="nsubj"), Word("bark", head=0, is_top=True)]
    picture = picture_of(Sentence("7", words, [Arc(1, 2, "ARG1")]))
    assert picture.words == ["Dogs", "bark"]
    assert picture.tree == [PictureArc(2, 1, "nsubj"), PictureArc(0, 2, "")]
    assert picture.graph == [PictureArc(2, 1, "ARG1"), PictureArc(0, 2, "top")]
    assert (picture.title, picture.caption) == ("Sentence 7", "2 words, 1 arc, 1 top node")


def test_layers_that_are_not_there():
    assert picture_of(Sentence("", [Word("a")])) == Picture(
        ["a"], None, None, "Sentence", "1 word, neither tree nor graph"
    )
    assert picture_of(Sentence("", [Word("a")], [])).graph == []


@pytest.mark.parametrize("head, modifier", [(3, 1), (-1, 1), (1, 0), (1, 3)])
def test_arcs_that_leave_the_sentence_are_refused(head, modifier):
    with pytest.raises(ValueError, match=f"S: the arc 'x' from {head} to {modifier} leaves"):
        Picture(["a", "b"], graph=[PictureArc(head, modifier, "x")], title="S")


def test_description():
    tree = [PictureArc(0, 1, "root", Status.SPURIOUS), PictureArc(1, 2, "")]
    assert describe(Picture(["a", "b"], tree, [], caption="c")) == (
        "c. Words: a b. Tree: root: ROOT → a (1) [spurious]; a (1) → b (2). Graph: no arcs."
    )
