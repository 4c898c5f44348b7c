import os
from typing import Dict, Iterator, Optional, Sequence, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance, TokenIndexer
from overrides import overrides

from bilexical.formats.sentence import Sentence
from spigot_allennlp.dataset_readers.class_field import ClassField
from spigot_allennlp.dataset_readers.graph_sources import arcs_between_words
from spigot_allennlp.dataset_readers.purpose import Purpose
from spigot_allennlp.dataset_readers.sentence_reader import SentenceReader
from spigot_allennlp.dataset_readers.sentiment_examples import (
    GRANULARITIES,
    Example,
    examples_to_predict,
    sentiment_examples,
)


@DatasetReader.register("sst")
class SstReader(SentenceReader):
    """
    Reads the Stanford Sentiment Treebank (Socher et al., 2013,
    https://aclanthology.org/D13-1170/): its trees, `(3 (2 The) (4 rock))`, or sentences in the
    columns `id form lemma pos label` of the SPIGOT authors' release. Which of them a file has is
    found out from it and logged.

    The fields of an instance are those of `sentence_instance`, with node 0 as ROOT, and `label`, a
    `ClassField` in the namespace `labels`. Its classes are `negative` and `positive` (2-class),
    `neutral` besides (3-class), and `very negative` and `very positive` besides (5-class).

    Of the treebank, 5-class reads 8,544, 1,101 and 2,210 sentences of train, dev and test, and
    2-class 6,920, 872 and 1,821. Columns whose labels are all 0 or 1 are taken for those of the
    release, where 1 is positive, and can only be read as 2-class.

    Evaluation leaves out only the sentences that have no class, and logs how many. Prediction
    reads every sentence, whatever its label, and gives instances without `label`; see `Purpose`.

    Registered as a `DatasetReader` with name "sst".

    # Parameters

    token_indexers : `Dict[str, TokenIndexer]`, optional
        One `SingleIdTokenIndexer` named `tokens` if not given. A token has the word's form as
        `text` and, from columns, its lemma as `lemma_` and its POS as `tag_`.
    granularity : `str`, optional (default = `"5-class"`)
        `5-class`, `3-class` or `2-class`. The last leaves out what is neutral, after the phrases
        have been taken from the trees, and logs how much that is.
    use_subtrees : `bool`, optional (default = `False`)
        Whether every node of a tree becomes an instance, duplicates included. This is for training
        only: accuracies on phrases are not those of the literature, and `allennlp evaluate` and
        `predict` read sentences in any case. AllenNLP reads the validation data by the same reader
        unless the configuration has a `validation_dataset_reader`; therefore a reader with this
        option refuses to read a second file, and warns of what it does with the first.
    unescape : `bool`, optional (default = `True`)
        Whether `-LRB-`, `\\/` and `\\*` and their like become `(`, `/` and `*`, as they are in raw
        text and in word vectors.
    graphs : `str`, optional (default = `None`)
        An ending such as `.sdp`: the file of the same name with this ending holds the semantic
        graphs of the same sentences in the same order, and instances have the field `graph`. Not
        with `use_subtrees`.
    max_tokens : `int`, optional (default = `None`)
        In training, a sentence with more words is refused by name.
    max_instances : `int`, optional (default = `None`)
        In training, no more sentences (or phrases) are read.
    spacy_model : `str`, optional (default = `None`)
        What splits raw text when the trained model parses it, `blank:sv` or the like: the model
        remembers its language. See `StructuredParserPredictor`; without it, English is split.
    serialization_dir : `str`, optional (default = `None`)
    local_rank : `int`, optional (default = `None`)
        Both are given by AllenNLP, to tell training from evaluation; see `Purpose`.
    """

    def __init__(
        self,
        token_indexers: Optional[Dict[str, TokenIndexer]] = None,
        granularity: str = "5-class",
        use_subtrees: bool = False,
        unescape: bool = True,
        graphs: Optional[str] = None,
        max_tokens: Optional[int] = None,
        max_instances: Optional[int] = None,
        spacy_model: Optional[str] = None,
        serialization_dir: Optional[str] = None,
        local_rank: Optional[int] = None,
    ) -> None:
        super().__init__(
            token_indexers,
            "keep",
            max_tokens,
            max_instances,
            spacy_model,
            serialization_dir,
            local_rank,
        )
        if granularity not in GRANULARITIES:
            raise ConfigurationError(
                f"granularity must be one of {', '.join(GRANULARITIES)} but is {granularity!r}."
            )
        if graphs is not None and use_subtrees:
            raise ConfigurationError(
                f"graphs ({graphs!r}) are those of sentences, but use_subtrees reads phrases. "
                "Leave one of them out."
            )
        self._granularity = granularity
        self._use_subtrees = use_subtrees
        self._unescape = unescape
        self._graphs = graphs
        self._file_with_subtrees: Optional[str] = None

    @overrides(check_signature=False)
    def _read(self, file_path: str) -> Iterator[Instance]:
        path = os.fspath(file_path)
        examples = self._examples(path)
        # Sharded after the selection, so that each worker counts the whole file.
        for sentence, label in self.shard_iterable(examples):
            yield self._instance(sentence, path, arcs_between_words(sentence), label=label)

    @overrides(check_signature=False)
    def text_to_instance(
        self,
        words: Sequence[str],
        lemmas: Optional[Sequence[Optional[str]]] = None,
        pos: Optional[Sequence[Optional[str]]] = None,
        upos: Optional[Sequence[Optional[str]]] = None,
        arcs: Optional[Sequence[Tuple[int, int, str]]] = None,
        tops: Optional[Sequence[int]] = None,
        sentence: Optional[Sentence] = None,
        source: Optional[str] = None,
        label: Optional[str] = None,
    ) -> Instance:
        """
        The instance of one sentence; parameters and errors as in `sentence_instance`.

        # Parameters

        label : `Optional[str]`
            One of the classes of the granularity; without it, the instance has no such field.
            `ConfigurationError` is raised for any other.
        """
        instance = super().text_to_instance(
            words=words,
            lemmas=lemmas,
            pos=pos,
            upos=upos,
            arcs=arcs,
            tops=tops,
            sentence=sentence,
            source=source,
        )
        if label is not None:
            classes = list(dict.fromkeys(filter(None, GRANULARITIES[self._granularity])))
            if label not in classes:
                raise ConfigurationError(
                    f"the label {label!r} is not one of {self._granularity}: {', '.join(classes)}."
                )
            instance.add_field("label", ClassField(label, source))
        return instance

    def _examples(self, path: str) -> Iterator[Example]:
        if self._purpose is Purpose.PREDICTION:
            return examples_to_predict(path, self._unescape, self._graphs)
        use_subtrees = self._use_subtrees and self._purpose is Purpose.TRAINING
        if use_subtrees:
            self._check_only_file(path)
        return sentiment_examples(
            path, self._granularity, use_subtrees, self._unescape, self._graphs
        )

    def _check_only_file(self, path: str) -> None:
        first = self._file_with_subtrees = self._file_with_subtrees or path
        if path != first:
            raise ConfigurationError(
                f"use_subtrees is for training only, but the reader of {first} is to read {path} "
                "as well. Give a validation_dataset_reader: the same without use_subtrees."
            )
