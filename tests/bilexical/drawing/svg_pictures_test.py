import itertools
import re
from xml.etree import ElementTree

from hypothesis import given, settings

from bilexical.drawing.picture import Picture, PictureArc, Status
from bilexical.drawing.svg_pictures import svg, svg_legend
from bilexical.drawing.text import is_right_to_left
from tests.bilexical.drawing.geometry import SVG, around, overlap, read_svg
from tests.bilexical.drawing.pictures import long_picture, pictures


def check_geometry(picture):
    drawn = read_svg(svg(picture))
    arcs = drawn.arcs
    boxes = [box for arc in arcs for box in arc.labels.values()]
    boxes += [box for _, box in drawn.words]
    for a, b in itertools.combinations(boxes, 2):
        assert not overlap(a, b)
    for left, top, right, bottom in boxes:
        assert left >= 0 and right <= drawn.width and top >= 0 and bottom <= drawn.height
    for arc in arcs:
        for piece in map(around, arc.pieces):
            assert not any(overlap(piece, box) for box in boxes)
    for a, b in itertools.combinations(arcs, 2):
        for piece, other in itertools.product(a.pieces, b.pieces):
            is_parallel = (piece[0] == piece[2]) == (other[0] == other[2])
            assert not (is_parallel and overlap(around(piece), around(other)))


def check_ends(picture):
    """
    The ends of arcs at a word are centered on it, those of its neighbors are beside them, the tip
    is at the modifier, and an arc within another one is within it at a common end too.
    """
    drawn = read_svg(svg(picture))
    arc_of = {label: arc for arc in drawn.arcs for label in arc.labels}
    middles = [(box[0] + box[2]) / 2 for _, box in drawn.words]
    step = -1 if is_right_to_left(picture.words) else 1
    for side in (picture.tree, picture.graph):
        ranges = []
        ports = {number: set() for number in range(1, len(picture.words) + 1)}
        for head, modifier, label, _ in side or ():
            label = f"↻ {label}" if head == modifier else label
            arc = arc_of[label]
            xs = [arc.pieces[0][0], arc.pieces[-1][2]]
            assert arc.tip[0] in xs
            ports[modifier].add(arc.tip[0])
            if head not in (0, modifier):
                xs.remove(arc.tip[0])
                ports[head].update(xs)
                ranges.append(
                    (min(head, modifier), max(head, modifier), *sorted([*xs, arc.tip[0]]))
                )
        for outer, inner in itertools.permutations(ranges, 2):
            if outer[0] <= inner[0] and inner[1] <= outer[1] and outer[:2] != inner[:2]:
                assert outer[2] < inner[2] and inner[3] < outer[3]
        for number, xs in ports.items():
            assert not xs or abs(sum(xs) / len(xs) - middles[number - 1]) <= 1
        ordered = [x for number in sorted(ports)[::step] for x in sorted(ports[number])]
        assert ordered == sorted(ordered)


@given(pictures())
def test_nothing_collides(picture):
    check_geometry(picture)
    check_ends(picture)


def test_nothing_collides_in_a_long_sentence():
    picture = long_picture()
    check_geometry(picture)
    check_ends(picture)


@given(pictures(max_words=4))
@settings(max_examples=30)
def test_text_is_text(picture):
    text = svg(picture)
    root = ElementTree.fromstring(text)
    assert root.find(f"{SVG}title").text == picture.title
    assert [word for word, _ in read_svg(text).words] == picture.words
    labels = {label for arc in read_svg(text).arcs for label in arc.labels}
    assert {arc.label for arc in picture.graph if arc.head != arc.modifier} <= labels
    assert "nan" not in text.lower()


def test_arcs_are_grouped_by_what_they_are():
    arcs = [
        PictureArc(2, 1, "x", Status.MISSING),
        PictureArc(1, 2, "y≠z", Status.RELABELED),
        PictureArc(0, 2, "top", Status.MISSING),
        PictureArc(0, 1, "top"),
    ]
    text = svg(Picture(["a", "b"], graph=arcs), standalone=False)
    assert re.findall('path class="(line[^"]*)"', text) == [
        "line missing",
        "line relabeled",
        "line missing",
        "line graph top",
    ]


def test_stubs_of_a_word_share_a_line():
    arcs = [PictureArc(0, 1, "top"), PictureArc(1, 1, "A0"), PictureArc(1, 1, "A1")]
    (arc,) = read_svg(svg(Picture(["bid"], graph=arcs))).arcs
    assert len(arc.pieces) == 1
    tops = [arc.labels[label][1] for label in ("top", "↻ A0", "↻ A1")]
    assert tops == sorted(set(tops))


def test_sides():
    drawn = read_svg(svg(Picture(["a", "b"], [PictureArc(2, 1, "t")], [PictureArc(2, 1, "g")])))
    above, below = drawn.arcs
    assert above.labels["t"][3] < drawn.words[0][1][1] < drawn.words[0][1][3] < below.labels["g"][1]


def test_right_to_left():
    (_, first), (_, second) = read_svg(svg(Picture(["שלום", "עולם"]))).words
    assert first[0] > second[2]


def test_picture_of_nothing():
    assert read_svg(svg(Picture([]))).arcs == []


def test_legend_and_caption_only_where_the_picture_stands_alone():
    legend = [(Status.RIGHT, "right: in both"), (Status.RELABELED, "other label")]
    picture = Picture(["a"], title="Sentence 1", caption="UF 50.0", legend=legend)
    alone = "".join(ElementTree.fromstring(svg(picture)).itertext())
    assert "Sentence 1: UF 50.0" in alone and "right: in both" in alone and ".spigot" in alone
    within = svg(picture, standalone=False)
    assert "right: in both" not in within and "<style>" not in within
    assert "right: in both" in svg_legend(legend)
