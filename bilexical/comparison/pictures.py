"""A sentence whose structure differs between two systems, drawn."""

from typing import Dict, List, Optional, Sequence, Tuple

from bilexical.comparison.layers import Gold, Layer, Output
from bilexical.drawing import Picture, PictureArc, Status
from bilexical.drawing.differences import merge
from bilexical.drawing.picture import graph_arcs, tree_arcs
from bilexical.formats.predictions import with_predictions
from bilexical.formats.sentence import Sentence

_TICK = " ✓"
_ARCS = {"tree": tree_arcs, "graph": graph_arcs}


def change_picture(
    gold: Gold, before: Output, after: Output, layer: Layer, end_task: Layer, title: str
) -> Picture:
    """
    The structure `layer` of the prediction `after` against that of `before`, with a tick at what is
    right in only one of them, and the graph of `after` against the gold one, if graphs are the end
    task.
    """
    old, new = (with_predictions(gold.sentence, output) for output in (before, after))
    sides: Dict[str, Optional[List[PictureArc]]] = {"tree": None, "graph": None}
    for name in _ARCS:
        if name == layer.name:
            sides[name] = _with_ticks(_side(name, new, old), _ARCS[name](gold.sentence) or [])
        elif name == end_task.name:
            sides[name] = _side(name, new, gold.sentence)
    changes = layer.changes(gold, before, after)
    caption = f"{changes.changed} {layer.decision} changed"
    if changes.annotated:
        caption += f": {changes.became_right} became right, {changes.became_wrong} became wrong"
    # What is not annotated has no score, and nothing to say.
    scores = [each.describe(gold, before, after) for each in dict.fromkeys((layer, end_task))]
    changed = frozenset(
        number
        for number, (a, b) in enumerate(zip(old.words, new.words), 1)
        if layer.name == "tree" and a.head != b.head
    )
    return Picture(
        [word.form for word in new.words],
        sides["tree"],
        sides["graph"],
        title,
        "; ".join(filter(None, [caption, *scores])),
        changed,
    )


def legend(layer: Layer, end_task: Layer, baseline: str, system: str) -> List[Tuple[Status, str]]:
    """What the colors of `change_picture` mean."""
    columns = [
        (layer.name, "in both", f"only in {system}, ✓ if right")
        + (
            f"only in {baseline}, ✓ if right",
            f"labeled x in {system} and y in {baseline}",
        )
    ]
    if end_task is not layer and end_task.name in _ARCS:
        columns.append((end_task.name, "right", "spurious", "missing", "labeled x instead of y"))
    texts = [
        "; ".join(f"{column[0]}: {text}" for column, text in zip(columns, row))
        for row in zip(*(column[1:] for column in columns))
    ]
    return list(zip((Status.RIGHT, Status.SPURIOUS, Status.MISSING, Status.RELABELED), texts))


def _side(name: str, sentence: Sentence, reference: Sentence) -> List[PictureArc]:
    arcs, others = _ARCS[name](sentence) or [], _ARCS[name](reference)
    return arcs if others is None else merge(arcs, others)


def _with_ticks(arcs: Sequence[PictureArc], gold: Sequence[PictureArc]) -> List[PictureArc]:
    right = {(arc.head, arc.modifier) for arc in gold}
    return [
        arc._replace(label=arc.label + _TICK)
        if arc.status in (Status.SPURIOUS, Status.MISSING) and arc[:2] in right
        else arc
        for arc in arcs
    ]
