"""A sentence against a reference, another annotation of it: what is right, spurious, missing."""

from typing import FrozenSet, List, Optional, Sequence, Tuple

from bilexical.drawing.picture import (
    Picture,
    PictureArc,
    Status,
    default_title,
    graph_arcs,
    tree_arcs,
)
from bilexical.formats.alignment import check_same_words
from bilexical.formats.sentence import Sentence
from bilexical.scoring.sdp_counts import count_arcs


def compare(
    sentence: Sentence,
    reference: Sentence,
    title: str = "",
    names: Tuple[str, str] = ("this annotation", "the reference"),
) -> Picture:
    """
    The picture of `sentence` with what it has and has not in common with `reference`.

    The caption has the number of changed heads and the graph's unlabeled and labeled F in percent,
    as the official scorer counts them, with top nodes. A layer that `reference` alone has is left
    out; one that `sentence` alone has is drawn without comparison.

    # Parameters

    sentence : `Sentence`
    reference : `Sentence`
    title : `str`
    names : `Tuple[str, str]`
        What the legend calls the two.

    Raises `FormatError` if the words are not the same.
    """
    check_same_words(reference, sentence, names[::-1])
    words = [word.form for word in sentence.words]
    title = title or default_title(sentence)
    tree, graph = tree_arcs(sentence), graph_arcs(sentence)
    right_tree, right_graph = tree_arcs(reference), graph_arcs(reference)
    captions = []
    changed: FrozenSet[int] = frozenset()
    if tree is not None and right_tree is not None:
        changed = _changed(sentence, reference)
        captions.append(f"{len(changed)} of {len(words)} heads changed")
        tree = merge(tree, right_tree)
    if graph is not None and right_graph is not None:
        scores = count_arcs(reference, sentence).scores()
        scored = f"UF {100 * scores['UF']:.1f}, LF {100 * scores['LF']:.1f}"
        captions.append(scored if graph or right_graph else "both graphs are empty")
        graph = merge(graph, right_graph)
    caption = "; ".join(captions) or "nothing to compare: no layer is in both"
    return Picture(words, tree, graph, title, caption, changed, _legend(names) if captions else [])


def merge(arcs: Sequence[PictureArc], reference: Sequence[PictureArc]) -> List[PictureArc]:
    """
    The arcs of two annotations of a layer in one, with what each is. An arc whose label alone
    differs is there once, labeled with both.
    """
    missing = list(reference)
    statuses: List[Optional[Status]] = []
    for arc in arcs:
        found = arc in missing
        statuses.append(Status.RIGHT if found else None)
        if found:
            missing.remove(arc)
    merged = []
    for arc, status in zip(arcs, statuses):
        other = next((other for other in missing if other[:2] == arc[:2]), None)
        label = arc.label
        if status is None and other is not None:
            status = Status.RELABELED
            label = f"{arc.label}≠{other.label}"
            missing.remove(other)
        merged.append(arc._replace(label=label, status=status or Status.SPURIOUS))
    return merged + [arc._replace(status=Status.MISSING) for arc in missing]


def _changed(sentence: Sentence, reference: Sentence) -> FrozenSet[int]:
    pairs = zip(sentence.words, reference.words)
    return frozenset(n for n, (word, right) in enumerate(pairs, 1) if word.head != right.head)


def _legend(names: Tuple[str, str]) -> List[Tuple[Status, str]]:
    return [
        (Status.RIGHT, "right: in both"),
        (Status.SPURIOUS, f"spurious: only in {names[0]}"),
        (Status.MISSING, f"missing: only in {names[1]}"),
        (Status.RELABELED, f"labeled x in {names[0]} and y in {names[1]}"),
    ]
