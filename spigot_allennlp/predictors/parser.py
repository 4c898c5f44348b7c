"""A parser at hand: text in, sentences with their tree and their graph out."""

import contextlib
from collections import deque
from typing import Any, Deque, Iterable, Iterator, List, Tuple

from allennlp.common.checks import ConfigurationError

from bilexical.formats.predictions import with_predictions
from bilexical.formats.sentence import Sentence, Sentences, Word
from spigot_allennlp.predictors.batches import groups_of
from spigot_allennlp.predictors.structured_parser import StructuredParserPredictor


class Parser:
    """
    A trained model that parses text.

    `spigot_allennlp.load` makes one. Sentences are those of `bilexical.formats.sentence`: words are
    numbered from 1, and 0 is ROOT. A notebook shows a picture of each. Layers that the model does
    not predict are `None`.

    # Parameters

    predictor : `StructuredParserPredictor`
    """

    def __init__(self, predictor: StructuredParserPredictor) -> None:
        self.predictor = predictor

    def __call__(self, text: str) -> Sentences:
        """
        The sentences of a text, of which there may be none.

        Raises `TypeError` for what is no `str`, and `ValueError` if it holds half a character or
        the pipeline of spaCy that splits it is not there.
        """
        (sentences,) = self.pipe([text])
        return sentences

    def pipe(self, texts: Iterable[str]) -> Iterator[Sentences]:
        """
        The sentences of each text, in order. No more texts are read ahead than make some thousands
        of words, so that there may be any number of them. Sentences of all texts share batches,
        and while they last torch may compute in several threads of Python with a thread each.

        Raises `TypeError` for a single text, and for each text as a call does.
        """
        if isinstance(texts, str):
            raise TypeError("pipe takes several texts, such as a list; call the parser for one.")
        return self._pipe(texts)

    def _pipe(self, texts: Iterable[str]) -> Iterator[Sentences]:
        # How many sentences the texts have that are being parsed.
        numbers: Deque[int] = deque()

        def split() -> Iterator[Sentence]:
            for text in texts:
                sentences = self.split(text)
                numbers.append(len(sentences))
                yield from sentences

        found = Sentences()
        for sentence, outputs in self.predict(split()):
            while not numbers[0]:
                yield Sentences()
                numbers.popleft()
            found.append(with_predictions(sentence, outputs))
            if len(found) == numbers[0]:
                yield found
                found = Sentences()
                numbers.popleft()
        yield from (Sentences() for _ in numbers)

    def split(self, text: str) -> List[Sentence]:
        """The sentences of a text, not parsed yet. Raises `ValueError` as a call does."""
        return [Sentence("", words) for _, words in self.positions(text)]

    def positions(self, text: str) -> List[Tuple[int, List[Word]]]:
        """The position of the first character of each sentence of a text, and its words."""
        with _checked(text):
            return self.predictor.spacy_words.sentences(text)

    def words(self, text: str) -> List[Word]:
        """The words of a text that is one sentence."""
        with _checked(text):
            return self.predictor.spacy_words(text)

    def predict(
        self, sentences: Iterable[Sentence], keep_errors: bool = False
    ) -> Iterator[Tuple[Sentence, Any]]:
        """
        The sentences, in order, each with what the model predicts: `heads` and `deprels`, `arcs`
        and `tops`, as in the output of `allennlp predict`. They share batches, as in `pipe`.

        # Parameters

        sentences : `Iterable[Sentence]`
            Their tags and lemmas are read, and no other annotation.
        keep_errors : `bool`, optional (default = `False`)
            Whether an error of the model takes the place of what it predicts for a sentence, and
            the rest goes on.
        """
        return self.predict_parts([sentences], keep_errors)

    def predict_parts(
        self, parts: Iterable[Iterable[Sentence]], keep_errors: bool = False
    ) -> Iterator[Tuple[Sentence, Any]]:
        """
        The sentences of all parts, in order, as `predict` gives them for each: those of different
        parts share no batch. A part is read to its end before the next one is asked for.
        """
        instance_of = self.predictor.instance_of
        groups = (group for part in parts for group in groups_of(map(instance_of, part)))
        for instance, outputs in self.predictor.predicted_groups(groups, keep_errors):
            metadata: Any = instance.fields["metadata"]
            yield metadata.metadata["sentence"], outputs


@contextlib.contextmanager
def _checked(text: str) -> Iterator[None]:
    """In which spaCy splits a text: errors about the text and the pipeline are clear."""
    if not isinstance(text, str):
        raise TypeError(
            f"a text is a str, not {type(text).__name__}. Several texts go to the method pipe, and "
            "bytes are decoded before: text.decode('utf-8')."
        )
    try:
        yield
    except ConfigurationError as error:
        raise ValueError(str(error)) from error
    except UnicodeEncodeError as error:
        raise ValueError(
            f"the text holds half a character, {text[error.start]!r}, at position {error.start}, "
            "as a str has that was decoded with errors='surrogateescape'. Decode it with "
            "errors='replace'."
        ) from error
