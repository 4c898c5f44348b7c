"""What stands where in a picture, read from its SVG."""

import re
from typing import Dict, List, NamedTuple, Tuple
from xml.etree import ElementTree

from bilexical.drawing.text import pixels

Box = Tuple[float, float, float, float]
SVG = "{http://www.w3.org/2000/svg}"


class DrawnArc(NamedTuple):
    """Straight pieces `(x1, y1, x2, y2)`, corners cut square, boxes of labels, and the tip."""

    pieces: List[Box]
    labels: Dict[str, Box]
    tip: Tuple[float, float]


class Drawn(NamedTuple):
    words: List[Tuple[str, Box]]
    arcs: List[DrawnArc]
    width: float
    height: float


def read_svg(text: str) -> Drawn:
    root = ElementTree.fromstring(text)
    words = [
        (element.text or "", _box(element, 15))
        for element in root.iter(f"{SVG}text")
        if element.get("class").startswith("word")
    ]
    arcs = []
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "arc":
            line, tip = group.findall(f"{SVG}path")
            labels = {text.text: _box(text, 11) for text in group.findall(f"{SVG}text")}
            arcs.append(DrawnArc(_pieces(line.get("d")), labels, _numbers(tip.get("d"))[:2]))
    return Drawn(words, arcs, float(root.get("width")), float(root.get("height")))


def overlap(a: Box, b: Box) -> bool:
    """Whether two boxes `(left, top, right, bottom)` have more than an edge in common."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def around(piece: Box) -> Box:
    """The box that a line of some thickness takes."""
    x1, y1, x2, y2 = piece
    return min(x1, x2) - 1, min(y1, y2) - 1, max(x1, x2) + 1, max(y1, y2) + 1


def _box(element, font_size) -> Box:
    x, y = float(element.get("x")), float(element.get("y"))
    half = pixels(element.text or "", font_size) / 2
    return x - half, y - 0.8 * font_size, x + half, y + 0.25 * font_size


def _numbers(text):
    return tuple(float(number) for number in re.findall(r"-?[0-9.]+", text))


def _pieces(path) -> List[Box]:
    pieces = []
    x = y = 0.0
    for command, arguments in re.findall(r"([MHVQ])([^MHVQ]*)", path):
        numbers = _numbers(arguments)
        if command == "Q":
            pieces += [(x, y, *numbers[:2]), numbers]
            x, y = numbers[2:]
            continue
        new = (numbers[0], y) if command == "H" else (x, numbers[0])
        new = numbers if command == "M" else new
        if command != "M":
            pieces.append((x, y, *new))
        x, y = new
    return pieces
