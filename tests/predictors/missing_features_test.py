import logging

import pytest
from allennlp.data import Vocabulary
from allennlp.data.token_indexers import SingleIdTokenIndexer

from spigot_allennlp.dataset_readers import SdpReader
from spigot_allennlp.dataset_readers.fields import ROOT
from spigot_allennlp.modules import WordDropout
from spigot_allennlp.predictors.missing_features import MissingFeatures
from tests.predictors.fake_models import predictor

_TRAINED = Vocabulary({"words": {"a": 1}, "pos": {ROOT: 1, "DT": 1, "NN": 1, "VB": 1, "IN": 1}})


def _reader():
    indexers = {"pos": SingleIdTokenIndexer(namespace="pos", feature_name="tag_")}
    return SdpReader(token_indexers=indexers)


def _instance(pos):
    reader = _reader()
    instance = reader.text_to_instance(["a"] * len(pos), pos=pos if any(pos) else None)
    reader.apply_token_indexers(instance)
    return instance


def _model(vocab, share=0.1):
    model = predictor()._model
    model.vocab = vocab
    model.add_module("word_dropout", WordDropout(vocab, missing={"pos": share}))
    return model


@pytest.mark.parametrize("share, is_told", [(0.1, True), (0.5, False)])
def test_a_model_that_has_learned_to_do_without_tags_expects_none(share, is_told, caplog):
    with caplog.at_level(logging.WARNING):
        MissingFeatures(_model(_TRAINED, share)).tell_missing(_instance([None]))
    assert ("trained with pos" in caplog.text) == is_told


def test_a_model_that_was_trained_without_tags_misses_none(caplog):
    told = MissingFeatures(_model(Vocabulary({"words": {"a": 1}, "pos": {ROOT: 1}})))
    with caplog.at_level(logging.WARNING):
        told.tell_missing(_instance([None, None]))
        told.tell_unknown(_instance(["DET", "NOUN", "VERB"]))
    assert not caplog.text


@pytest.mark.parametrize(
    "pos, is_told",
    [
        (["DET", "NOUN", "VERB", "ADP"], True),
        (["DET", None, "NOUN", "VERB"], True),
        (["DET", "NOUN", "VERB", "NN"], False),
        # Too few to say, and none.
        (["DET", "NOUN", "NOUN"], False),
        ([None, None], False),
    ],
)
def test_tags_of_another_set_are_told_once(pos, is_told, caplog):
    told = MissingFeatures(_model(_TRAINED))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            told.tell_unknown(_instance(pos))
    assert caplog.text.count("None of the tags") == is_told
    if is_told:
        assert "(DET, NOUN, VERB" in caplog.text and "they were DT, NN, VB, ..." in caplog.text


def test_tags_of_another_set_are_told_of_files_too(caplog):
    parser = predictor(reader=_reader())
    told = parser._missing_features = MissingFeatures(_model(_TRAINED))
    assert not told._told_unknown
    parser._model.vocab = _TRAINED
    with caplog.at_level(logging.WARNING):
        parser.predict_batch_instance([_instance(["DET", "NOUN", "VERB"])])
    assert caplog.text.count("None of the tags of a sentence (DET, NOUN, VERB)") == 1
