"""What is said of a sentence without the tags or lemmas that a model reads."""

import logging
from typing import Any, Set

from allennlp.data import Instance
from allennlp.models import Model

from spigot_allennlp.dataset_readers.word_features import features_read, is_missing
from spigot_allennlp.modules import WordDropout

logger = logging.getLogger(__name__)

_KEY_OF_FEATURE = {"tag_": "pos", "pos_": "upos", "lemma_": "lemmas"}

# Of the training sentences. A model that has seen so many without a feature can do without.
_OFTEN = 0.5


class MissingFeatures:
    """Says of each feature once that a model reads it and an input has none."""

    def __init__(self, model: Model) -> None:
        self._expendable = {
            name
            for module in model.modules()
            if isinstance(module, WordDropout)
            for name, share in module.missing.items()
            if share >= _OFTEN
        }
        self._told: Set[str] = set()

    def tell(self, instance: Instance) -> None:
        """Says it of a sentence with words and token indexers."""
        tokens: Any = instance.fields["tokens"]
        for name, feature in features_read(tokens.token_indexers).items():
            is_known = name in self._expendable or feature in self._told
            if is_known or not is_missing(feature, instance):
                continue
            self._told.add(feature)
            key = _KEY_OF_FEATURE[feature]
            logger.warning(
                "The model was trained with %s but the input has none, so expect it to parse "
                "worse. Give 'tokens' with '%s', or name a spaCy pipeline that predicts them "
                "(spacy_model). This is said once.",
                key,
                key,
            )
