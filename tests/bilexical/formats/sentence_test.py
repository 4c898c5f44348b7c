from xml.etree import ElementTree

from bilexical.formats.sentence import Arc, Sentence, Sentences, Word

SENTENCE = Sentence(
    "s1", [Word("Dogs", head=2, deprel="nsubj"), Word("<bark>", is_top=True)], [Arc(1, 2, "ARG1")]
)


def test_layers_as_lists():
    assert SENTENCE.heads == [2, None]
    assert SENTENCE.deprels == ["nsubj", None]
    assert SENTENCE.tops == [2]
    assert str(SENTENCE) == "Dogs <bark>"


def test_a_notebook_shows_a_picture():
    texts = [node.text for node in ElementTree.fromstring(SENTENCE._repr_svg_()).iter()]
    assert {"Dogs", "<bark>", "nsubj", "ARG1"} <= set(texts)
    assert SENTENCE._repr_svg_() in SENTENCE._repr_html_()


def test_a_notebook_shows_the_pictures_of_a_list():
    other = Sentence("s2", [Word("Yes")])
    html = Sentences([SENTENCE, other])._repr_html_()
    assert html == f"{SENTENCE._repr_html_()}\n{other._repr_html_()}"
    assert Sentences()._repr_html_() == ""
