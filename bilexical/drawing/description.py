"""Pictures in words, for those who do not see them."""

from typing import List, Optional

from bilexical.drawing.picture import Picture, PictureArc, Status


def describe(picture: Picture) -> str:
    """All that the picture shows, as text."""
    parts = [picture.caption, "Words: " + " ".join(picture.words)]
    parts += _side(picture, "Tree", picture.tree) + _side(picture, "Graph", picture.graph)
    return ". ".join(filter(None, parts)) + "."


def describe_arc(picture: Picture, arc: PictureArc) -> str:
    """One arc as text: label, head, arrow, modifier, and what the comparison says of it."""
    head = "ROOT" if arc.head == 0 else f"{picture.words[arc.head - 1]} ({arc.head})"
    modifier = f"{picture.words[arc.modifier - 1]} ({arc.modifier})"
    status = "" if arc.status is Status.PLAIN else f" [{arc.status.value}]"
    return f"{arc.label}: {head} → {modifier}{status}".lstrip(": ")


def _side(picture: Picture, name: str, arcs: Optional[List[PictureArc]]) -> List[str]:
    if arcs is None:
        return []
    return [f"{name}: " + ("; ".join(describe_arc(picture, arc) for arc in arcs) or "no arcs")]
