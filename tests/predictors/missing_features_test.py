import logging

import pytest
from allennlp.data import Vocabulary
from allennlp.data.token_indexers import SingleIdTokenIndexer

from spigot_allennlp.dataset_readers import SdpReader
from spigot_allennlp.modules import WordDropout
from spigot_allennlp.predictors.missing_features import MissingFeatures
from tests.predictors.fake_models import predictor


@pytest.mark.parametrize("share, is_told", [(0.1, True), (0.5, False)])
def test_a_model_that_has_learned_to_do_without_tags_expects_none(share, is_told, caplog):
    indexers = {"pos": SingleIdTokenIndexer(namespace="pos", feature_name="tag_")}
    reader = SdpReader(token_indexers=indexers)
    instance = reader.text_to_instance(["a"])
    reader.apply_token_indexers(instance)
    model = predictor()._model
    vocab = Vocabulary({"words": {"a": 1}, "pos": {"X": 1}})
    model.add_module("word_dropout", WordDropout(vocab, missing={"pos": share}))
    with caplog.at_level(logging.WARNING):
        MissingFeatures(model).tell(instance)
    assert ("trained with pos" in caplog.text) == is_told
