"""What a picture of a sentence shows: its words, a tree above them and a graph below them."""

from dataclasses import dataclass, field
from enum import Enum
from typing import FrozenSet, List, NamedTuple, Optional, Tuple

from bilexical.formats.sentence import Sentence

TOP = "top"


class Status(Enum):
    """What a comparison with a reference says of an arc; the values are classes of the CSS."""

    PLAIN = "plain"
    RIGHT = "right"
    SPURIOUS = "spurious"
    MISSING = "missing"
    RELABELED = "relabeled"


class PictureArc(NamedTuple):
    """An arc from `head` to `modifier`, numbers of words from 1; head 0 is ROOT."""

    head: int
    modifier: int
    label: str
    status: Status = Status.PLAIN


@dataclass(frozen=True)
class Picture:
    """
    # Parameters

    words : `List[str]`
    tree : `Optional[List[PictureArc]]`
        Drawn above the words; `None` if there is none to draw.
    graph : `Optional[List[PictureArc]]`
        Drawn below the words. Its arcs from ROOT mark top nodes.
    title : `str`
        Which sentence this is.
    caption : `str`
    changed : `FrozenSet[int]`
        The words whose head differs from the reference's.
    legend : `List[Tuple[Status, str]]`
        What the statuses mean; empty if nothing is compared.

    Raises `ValueError` if an arc joins what is no word.
    """

    words: List[str]
    tree: Optional[List[PictureArc]] = None
    graph: Optional[List[PictureArc]] = None
    title: str = ""
    caption: str = ""
    changed: FrozenSet[int] = frozenset()
    legend: List[Tuple[Status, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        numbers = range(1, len(self.words) + 1)
        for arc in (*(self.tree or ()), *(self.graph or ())):
            if arc.modifier not in numbers or not (arc.head == 0 or arc.head in numbers):
                raise ValueError(
                    f"{self.title or 'the picture'}: the arc {arc.label!r} from {arc.head} to "
                    f"{arc.modifier} leaves the sentence, whose words are numbered from 1 to "
                    f"{len(self.words)}. Correct its numbers; 0 is ROOT and only a head."
                )


def picture_of(sentence: Sentence, title: str = "") -> Picture:
    """The picture of one sentence. Without `title` it is called by its id."""
    tree, graph = tree_arcs(sentence), graph_arcs(sentence)
    parts = [_count(len(sentence.words), "word")]
    if graph is not None:
        num_tops = sum(arc.head == 0 for arc in graph)
        parts += [_count(len(graph) - num_tops, "arc"), _count(num_tops, "top node")]
    elif tree is None:
        parts.append("neither tree nor graph")
    return Picture(
        [word.form for word in sentence.words],
        tree,
        graph,
        title or default_title(sentence),
        ", ".join(parts),
    )


def default_title(sentence: Sentence) -> str:
    """What a sentence is called that nobody gave a title."""
    return f"Sentence {sentence.id}".rstrip()


def tree_arcs(sentence: Sentence) -> Optional[List[PictureArc]]:
    """The arcs of the dependency tree, in the order of the words; `None` if no word has a head."""
    arcs = [
        PictureArc(word.head, number, word.deprel or "")
        for number, word in enumerate(sentence.words, 1)
        if word.head is not None
    ]
    return arcs or None


def graph_arcs(sentence: Sentence) -> Optional[List[PictureArc]]:
    """
    The arcs of the semantic graph, after them one from ROOT to each top node; `None` if no graph is
    annotated.
    """
    tops = [
        PictureArc(0, number, TOP) for number, word in enumerate(sentence.words, 1) if word.is_top
    ]
    if sentence.arcs is None and not tops:
        return None
    return [PictureArc(arc.head, arc.modifier, arc.label) for arc in sentence.arcs or []] + tops


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
