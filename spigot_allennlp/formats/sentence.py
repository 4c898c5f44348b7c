"""
One sentence of a corpus: its words, its dependency tree and its semantic graph.

Every reader, writer, scorer and predictor speaks in these objects; a file format is a pair of functions
between them and text. Words are numbered from 1 in sentence order and 0 is ROOT.
"""

from dataclasses import dataclass, field
from typing import List, NamedTuple, Optional


class Arc(NamedTuple):
    """A labelled arc of a semantic graph from word `head` (the predicate) to word `modifier` (its argument)."""

    modifier: int
    head: int
    label: str


@dataclass
class Word:
    """
    One word. `None` means that the corpus does not say.

    # Parameters

    form : `str`
    lemma : `Optional[str]`
    pos : `Optional[str]`
        The fine-grained tag: POS of SDP, POSTAG of CoNLL-X, XPOS of CoNLL-U.
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
        Whether the corpus marks the word as a predicate, be it without arguments.
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
        The lines that start with `#` before the sentence, as they stand in the file.
    """

    id: str
    words: List[Word]
    arcs: Optional[List[Arc]] = None
    comments: List[str] = field(default_factory=list)
