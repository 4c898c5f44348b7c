"""The component of a spaCy pipeline that parses, which `bilexical.spacy_factory` makes known."""

import multiprocessing
import sys
from typing import Any, Callable, Iterable, Iterator, List, Optional, Tuple

import srsly
import torch
from overrides import overrides
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc
from spacy.util import ensure_path, minibatch

from bilexical.parsing_defaults import MAX_WORDS
from bilexical.spacy_docs import Part, annotate, parts_of, sentence_of, set_extensions
from spigot_allennlp.loading import ARCHIVE, archive_bytes, is_shipped, load, load_bytes
from spigot_allennlp.predictors.parser import Parser

_NAME = "model.json"


class SpigotParser(Pipe):
    """
    Sets the head and the dependency label of each token, sentence starts, `doc._.semantic_graph`
    and `token._.semantic_arcs`, as `bilexical.spacy_docs` describes them; those that the model does
    not predict stay as they are.

    Sentences are those that an earlier component has found, or else of spaCy's `sentencizer`. The
    model reads the tags and lemmas that earlier components have set.

    `to_disk`, `to_bytes` and pickling keep the archive of the model, or the name of a shipped one.

    # Parameters

    name : `str`
        Of the component in the pipeline.
    model : `str`
        As `spigot_allennlp.load` takes it.
    max_words : `int`, optional (default = `1000`)
        A longer sentence is an error; 0 for any length.
    cuda_device : `int`, optional (default = `-1`)
    """

    def __init__(
        self, name: str, model: str, max_words: int = MAX_WORDS, cuda_device: int = -1
    ) -> None:
        set_extensions()
        self.name = name
        self.model = model
        self.max_words = max_words
        self.cuda_device = cuda_device
        self._archive: Optional[bytes] = None
        self._parser: Optional[Parser] = None

    @property
    def parser(self) -> Parser:
        """
        What `spigot_allennlp.load` gives, loaded when it is first asked for.

        Raises `ValueError` as that does.
        """
        if self._parser is None:
            if self._archive is None:
                self._parser = load(self.model, cuda_device=self.cuda_device)
                # At once, since a training may write another one to the same place.
                self._archive = None if is_shipped(self.model) else archive_bytes(self.model)
            else:
                self._parser = self._parser_of(self._archive)
        return self._parser

    @overrides
    def initialize(
        self, get_examples: Callable[[], Iterable[Any]], *, nlp: Optional[Language] = None
    ) -> None:
        """Loads the model, if it is not."""
        _ = self.parser

    @overrides
    def __call__(self, doc: Doc) -> Doc:
        """
        The same document, annotated.

        Raises `ValueError` if a sentence is longer than `max_words`, and whatever the model raises.
        """
        (error,) = self._annotate([doc])
        if error is not None:
            raise error
        return doc

    @overrides
    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """
        The same documents, annotated. The sentences of `batch_size` documents share batches. One
        with an error goes to the error handler, which raises it unless another has been set.
        """
        if multiprocessing.parent_process() is not None:
            # Of `n_process`, each of which has a core; and a fork has none of the threads of torch.
            torch.set_num_threads(1)
        handle = self.get_error_handler()
        for batch in minibatch(stream, size=batch_size):
            docs = list(batch)
            for doc, error in zip(docs, self._annotate(docs)):
                if error is None:
                    yield doc
                else:
                    handle(self.name, self, [doc], error)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The name of the model, and its archive unless it is a shipped one."""
        return srsly.msgpack_dumps({"model": self.model, "archive": self._loaded_archive()})

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> "SpigotParser":
        """Raises `ValueError` if the model cannot be loaded."""
        saved = srsly.msgpack_loads(bytes_data)
        return self._restore(saved["model"], saved["archive"])

    def to_disk(self, path: Any, *, exclude: Iterable[str] = ()) -> None:
        """Writes a folder with the archive of the model, unless it is a shipped one."""
        archive = self._loaded_archive()
        folder = ensure_path(path)
        folder.mkdir(parents=True, exist_ok=True)
        srsly.write_json(folder / _NAME, {"model": self.model})
        if archive is not None:
            (folder / ARCHIVE).write_bytes(archive)
        elif (folder / ARCHIVE).exists():
            (folder / ARCHIVE).unlink()

    def from_disk(self, path: Any, *, exclude: Iterable[str] = ()) -> "SpigotParser":
        """Raises `ValueError` if the model cannot be loaded."""
        folder = ensure_path(path)
        archive = folder / ARCHIVE
        model = srsly.read_json(folder / _NAME)["model"]
        return self._restore(model, archive.read_bytes() if archive.exists() else None)

    def __reduce__(self) -> Tuple[Any, ...]:
        arguments = (self.name, self.model, self.max_words, self.cuda_device)
        handler = self.error_handler if hasattr(self, "error_handler") else None
        return _unpickled, (arguments, self._loaded_archive(), handler)

    def _restore(self, model: str, archive: Optional[bytes]) -> "SpigotParser":
        self.model, self._archive, self._parser = model, archive, None
        _ = self.parser
        return self

    def _loaded_archive(self) -> Optional[bytes]:
        _ = self.parser
        return self._archive

    def _parser_of(self, archive: bytes) -> Parser:
        kept = f"the copy of {self.model} that the pipeline of spaCy has"
        return load_bytes(archive, kept, cuda_device=self.cuda_device)

    def _annotate(self, docs: List[Doc]) -> List[Optional[Exception]]:
        """Annotates all documents in which there is no error, and returns the errors of others."""
        errors: List[Optional[Exception]] = [None] * len(docs)
        all_parts = [parts_of(doc) for doc in docs]
        for number, (doc, parts) in enumerate(zip(docs, all_parts)):
            errors[number] = self._too_long(doc, parts)
        fit = [number for number, error in enumerate(errors) if error is None]
        sentences = [sentence_of(docs[n], part) for n in fit for part in all_parts[n]]
        try:
            predicted = [outputs for _, outputs in self.parser.predict(sentences, keep_errors=True)]
        except Exception as error:
            # Not of one sentence: that the model cannot be loaded, for one.
            return [first or error for first in errors]
        outputs_left = iter(predicted)
        for number in fit:
            parts = all_parts[number]
            outputs: List[Any] = [next(outputs_left) for _ in parts]
            errors[number] = next((each for each in outputs if isinstance(each, Exception)), None)
            if errors[number] is None:
                annotate(docs[number], parts, outputs)
        return errors

    def _too_long(self, doc: Doc, parts: List[Part]) -> Optional[ValueError]:
        for part in parts:
            if 0 < self.max_words < len(part.words):
                start = doc[part.words[0]]
                return ValueError(
                    f"the sentence that starts at token {start.i} ({start.text!r}) has "
                    f"{len(part.words)} words, and max_words of the component {self.name} is "
                    f"{self.max_words}, as long sentences take much memory. Let a component before "
                    "this one set more sentence starts, or give it a higher max_words, or 0 for "
                    "any length."
                )
        return None


def _unpickled(
    arguments: Tuple[Any, ...], archive: Optional[bytes], error_handler: Optional[Callable]
) -> SpigotParser:
    # Not by a state, for which spaCy's own class would take it.
    component = SpigotParser(*arguments)
    component._archive = archive
    if error_handler is not None:
        component.set_error_handler(error_handler)
    return component


def make_parser(name: str, model: str, max_words: int, cuda_device: int) -> SpigotParser:
    """
    The component of a pipeline. Its model is loaded at once, unless spaCy makes a pipeline from its
    configuration: what `from_disk` or `from_bytes` is going to load goes before a path, which may
    be one of another machine.
    """
    component = SpigotParser(name, model, max_words, cuda_device)
    if not _is_from_config():
        _ = component.parser
    return component


def _is_from_config() -> bool:
    """Whether `Language.from_config`, which tells a factory nothing of it, is at work."""
    code = Language.from_config.__func__.__code__
    frame = sys._getframe()
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back  # type: ignore[assignment]
    return frame is not None
