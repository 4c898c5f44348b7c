"""
Complete predications and semantic frames as the official SDP scorer counts them
(<http://sdp.delph-in.net/2015/evaluation.html>).

Both are counted for the predicates whose tag starts with `V`. A complete predication is a predicate
with all its core arguments and their labels; a semantic frame is that together with the predicate's
sense. Neither has to do with top nodes, nor with the exclusion of punctuation.
"""

from typing import Callable, Dict, FrozenSet, NamedTuple, Optional, Set, Tuple

from bilexical.formats.sentence import Sentence
from bilexical.scoring.sdp_counts import scored_arcs

_PAS_CORE_LABELS = frozenset(
    [
        "adj_ARG1",
        "adj_ARG2",
        "adj_MOD",
        "coord_ARG1",
        "coord_ARG2",
        "prep_ARG1",
        "prep_ARG2",
        "prep_ARG3",
        "prep_MOD",
        "verb_ARG1",
        "verb_ARG2",
        "verb_ARG3",
        "verb_ARG4",
        "verb_MOD",
    ]
)

#: Whether a label is that of a core argument, in each representation.
CORE_LABELS: Dict[str, Callable[[str], bool]] = {
    "DM": lambda label: True,
    "PAS": lambda label: label in _PAS_CORE_LABELS,
    "PSD": lambda label: label.endswith("-arg"),
}


class Frame(NamedTuple):
    """A predicate, its core arguments as pairs (modifier, label), and its sense."""

    predicate: int
    arguments: FrozenSet[Tuple[int, str]]
    sense: Optional[str]


def check_representation(representation: str) -> None:
    """Raises `ValueError` unless `representation` is one of `CORE_LABELS`."""
    if representation not in CORE_LABELS:
        raise ValueError(
            f"the representation is {representation!r}. Give one of {', '.join(CORE_LABELS)}."
        )


def semantic_frames(sentence: Sentence, representation: str = "DM") -> Set[Frame]:
    """
    The frames of the verbs that are predicates: marked as such, or with an argument.

    # Parameters

    sentence : `Sentence`
    representation : `str`, optional (default = `"DM"`)
        One of `CORE_LABELS`: which labels are core. The scorer's default, without a representation,
        is that of DM.
    """
    check_representation(representation)
    is_core = CORE_LABELS[representation]
    arcs = scored_arcs(sentence, tops=False)
    heads = {arc.head for arc in arcs}
    return {
        Frame(
            number,
            frozenset(
                (arc.modifier, arc.label)
                for arc in arcs
                if arc.head == number and is_core(arc.label)
            ),
            word.frame,
        )
        for number, word in enumerate(sentence.words, start=1)
        if (word.is_predicate or number in heads) and (word.pos or "").startswith("V")
    }


def complete_predications(frames: Set[Frame]) -> Set[Frame]:
    """Those of a sentence from its `semantic_frames`: the same without senses."""
    return {frame._replace(sense=None) for frame in frames}
