from hypothesis import given

from bilexical.drawing.picture import Picture, PictureArc, Status
from bilexical.drawing.terminal import drawing_width, legend_lines, terminal_drawing
from bilexical.drawing.text import columns, is_right_to_left
from tests.bilexical.drawing.pictures import long_picture, pictures

LINES = "─┄┼"


def cells_of(lines):
    """The characters by row and column; those of no width are left out."""
    cells = {}
    for row, line in enumerate(lines):
        column = 0
        for character in line:
            if columns(character):
                cells[row, column] = character
            column += columns(character)
    return cells


def read_arcs(cells, words_row, direction):
    """`(left column, right column, column of the tip, label)` of arcs between words."""
    left_corner, right_corner, tip = "┌┐▼" if direction == -1 else "└┘▲"
    arcs = []
    for (row, left), character in sorted(cells.items()):
        if character != left_corner:
            continue
        label, right = "", left + 1
        while cells[row, right] != right_corner:
            label += "" if cells[row, right] in LINES else cells[row, right]
            right += 1
        for column in (left, right):
            for between in range(min(row, words_row) + 1, max(row, words_row)):
                at_words = between == words_row + direction
                assert cells[between, column] in ("│┆" + tip if at_words else "│┆┼")
        tips = [x for x in (left, right) if cells[words_row + direction, x] == tip]
        assert len(tips) == 1
        arcs.append((left, right, tips[0], label))
    return arcs


def with_short_labels(picture):
    """Labels and words that cannot be taken for lines."""
    arcs = [
        None if side is None else [arc._replace(label=arc.label[:3]) for arc in side]
        for side in (picture.tree, picture.graph)
    ]
    return Picture([word or "x" for word in picture.words], *arcs)


def check_arcs(picture):
    lines = terminal_drawing(picture)
    cells = cells_of(lines)
    words_row = max((row + 1 for row, line in enumerate(lines) if "▼" in line), default=0)
    step = -1 if is_right_to_left(picture.words) else 1
    shown = lines[words_row].replace("\u200e", "").split()
    assert shown == picture.words[::step]
    for arcs, direction in ((picture.tree, -1), (picture.graph, 1)):
        expected = {arc.label: arc for arc in arcs or () if arc.head not in (0, arc.modifier)}
        found = read_arcs(cells, words_row, direction)
        assert sorted(label.lstrip("+-") for *_, label in found) == sorted(expected)
        ports = {number: [] for number in range(1, len(picture.words) + 1)}
        for left, right, tip, label in found:
            arc = expected[label.lstrip("+-")]
            ports[arc.modifier].append(tip)
            ports[arc.head].append(left + right - tip)
            sign = {Status.SPURIOUS: "+", Status.MISSING: "-"}.get(arc.status, "")
            assert label == sign + arc.label
        ordered = [x for number in sorted(ports)[::step] for x in sorted(ports[number])]
        assert ordered == sorted(ordered)


@given(pictures())
def test_arcs_can_be_read_back(picture):
    check_arcs(with_short_labels(picture))


def test_arcs_of_a_long_sentence_can_be_read_back():
    check_arcs(with_short_labels(long_picture()))


def test_drawing():
    tree = [PictureArc(2, 1, "nsubj"), PictureArc(0, 2, "root")]
    graph = [PictureArc(2, 1, "ARG1"), PictureArc(0, 2, "top")]
    assert terminal_drawing(Picture(["Dogs", "bark"], tree, graph)) == [
        "          root",
        "  ┌─nsubj─┐ │",
        "  ▼       │ ▼",
        "Dogs     bark",
        "  ▲       │ ▲",
        "  └─ARG1──┘ ┊",
        "           top",
    ]


def test_missing_arcs_are_dashed():
    picture = Picture(["a", "b"], [PictureArc(2, 1, "x", Status.MISSING)])
    assert terminal_drawing(picture) == ["┌┄-x┄┐", "▼    ┆", "a    b"]


def test_wide_and_combining_characters():
    picture = Picture(["庭師", "e\u0301"], [PictureArc(2, 1, "x")])
    lines = terminal_drawing(picture)
    assert lines[-1].startswith("庭師") and lines[-1].endswith("e\u0301")
    assert drawing_width(lines) == max(map(columns, lines))


def test_right_to_left_words_stand_between_marks_from_right_to_left():
    line = terminal_drawing(Picture(["שלום", "עולם"]))[-1]
    assert line == "\u200eעולם\u200e  \u200eשלום\u200e"


def test_no_control_character_reaches_the_terminal():
    lines = terminal_drawing(Picture(["\x1b[31m", "\u202ea"], [PictureArc(2, 1, "\x07")]))
    assert not {"\x1b", "\x07", "\u202e"} & set("".join(lines))


def test_legend():
    lines = legend_lines([(Status.RIGHT, "in both"), (Status.MISSING, "only there")])
    assert [line.split() for line in lines] == [["in", "both"], ["-", "only", "there"]]
