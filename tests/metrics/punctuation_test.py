import pytest
import torch

from spigot_allennlp.formats.sentence import Sentence, Word
from spigot_allennlp.metrics import is_punctuation, punctuation_mask


@pytest.mark.parametrize("pos", [".", ",", ":", "(", ")", "-LRB-", "-RRB-", "``", "''"])
def test_penn_treebank_tags(pos):
    assert is_punctuation(Word("x", pos=pos))


def test_neither_the_form_nor_the_relation_makes_punctuation():
    assert is_punctuation(Word("-", pos="HYPH", upos="PUNCT"))
    assert not is_punctuation(Word(".", pos="NN", upos="NOUN", deprel="punct"))
    assert not is_punctuation(Word("%", pos="NN", upos="SYM"))
    assert not is_punctuation(Word("."))


def test_mask_has_root_and_padding():
    first = Sentence("1", [Word("dogs", pos="NNS"), Word(",", pos=","), Word("!", pos=".")])
    second = Sentence("2", [Word(".", upos="PUNCT")])
    wanted = [[False, False, True, True], [False, True, False, False]]
    mask = punctuation_mask([first, second], num_nodes=4)
    assert mask.dtype == torch.bool
    assert mask.tolist() == wanted
    with pytest.raises(
        ValueError, match="sentence '1' has 4 nodes with ROOT, more than num_nodes = 3"
    ):
        punctuation_mask([first, second], num_nodes=3)


def test_without_tags_punctuation_is_unknown():
    assert punctuation_mask([Sentence("1", [Word("dogs"), Word(".")])], num_nodes=3) is None
