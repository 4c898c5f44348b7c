"""Words and sentences from raw text by spaCy."""

import pkgutil
from typing import List, Optional, Tuple

import spacy
import spacy.lang
from allennlp.common.checks import ConfigurationError
from spacy.language import Language

from bilexical.formats.sentence import Word
from bilexical.spacy_docs import parts_of, sentence_of, word_of

#: What `spacy_model` is for the rules of a language: this and its code.
BLANK = "blank:"

_SPLITTERS = ("senter", "sentencizer")


class SpacyWords:
    """
    Splits raw text into words, and into sentences. spaCy is set up at the first text; nothing is
    ever downloaded.

    # Parameters

    spacy_model : `Optional[str]`
        The name or the directory of an installed pipeline, whose tags and lemmas are used, or
        `blank:` and the code of a language, such as `blank:sv`: spaCy's rules for it split the
        text, and the words have neither tags nor lemmas. `None` is `blank:en`.
        `ConfigurationError` is raised at the first text if there is no such pipeline or language.
    """

    def __init__(self, spacy_model: Optional[str] = None) -> None:
        self._spacy_model = spacy_model or f"{BLANK}en"
        self._pipeline: Optional[Language] = None

    def __call__(self, text: str) -> List[Word]:
        """
        The words of one sentence. One of more characters than spaCy takes, a million, is split
        nevertheless; its words have no tags and lemmas, unless the rules of the language give some.
        """
        pipeline = self._loaded()
        # Whoever called must be able to say how many words it has, which needs little memory; what
        # spaCy's limit is for is that of taggers.
        split = pipeline if len(text) <= pipeline.max_length else pipeline.tokenizer
        return [word_of(token) for token in split(text) if not token.is_space]

    def sentences(self, text: str) -> List[Tuple[int, List[Word]]]:
        """
        The sentences of a text: the position of the first character of each, and its words, at
        least one. A pipeline with a `senter` or a `sentencizer` splits by that, for others see
        `parts_of`.
        """
        pipeline = self._loaded()
        splitter = next((name for name in _SPLITTERS if name in pipeline.component_names), None)
        if splitter in pipeline.disabled:
            pipeline.enable_pipe(splitter)
        doc = pipeline(text)
        parts = [part for part in parts_of(doc) if part.words]
        return [(doc[part.words[0]].idx, sentence_of(doc, part).words) for part in parts]

    def _loaded(self) -> Language:
        if self._pipeline is None:
            self._pipeline = _load(self._spacy_model)
        return self._pipeline


def _load(spacy_model: str) -> Language:
    try:
        return spacy.load(spacy_model, exclude=["parser", "ner"])
    except ImportError as error:
        code = spacy_model[len(BLANK) :]
        modules = pkgutil.iter_modules(spacy.lang.__path__)
        languages = sorted(module.name for module in modules if module.ispkg)
        if not spacy_model.startswith(BLANK) or code in languages:
            raise ConfigurationError(
                f"the spaCy pipeline '{spacy_model}' needs something that is not installed: "
                f"{' '.join(str(error).split())} Install it, or split by the rules that fit all "
                "languages: spacy_model 'blank:xx'."
            ) from error
        raise ConfigurationError(
            f"spaCy has no rules for the language '{code}' of spacy_model '{spacy_model}'. It has "
            f"them for {', '.join(languages)}; xx are those that fit all languages."
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"the spaCy pipeline '{spacy_model}' is not installed. Install it by `python -m spacy "
            f"download {spacy_model}`, or split sentences without tags, by the rules of a "
            "language: spacy_model 'blank:en', or the like."
        ) from error
