from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

from allennlp.data import DatasetReader, Instance, TokenIndexer
from allennlp.data.dataset_readers.dataset_reader import DatasetReaderInput
from allennlp.data.token_indexers import SingleIdTokenIndexer
from overrides import overrides

from bilexical.formats.sentence import Sentence
from spigot_allennlp.dataset_readers.fields import sentence_instance
from spigot_allennlp.dataset_readers.selection import check_options
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
        A sentence with more words is refused by name.
    max_instances : `int`, optional
    """

    def __init__(
        self,
        token_indexers: Optional[Dict[str, TokenIndexer]],
        nonprojective: str,
        max_tokens: Optional[int],
        max_instances: Optional[int],
    ) -> None:
        super().__init__(
            max_instances=max_instances,
            manual_distributed_sharding=True,
            manual_multiprocess_sharding=True,
        )
        check_options(nonprojective, max_tokens)
        self._token_indexers = token_indexers or {"tokens": SingleIdTokenIndexer()}
        self._nonprojective = nonprojective
        self._max_tokens = max_tokens

    @overrides
    def read(self, file_path: DatasetReaderInput) -> Iterator[Instance]:
        instances = super().read(file_path)
        return tell_missing_features(instances, str(file_path), self._token_indexers)

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
            max_tokens=self._max_tokens,
        )

    @overrides
    def apply_token_indexers(self, instance: Instance) -> None:
        tokens: Any = instance.fields["tokens"]
        tokens.token_indexers = self._token_indexers
