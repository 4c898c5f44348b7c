"""Words from raw text by spaCy."""

from typing import List, Optional

import spacy
from allennlp.common.checks import ConfigurationError
from spacy.language import Language

from bilexical.formats.sentence import Word


class SpacyWords:
    """
    Splits raw text into words. spaCy is set up at the first text; nothing is ever downloaded.

    # Parameters

    spacy_model : `Optional[str]`
        The name or the directory of an installed pipeline, whose tags and lemmas are used.
        `ConfigurationError` is raised at the first text if it is not there. With `None`, spaCy's
        rules for English split the text and the words have neither tags nor lemmas.
    """

    def __init__(self, spacy_model: Optional[str] = None) -> None:
        self._spacy_model = spacy_model
        self._pipeline: Optional[Language] = None

    def __call__(self, text: str) -> List[Word]:
        if self._pipeline is None:
            self._pipeline = _load(self._spacy_model)
        return [
            # spaCy writes an annotation that is not there as an empty string.
            Word(
                token.text,
                lemma=token.lemma_ or None,
                pos=token.tag_ or None,
                upos=token.pos_ or None,
            )
            for token in self._pipeline(text)
            if not token.is_space
        ]


def _load(spacy_model: Optional[str]) -> Language:
    if spacy_model is None:
        return spacy.blank("en")
    try:
        return spacy.load(spacy_model, exclude=["parser", "ner"])
    except OSError as error:
        raise ConfigurationError(
            f"the spaCy pipeline '{spacy_model}' is not installed. Install it by `python -m spacy "
            f"download {spacy_model}`, or leave spacy_model out to split sentences without tags."
        ) from error
