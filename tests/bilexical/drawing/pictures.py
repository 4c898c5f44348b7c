"""Random pictures for the property tests, and one of a long sentence."""

import random

from hypothesis import strategies as st

from bilexical.drawing.picture import Picture, PictureArc, Status
from tests.bilexical.formats.strategies import trees

WORDS = [
    "a",
    ",",
    "Dogs",
    "<b>",
    "&",
    "Donaudampfschiff",
    "庭師",
    "鳥",
    "שלום",
    "نهر",
    "e\u0301",
    "🙂",
]
words = st.sampled_from(WORDS) | st.text("ab<&\"'", max_size=3)
statuses = st.sampled_from(list(Status))


@st.composite
def pictures(draw, max_words=8):
    """Labels start with a number of their own, by which an arc can be told in the drawing."""
    heads = draw(trees(max_words))
    numbers = range(1, len(heads) + 1)
    tree = [(head, modifier) for modifier, head in enumerate(heads, 1)]
    ends = st.tuples(st.integers(0, len(heads)), st.sampled_from(numbers))
    graph = draw(st.lists(ends, max_size=2 * len(heads)))
    label = st.text("xW<&\"'", max_size=8)
    arcs = [
        PictureArc(head, modifier, f"{n}{draw(label)}", draw(statuses))
        for n, (head, modifier) in enumerate([*tree, *graph], 100)
    ]
    return Picture(
        draw(st.lists(words, min_size=len(heads), max_size=len(heads))),
        arcs[: len(tree)] if draw(st.booleans()) else None,
        arcs[len(tree) :],
        title="A <title>",
    )


def long_picture(num_words=60, num_arcs=90):
    """A sentence with many arcs, as long as they get."""
    source = random.Random(1)
    numbers = range(1, num_words + 1)
    tree = [PictureArc(max(0, n - source.randint(1, 12)), n, f"{n}dep") for n in numbers]
    graph = [
        PictureArc(source.choice(numbers), source.choice(numbers), f"{n}ARG")
        for n in range(100, 100 + num_arcs)
    ]
    return Picture([source.choice(WORDS[:6]) for _ in numbers], tree, graph)
