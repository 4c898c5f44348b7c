"""
What is said of a sentence that lacks tags, lemmas or predicates that a model reads, or has unknown
tags.
"""

import logging
from functools import lru_cache
from typing import Any, Collection, Optional, Set

from allennlp.data import Instance, TokenIndexer
from allennlp.models import Model

from spigot_allennlp.dataset_readers.fields import ROOT
from spigot_allennlp.dataset_readers.word_features import features_read, is_missing
from spigot_allennlp.models.intermediate_parser import IntermediateParser
from spigot_allennlp.modules import WordDropout

logger = logging.getLogger(__name__)

_KEY_OF_FEATURE = {"tag_": "pos", "pos_": "upos", "lemma_": "lemmas"}

# Of the training sentences. A model that has seen so many without a feature can do without.
_OFTEN = 0.5

# Lemmas are not among them: many are new.
_TAGS = ("tag_", "pos_")

# So many tags of a sentence, none of which occurred in training, are from another tag set.
_SEVERAL = 3


class MissingFeatures:
    """Says of each feature once that a model reads it and an input has none, or unknown tags."""

    def __init__(self, model: Model) -> None:
        self._expendable = {
            name
            for module in model.modules()
            if isinstance(module, WordDropout)
            for name, share in module.missing.items()
            if share >= _OFTEN
        }
        self._needs_predicates = any(
            isinstance(module, IntermediateParser) and module.reads_metadata
            for module in model.modules()
        )
        self._vocab = model.vocab
        self._told: Set[str] = set()
        self._told_unknown: Set[str] = set()
        self._values_in_training = lru_cache(maxsize=None)(self._read_values)

    def tell_missing(self, instance: Instance) -> None:
        """
        Says it of a sentence with words and token indexers that has none of a feature, unless no
        word of the training data had it either; and of one without predicates, if the model is
        given them.
        """
        self._tell_missing_predicates(instance)
        tokens: Any = instance.fields["tokens"]
        for name, feature in features_read(tokens.token_indexers).items():
            is_known = name in self._expendable or feature in self._told
            if is_known or not is_missing(feature, instance):
                continue
            known = self._known(tokens.token_indexers[name])
            if known is not None and not known:
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

    def _tell_missing_predicates(self, instance: Instance) -> None:
        if not self._needs_predicates:
            return
        metadata: Any = instance.fields["metadata"]
        if not any(word.is_predicate for word in metadata["sentence"].words):
            self._needs_predicates = False
            logger.warning(
                "No word of a sentence is marked as a predicate, and so its graph will have no "
                "arcs: the model does not look for predicates itself. Give 'tokens' with "
                "'predicates', the numbers of these words. This is said once."
            )

    def tell_unknown(self, instance: Instance) -> None:
        """Says it of a sentence with token indexers that has several tags and no known one."""
        tokens: Any = instance.fields["tokens"]
        for name, feature in features_read(tokens.token_indexers).items():
            if feature not in _TAGS or feature in self._told_unknown:
                continue
            tags = dict.fromkeys(getattr(token, feature) for token in tokens.tokens[1:])
            tags.pop(None, None)
            if len(tags) < _SEVERAL:
                continue
            known = self._known(tokens.token_indexers[name])
            if not known or any(tag in known for tag in tags):
                continue
            self._told_unknown.add(feature)
            logger.warning(
                "None of the tags of a sentence (%s) occurred in training, where they were %s, so "
                "that they tell the model nothing. Give it tags of the same set. This is said "
                "once.",
                _some(tags),
                _some(known),
            )

    def _known(self, indexer: TokenIndexer) -> Optional[Collection[str]]:
        """The values that occurred in training; `None` if it is not known."""
        namespace = getattr(indexer, "namespace", None)
        return None if namespace is None else self._values_in_training(namespace)

    def _read_values(self, namespace: str) -> Collection[str]:
        special = (ROOT, self._vocab._padding_token, self._vocab._oov_token)
        index_of = self._vocab.get_token_to_index_vocabulary(namespace)
        return dict.fromkeys(value for value in index_of if value not in special)


def _some(tags: Collection[str]) -> str:
    shown = list(tags)[:_SEVERAL]
    return ", ".join(shown) + (", ..." if len(tags) > _SEVERAL else "")
