import pytest
import torch

from bilexical.formats.sentence import Sentence, Word
from spigot_allennlp.metrics import punctuation_mask


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
