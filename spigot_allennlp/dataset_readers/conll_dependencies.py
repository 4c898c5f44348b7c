import logging
from typing import Any, Dict, Iterator, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance, TokenIndexer
from overrides import overrides

from bilexical.formats.conll_comments import comment_value
from bilexical.formats.corpus_files import TREE_FORMATS, detect_format, read_sentences
from bilexical.formats.errors import FormatError
from bilexical.formats.sentence import Sentence
from spigot_allennlp.dataset_readers.class_field import ClassField
from spigot_allennlp.dataset_readers.graph_sources import (
    arcs_between_words,
    enhanced_graphs,
    with_counted_loops,
    with_sound_enhanced_graphs,
)
from spigot_allennlp.dataset_readers.purpose import Purpose
from spigot_allennlp.dataset_readers.sentence_reader import SentenceReader

logger = logging.getLogger(__name__)

GRAPH_CHOICES = ("enhanced",)


_HINT = "The dataset reader `sdp` reads graphs."


@DatasetReader.register("conll_dependencies")
class ConllDependenciesReader(SentenceReader):
    """
    Reads dependency trees from CoNLL-X, CoNLL-U, CoNLL-2009 and JSON files.

    The fields of an instance are described in `sentence_instance`: node 0 is ROOT. Multiword ranges
    and empty nodes are no nodes. A file without heads gives instances without a tree. The tree of
    CoNLL-2009 is that of HEAD and DEPREL; the reader `sdp` reads its semantic roles as well.

    Training leaves out the sentences without a tree of a file in which others have one, and counts
    them in a warning; evaluation refuses such a file.

    Evaluation and prediction leave out no sentence, and change no tree. What is not sound in a file
    that is read for prediction is not read, counted and logged; see `Purpose`.

    Registered as a `DatasetReader` with name "conll_dependencies".

    # Parameters

    token_indexers : `Dict[str, TokenIndexer]`, optional
        One `SingleIdTokenIndexer` named `tokens` if not given. A token has the word's form as
        `text`, its lemma as `lemma_`, its fine tag (POSTAG, XPOS) as `tag_` and its coarse tag
        (CPOSTAG, UPOS) as `pos_`. In a sentence without any fine tag, the coarse ones are `tag_`.
    read_syntax : `bool`, optional (default = `True`)
        Whether the trees are read. They must be trees in either case, but for prediction.
    nonprojective : `str`, optional (default = `"keep"`)
        What happens in training to a tree that is not projective: `keep`, `drop` (the sentence) or
        `projectivize`.
    max_tokens : `int`, optional (default = `None`)
        In training, a sentence with more words is refused by name.
    max_instances : `int`, optional (default = `None`)
        In training, no more sentences are read.
    graph : `str`, optional (default = `None`)
        With `enhanced`, instances have the enhanced dependencies of CoNLL-U (DEPS) as semantic
        graph, in which an arc from ROOT makes a word a top node. Arcs from and to empty nodes, from
        a word to itself, and all labels but the first of several between the same two words, are
        left out, counted and logged. A file without any DEPS gives instances without a graph.
    label : `str`, optional (default = `None`)
        The name of a comment: with `label`, the comment `# label = 7` before a sentence makes `7`
        its class, the field `label`, a `ClassField` in the namespace `labels`. In training and
        evaluation each sentence must have it; prediction does not read it.
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
        read_syntax: bool = True,
        nonprojective: str = "keep",
        max_tokens: Optional[int] = None,
        max_instances: Optional[int] = None,
        graph: Optional[str] = None,
        label: Optional[str] = None,
        spacy_model: Optional[str] = None,
        serialization_dir: Optional[str] = None,
        local_rank: Optional[int] = None,
    ) -> None:
        super().__init__(
            token_indexers,
            nonprojective,
            max_tokens,
            max_instances,
            spacy_model,
            serialization_dir,
            local_rank,
        )
        if graph not in (None, *GRAPH_CHOICES):
            raise ConfigurationError(
                f"graph must be one of {', '.join(GRAPH_CHOICES)}, or left out for no semantic "
                f"graph, but is {graph!r}."
            )
        self._read_syntax = read_syntax
        self._graph = graph
        self._label = label

    @overrides(check_signature=False)
    def _read(self, file_path: str) -> Iterator[Instance]:
        layout = detect_format(file_path, (*TREE_FORMATS, "jsonl"), _HINT)
        logger.info("%s is read as %s.", file_path, layout)
        sentences = self._sentences(file_path, layout)
        selected = self._select(sentences, file_path, self._read_syntax)
        # Sharded after the selection, so that each worker counts the whole file.
        for sentence, heads in self.shard_iterable(selected):
            arcs = arcs_between_words(sentence) if self._graph is not None else None
            # What comes from JSON goes out as the predictor writes it.
            own_format = None if layout == "jsonl" else layout
            instance = self._instance(sentence, file_path, arcs, heads, file_format=own_format)
            if self._label is not None:
                metadata: Any = instance.fields["metadata"]
                metadata.metadata["label_comment"] = self._label
                if self._purpose is not Purpose.PREDICTION:
                    instance.add_field("label", self._class(sentence, file_path, self._label))
            yield instance

    @staticmethod
    def _class(sentence: Sentence, path: str, name: str) -> ClassField:
        value = comment_value(sentence.comments, name)
        if not value:
            raise FormatError(
                path,
                sentence.line,
                f"no comment before the sentence {sentence.id!r} gives its {name}.",
                f"Write a line such as # {name} = 7 before it, or leave out the reader's label.",
            )
        return ClassField(value, f"{path}:{sentence.line}")

    def _sentences(self, file_path: str, layout: str) -> Iterator[Sentence]:
        if self._purpose is Purpose.PREDICTION:
            sentences = read_sentences(file_path, layout, leniently=True)
            has_deps = layout in ("conllu", "conllx") and self._graph is not None
            return with_sound_enhanced_graphs(sentences, file_path) if has_deps else sentences
        if self._graph is None:
            return read_sentences(file_path, layout)
        if layout in ("conll09", "jsonl"):
            raise FormatError(
                file_path,
                None,
                f"{layout} has no enhanced dependencies.",
                "Leave out graph, or read its graphs by the dataset reader `sdp`.",
            )
        return with_counted_loops(enhanced_graphs(file_path), file_path)
