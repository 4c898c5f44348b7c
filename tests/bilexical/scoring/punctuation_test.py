import pytest

from bilexical.formats.sentence import Word
from bilexical.scoring.punctuation import is_punctuation


@pytest.mark.parametrize("pos", [".", ",", ":", "(", ")", "-LRB-", "-RRB-", "``", "''"])
def test_penn_treebank_tags(pos):
    assert is_punctuation(Word("x", pos=pos))


def test_neither_the_form_nor_the_relation_makes_punctuation():
    assert is_punctuation(Word("-", pos="HYPH", upos="PUNCT"))
    assert not is_punctuation(Word(".", pos="NN", upos="NOUN", deprel="punct"))
    assert not is_punctuation(Word("%", pos="NN", upos="SYM"))
    assert not is_punctuation(Word("."))
