import logging
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

from allennlp.data import DatasetReader, Instance, TokenIndexer
from allennlp.data.token_indexers import SingleIdTokenIndexer
from overrides import overrides

from spigot_allennlp.dataset_readers.fields import sentence_instance
from spigot_allennlp.dataset_readers.selection import check_options, select_sentences
from spigot_allennlp.formats.conll import detect_conll_layout, read_conll
from spigot_allennlp.formats.sentence import Sentence

logger = logging.getLogger(__name__)


@DatasetReader.register("conll_dependencies")
class ConllDependenciesReader(DatasetReader):
    """
    Reads dependency trees from CoNLL-X and CoNLL-U files.

    The fields of an instance are described in `sentence_instance`: node 0 is ROOT. Multiword ranges
    and empty nodes are no nodes. A file without heads gives instances without a tree.

    Registered as a `DatasetReader` with name "conll_dependencies".

    # Parameters

    token_indexers : `Dict[str, TokenIndexer]`, optional
        One `SingleIdTokenIndexer` named `tokens` if not given. A token has the word's form as
        `text`, its lemma as `lemma_`, its fine tag (POSTAG, XPOS) as `tag_` and its coarse tag
        (CPOSTAG, UPOS) as `pos_`.
    nonprojective : `str`, optional (default = `"keep"`)
        What happens to a tree that is not projective: `keep`, `drop` (the sentence) or
        `projectivize`.
    max_tokens : `int`, optional (default = `None`)
        A sentence with more words is refused by name.
    max_instances : `int`, optional (default = `None`)
        Read no more than so many sentences.
    """

    def __init__(
        self,
        token_indexers: Optional[Dict[str, TokenIndexer]] = None,
        nonprojective: str = "keep",
        max_tokens: Optional[int] = None,
        max_instances: Optional[int] = None,
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

    @overrides(check_signature=False)
    def _read(self, file_path: str) -> Iterator[Instance]:
        layout = detect_conll_layout(file_path)
        logger.info("%s is read as %s.", file_path, layout)
        selected = select_sentences(read_conll(file_path), file_path, self._nonprojective)
        # Sharded after the selection, so that each worker counts the whole file.
        for sentence, heads in self.shard_iterable(selected):
            words = sentence.words
            yield self.text_to_instance(
                words=[word.form for word in words],
                lemmas=[word.lemma for word in words],
                pos=[word.pos for word in words],
                upos=[word.upos for word in words],
                heads=heads,
                deprels=None if heads is None else [word.deprel for word in words],
                sentence=sentence,
                source=f"{file_path}:{sentence.line}",
                file_format=layout,
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
            max_tokens=self._max_tokens,
        )

    @overrides
    def apply_token_indexers(self, instance: Instance) -> None:
        tokens: Any = instance.fields["tokens"]
        tokens.token_indexers = self._token_indexers
