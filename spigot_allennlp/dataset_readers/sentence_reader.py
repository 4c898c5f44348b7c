import copy
from typing import Any, Dict, Iterable, Iterator, Optional, Sequence, Tuple

from allennlp.data import DatasetReader, Instance, TokenIndexer
from allennlp.data.dataset_readers import MultiTaskDatasetReader
from allennlp.data.dataset_readers.dataset_reader import DatasetReaderInput
from allennlp.data.token_indexers import SingleIdTokenIndexer
from overrides import overrides

from bilexical.formats.sentence import Arc, Sentence
from spigot_allennlp.dataset_readers.fields import sentence_instance
from spigot_allennlp.dataset_readers.purpose import Purpose, given_purpose
from spigot_allennlp.dataset_readers.selection import (
    Selected,
    check_options,
    select_sentences,
    sentences_to_predict,
)
from spigot_allennlp.dataset_readers.word_features import tell_missing_features


class SentenceReader(DatasetReader):
    """
    What the readers of annotated sentences have in common: everything but the file.

    # Parameters

    token_indexers : `Dict[str, TokenIndexer]`, optional
        One `SingleIdTokenIndexer` named `tokens` if not given.
    nonprojective : `str`
        What happens to a tree that is not projective: `keep`, `drop` or `projectivize`.
    max_tokens : `int`, optional
        In training, a sentence with more words is refused by name.
    max_instances : `int`, optional
        In training, no more sentences are read.
    spacy_model : `str`, optional
        What splits the raw text that a trained model is given, for the predictor.
    serialization_dir : `str`, optional
    local_rank : `int`, optional
        Both are given by AllenNLP; see `given_purpose`.
    """

    def __init__(
        self,
        token_indexers: Optional[Dict[str, TokenIndexer]],
        nonprojective: str,
        max_tokens: Optional[int],
        max_instances: Optional[int],
        spacy_model: Optional[str],
        serialization_dir: Optional[str],
        local_rank: Optional[int],
    ) -> None:
        self._purpose = given_purpose(serialization_dir, local_rank)
        super().__init__(
            max_instances=max_instances if self._purpose is Purpose.TRAINING else None,
            manual_distributed_sharding=True,
            manual_multiprocess_sharding=True,
        )
        check_options(nonprojective, max_tokens)
        self._token_indexers = token_indexers or {"tokens": SingleIdTokenIndexer()}
        self._nonprojective = nonprojective
        self._max_tokens = max_tokens
        self.spacy_model = spacy_model

    def for_purpose(self, purpose: Purpose) -> "SentenceReader":
        """The same reader with another purpose than the one that `given_purpose` finds."""
        reader = copy.copy(self)
        reader._purpose = purpose
        if purpose is not Purpose.TRAINING:
            reader.max_instances = None
        return reader

    def _select(
        self,
        sentences: Iterable[Sentence],
        path: str,
        read_syntax: bool = True,
        drop_without_arcs: bool = False,
    ) -> Iterator[Selected]:
        """The sentences to use; parameters and errors as in `select_sentences`."""
        if self._purpose is Purpose.PREDICTION:
            return sentences_to_predict(sentences, path, read_syntax)
        if self._purpose is Purpose.EVALUATION:
            return select_sentences(sentences, path, "keep", read_syntax)
        return select_sentences(
            sentences,
            path,
            self._nonprojective,
            read_syntax,
            drop_without_arcs,
            drop_without_tree=read_syntax,
        )

    @overrides
    def read(self, file_path: DatasetReaderInput) -> Iterator[Instance]:
        instances = super().read(file_path)
        return tell_missing_features(instances, str(file_path), self._token_indexers)

    def _instance(
        self,
        sentence: Sentence,
        path: str,
        arcs: Optional[Sequence[Arc]],
        heads: Optional[Sequence[int]] = None,
        **more: Any,
    ) -> Instance:
        """
        The instance of a sentence of a file, with these arcs and, if there are any, these heads;
        `more` goes to `text_to_instance`.
        """
        words = sentence.words
        if heads is not None:
            more.update(heads=heads, deprels=[word.deprel for word in words])
        tops = [number for number, word in enumerate(words, 1) if word.is_top]
        return self.text_to_instance(
            words=[word.form for word in words],
            lemmas=[word.lemma for word in words],
            pos=[word.pos for word in words],
            upos=[word.upos for word in words],
            arcs=arcs,
            tops=None if arcs is None else tops,
            sentence=sentence,
            source=f"{path}:{sentence.line}",
            **more,
        )

    @overrides(check_signature=False)
    def text_to_instance(
        self,
        words: Sequence[str],
        lemmas: Optional[Sequence[Optional[str]]] = None,
        pos: Optional[Sequence[Optional[str]]] = None,
        upos: Optional[Sequence[Optional[str]]] = None,
        heads: Optional[Sequence[int]] = None,
        deprels: Optional[Sequence[Optional[str]]] = None,
        arcs: Optional[Sequence[Tuple[int, int, str]]] = None,
        tops: Optional[Sequence[int]] = None,
        sentence: Optional[Sentence] = None,
        source: Optional[str] = None,
        file_format: Optional[str] = None,
    ) -> Instance:
        """The instance of one sentence; parameters and errors as in `sentence_instance`."""
        return sentence_instance(
            words=words,
            lemmas=lemmas,
            pos=pos,
            upos=upos,
            heads=heads,
            deprels=deprels,
            arcs=arcs,
            tops=tops,
            sentence=sentence,
            source=source,
            file_format=file_format,
            max_tokens=self._max_tokens if self._purpose is Purpose.TRAINING else None,
            allow_empty=self._purpose is Purpose.PREDICTION,
        )

    @overrides
    def apply_token_indexers(self, instance: Instance) -> None:
        tokens: Any = instance.fields["tokens"]
        tokens.token_indexers = self._token_indexers


def reader_for(purpose: Purpose, reader: DatasetReader) -> DatasetReader:
    """A copy of a reader, or of a multitask one, for a purpose; other readers as they are."""
    if isinstance(reader, MultiTaskDatasetReader):
        inner = {name: shim.inner for name, shim in reader.readers.items()}
        return MultiTaskDatasetReader({name: reader_for(purpose, x) for name, x in inner.items()})
    return reader.for_purpose(purpose) if isinstance(reader, SentenceReader) else reader
