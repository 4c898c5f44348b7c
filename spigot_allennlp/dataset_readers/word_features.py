"""The tags and lemmas that a model reads, and what is said of a file that lacks them."""

import logging
from typing import Any, Dict, Iterable, Iterator, Optional, Sequence

from allennlp.data import Instance, TokenIndexer

logger = logging.getLogger(__name__)

_COLUMNS = {
    "tag_": "fine tag (POS, POSTAG or XPOS)",
    "pos_": "coarse tag (CPOSTAG or UPOS)",
    "lemma_": "lemma",
}


def fine_tags(
    pos: Optional[Sequence[Optional[str]]], upos: Optional[Sequence[Optional[str]]]
) -> Optional[Sequence[Optional[str]]]:
    """The fine tags of a sentence, or its coarse ones where no word has a fine one."""
    return pos if pos is not None and any(pos) else upos


def features_read(token_indexers: Dict[str, TokenIndexer]) -> Dict[str, str]:
    """The attributes of tokens, of those above, that are read, by the names of their indexers."""
    return {
        name: indexer._feature_name
        for name, indexer in token_indexers.items()
        if getattr(indexer, "_feature_name", None) in _COLUMNS
    }


def is_missing(feature: str, instance: Instance) -> bool:
    """Whether no word of a sentence has the attribute `feature`."""
    tokens: Any = instance.fields["tokens"]
    return all(getattr(token, feature) is None for token in tokens.tokens[1:])


def tell_missing_features(
    instances: Iterable[Instance], path: str, token_indexers: Dict[str, TokenIndexer]
) -> Iterator[Instance]:
    """
    The instances of a file. After the last one it is logged how many sentences have coarse tags in
    place of fine ones, and, as a warning, which of the features that are read no word has.
    """
    missing = features = features_read(token_indexers)
    num_sentences = num_coarse = 0
    for instance in instances:
        num_sentences += 1
        words = instance["metadata"]["sentence"].words
        num_coarse += not any(word.pos for word in words) and any(word.upos for word in words)
        missing = {
            name: feature for name, feature in missing.items() if is_missing(feature, instance)
        }
        yield instance
    if num_coarse and "tag_" in features.values():
        logger.info(
            "%s: %d of %d sentences have no fine tags (XPOS); their coarse ones (UPOS) are read.",
            path,
            num_coarse,
            num_sentences,
        )
    for name, feature in missing.items() if num_sentences else ():
        logger.warning(
            "%s: no word has a %s, which the token indexer '%s' reads, so that the model works "
            "without. Fill in that column, or train with files that lack it as well.",
            path,
            _COLUMNS[feature],
            name,
        )
