"""
One sentence of a corpus: its words, its dependency tree and its semantic graph.

Every reader, writer, scorer and predictor speaks in these objects; a file format is a pair of
functions between them and text. Words are numbered from 1 in sentence order and 0 is ROOT.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, NamedTuple, Optional

#: The label of the arcs from ROOT to the top nodes in the models' graphs; no corpus may use it.
TOP_LABEL = "__TOP__"


class Arc(NamedTuple):
    """An arc of a semantic graph from `head` (the predicate) to `modifier` (its argument)."""

    modifier: int
    head: int
    label: str


class PredictedColumns(NamedTuple):
    """
    What CoNLL-2009 says about a word beside its annotation, by programs: PLEMMA, PPOS, PFEAT, PHEAD
    and PDEPREL as they stand in the file, kept for output.
    """

    lemma: Optional[str] = None
    pos: Optional[str] = None
    feats: Optional[str] = None
    head: Optional[str] = None
    deprel: Optional[str] = None


@dataclass
class Word:
    """
    One word. `None` means that the corpus does not say.

    # Parameters

    form : `str`
    lemma : `Optional[str]`
    pos : `Optional[str]`
        The fine-grained tag: POS of SDP and CoNLL-2009, POSTAG of CoNLL-X, XPOS of CoNLL-U.
    upos : `Optional[str]`
        The coarse tag: CPOSTAG of CoNLL-X, UPOS of CoNLL-U.
    head : `Optional[int]`
        The number of the word's head in the dependency tree, 0 for ROOT.
    deprel : `Optional[str]`
        The label of the tree arc from `head`.
    frame : `Optional[str]`
        The predicate's sense.
    is_top : `bool`
        Whether the word is a top node of the semantic graph.
    is_predicate : `bool`
        Whether the corpus marks the word as a predicate, even one without arguments.
    feats : `Optional[str]`
        FEATS of CoNLL-X and CoNLL-U, FEAT of CoNLL-2009 as it stands in the file, kept for output.
    deps : `Optional[str]`
        Column 9, kept for output: DEPS of CoNLL-U, PHEAD of CoNLL-X.
    misc : `Optional[str]`
        Column 10, kept for output: MISC of CoNLL-U, PDEPREL of CoNLL-X.
    predicted : `Optional[PredictedColumns]`
        Only in CoNLL-2009.
    """

    form: str
    lemma: Optional[str] = None
    pos: Optional[str] = None
    upos: Optional[str] = None
    head: Optional[int] = None
    deprel: Optional[str] = None
    frame: Optional[str] = None
    is_top: bool = False
    is_predicate: bool = False
    feats: Optional[str] = None
    deps: Optional[str] = None
    misc: Optional[str] = None
    predicted: Optional[PredictedColumns] = None

    def changed(self, **values: Any) -> "Word":
        """A copy with other values, as from `dataclasses.replace`, in less than half its time."""
        copy = object.__new__(Word)
        copy.__dict__.update(self.__dict__, **values)
        return copy


class ExtraLine(NamedTuple):
    """A multiword range or an empty node of CoNLL-U: `text`, which stands after word `after`."""

    after: int
    text: str


@dataclass
class Sentence:
    """
    # Parameters

    id : `str`
        As in the corpus; empty when the corpus has none.
    words : `List[Word]`
    arcs : `Optional[List[Arc]]`
        The semantic graph without its top nodes (`Word.is_top`); `None` when no graph is annotated.
    comments : `List[str]`
        The lines that start with `#` before the sentence, as they stand in the file. A blank line
        that stands before or among them is an empty string.
    extra_lines : `List[ExtraLine]`
        Lines of CoNLL-U that are not words, kept for output.
    further : `Dict[str, Any]`
        Keys of a JSON object that say nothing known, kept for output.
    line : `Optional[int]`
        The number of the first line after the comments. It says nothing about the sentence itself:
        sentences that differ in it only are equal.
    """

    id: str
    words: List[Word]
    arcs: Optional[List[Arc]] = None
    comments: List[str] = field(default_factory=list)
    extra_lines: List[ExtraLine] = field(default_factory=list)
    line: Optional[int] = field(default=None, compare=False)
    further: Dict[str, Any] = field(default_factory=dict)

    @property
    def has_tree(self) -> bool:
        """Whether every word has a head."""
        return all(word.head is not None for word in self.words)

    @property
    def heads(self) -> List[Optional[int]]:
        """The number of each word's head, 0 for ROOT; `None` for a word without one."""
        return [word.head for word in self.words]

    @property
    def deprels(self) -> List[Optional[str]]:
        """The label of the tree arc to each word."""
        return [word.deprel for word in self.words]

    @property
    def tops(self) -> List[int]:
        """The numbers of the top nodes of the semantic graph."""
        return [number for number, word in enumerate(self.words, 1) if word.is_top]

    def __str__(self) -> str:
        """The words, with spaces between them."""
        return " ".join(word.form for word in self.words)

    def to_json(self) -> Dict[str, Any]:
        """All of it in dictionaries and lists; AllenNLP writes batches with their metadata."""
        return asdict(self)

    def _repr_svg_(self) -> str:
        """The picture that a notebook shows."""
        # Pictures are made of sentences, and not needed to read them.
        from bilexical.drawing.picture import picture_of
        from bilexical.drawing.svg_pictures import svg

        return svg(picture_of(self))

    def _repr_html_(self) -> str:
        return f'<div style="overflow-x: auto">{self._repr_svg_()}</div>'


class Sentences(List[Sentence]):
    """A list of sentences of which a notebook shows the pictures."""

    def _repr_html_(self) -> str:
        return "\n".join(sentence._repr_html_() for sentence in self)
