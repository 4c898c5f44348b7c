import logging
from typing import Dict, Iterator, Optional

from allennlp.data import DatasetReader, Instance, TokenIndexer
from overrides import overrides

from bilexical.formats.conversion import HOLDS
from bilexical.formats.corpus_files import detect_format, read_sentences
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from bilexical.formats.sentence import Sentence
from spigot_allennlp.dataset_readers.graph_sources import (
    arcs_between_words,
    semantic_roles,
    with_counted_loops,
)
from spigot_allennlp.dataset_readers.purpose import Purpose
from spigot_allennlp.dataset_readers.selection import with_graphs_or_without
from spigot_allennlp.dataset_readers.sentence_reader import SentenceReader

logger = logging.getLogger(__name__)


_HINT = "The dataset reader `conll_dependencies` reads trees."


@DatasetReader.register("sdp")
class SdpReader(SentenceReader):
    """
    Reads semantic dependency graphs, with the dependency trees where the file has them.

    The columns are those of SDP 2015, of SDP 2014, of the augmented layout (head and deprel after
    POS) or of CoNLL-2009, or there are JSON objects; which of them is found out from the file and
    logged. Arcs from a word to itself are left out and counted. The fields of an instance are
    described in `sentence_instance`: node 0 is ROOT, and the top nodes of a graph are arcs from it
    with the label `__TOP__`.

    The graph of a CoNLL-2009 file is that of PRED and the APRED columns, and its tree that of HEAD
    and DEPREL. It has no top nodes. Files without any APRED column, such as that shared task's test
    files, give instances without a graph.

    Training leaves out the sentences without a tree of a file in which others have one, and counts
    them in a warning; evaluation refuses such a file, as long as trees are read.

    Evaluation and prediction leave out no sentence, and change no tree. What is not sound in a file
    that is read for prediction is not read, counted and logged; see `Purpose`.

    Registered as a `DatasetReader` with name "sdp".

    # Parameters

    token_indexers : `Dict[str, TokenIndexer]`, optional
        One `SingleIdTokenIndexer` named `tokens` if not given. A token has the word's form as
        `text`, its lemma as `lemma_`, its POS as `tag_` and, from JSON, its coarse tag as `pos_`.
        In a sentence without any POS, the coarse tags are `tag_`.
    read_syntax : `bool`, optional (default = `True`)
        Whether the trees of the augmented layout and of CoNLL-2009 are read. They must be trees in
        either case, but for prediction.
    nonprojective : `str`, optional (default = `"keep"`)
        What happens in training to a tree that is not projective: `keep`, `drop` (the sentence) or
        `projectivize`.
    drop_without_arcs : `bool`, optional (default = `False`)
        Whether sentences without arcs are left out of training.
    max_tokens : `int`, optional (default = `None`)
        In training, a sentence with more words is refused by name.
    max_instances : `int`, optional (default = `None`)
        In training, no more sentences are read.
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
        drop_without_arcs: bool = False,
        max_tokens: Optional[int] = None,
        max_instances: Optional[int] = None,
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
        self._read_syntax = read_syntax
        self._drop_without_arcs = drop_without_arcs

    @overrides(check_signature=False)
    def _read(self, file_path: str) -> Iterator[Instance]:
        layout = detect_format(file_path, (*SDP_LAYOUTS, "conll09", "jsonl"), _HINT)
        logger.info("%s is read as %s.", file_path, layout)
        sentences = with_counted_loops(self._sentences(file_path, layout), file_path)
        read_syntax = self._read_syntax and "trees" in HOLDS[layout]
        selected = self._select(sentences, file_path, read_syntax, self._drop_without_arcs)
        if self._purpose is not Purpose.PREDICTION:
            selected = with_graphs_or_without(selected, file_path)
        # Sharded after the selection, so that each worker counts the whole file.
        for sentence, heads in self.shard_iterable(selected):
            arcs = arcs_between_words(sentence)
            # What comes from JSON goes out as the predictor writes it.
            own_format = None if layout == "jsonl" else layout
            yield self._instance(sentence, file_path, arcs, heads, file_format=own_format)

    def _sentences(self, file_path: str, layout: str) -> Iterator[Sentence]:
        if self._purpose is Purpose.PREDICTION:
            return read_sentences(file_path, layout, leniently=True)
        if layout == "conll09":
            return semantic_roles(file_path)
        return read_sentences(file_path, layout)
