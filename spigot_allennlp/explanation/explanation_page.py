"""The page of an explained gradient."""

from typing import List, Sequence, Tuple

from spigot_allennlp.drawing import (
    Bars,
    Picture,
    PictureArc,
    Section,
    bar_chart,
    element,
    escape,
    figure,
    page,
    svg,
)
from spigot_allennlp.explanation.explained_gradient import ExplainedGradient
from spigot_allennlp.formats.sentence import Sentence

Column = Tuple[str, Sequence[float]]


def explanation_page(sentence: Sentence, word: int, explained: ExplainedGradient) -> str:
    """
    A self-contained page of HTML about the candidate heads of word number `word` of a sentence.
    """
    forms = ["ROOT", *(word.form for word in sentence.words)]
    names = [f"{head} {forms[head]}" for head in explained.heads]
    name = f"{word} {forms[word]}"

    def chart(title: str, *columns: Column) -> str:
        bars = [Bars(column, values) for column, values in columns]
        return figure(bar_chart(names, bars, title=title), name=title)

    columns: List[Column] = [
        ("score", explained.scores),
        ("decision z", explained.decision),
        ("gradient g", explained.gradient),
        ("step z - clip(ηg)", explained.stepped),
        ("its projection", explained.projected),
        ("SPIGOT", explained.surrogate),
        ("straight-through", explained.gradient),
    ]
    sections = [
        Section("The decision", _picture(sentence, word, explained)),
        Section("The parser's scores", chart("Score of each head", columns[0])),
        Section(
            "The step and its projection",
            element("p", escape(_STEP.format(explained.step_size, explained.factor)))
            + chart("The structure, moved and projected", *columns[1:2], *columns[3:5]),
        ),
        Section(
            "The gradient that the scores get",
            element("p", escape(_SURROGATE)) + chart("SPIGOT and straight-through", *columns[5:]),
        ),
        Section("In numbers", _table(names, columns)),
    ]
    title = f"The heads of {name}"
    loss = f"Sentence {sentence.id or ''}. Its loss in the end task is {explained.loss:.4g}."
    return page(title, sections, element("p", escape(loss)))


_STEP = (
    "From the decision z the structure takes a step against the gradient g of the end task's loss, "
    "with step size η = {:g}; the norm of the whole sentence's step shortens it by a factor of "
    "{:.3g}. The result is projected onto the polytope of structures."
)
_SURROGATE = (
    "A positive value lowers the score of a head. SPIGOT hands on the difference between the "
    "decision and the projection, straight-through the gradient as it is."
)


def _picture(sentence: Sentence, word: int, explained: ExplainedGradient) -> str:
    """The chosen arcs to the word."""
    forms = [word.form for word in sentence.words]
    chosen = [head for head, on in zip(explained.heads, explained.decision) if on > 0]
    arcs = [PictureArc(head, word, "") for head in chosen]
    return figure(svg(Picture(forms, tree=arcs)), name=f"The heads of word {word}")


def _table(names: Sequence[str], columns: Sequence[Column]) -> str:
    header = "".join(element("th", escape(name)) for name in ("head", *(c for c, _ in columns)))
    rows = [element("tr", header)]
    for n, name in enumerate(names):
        cells = element("th", escape(name))
        cells += "".join(element("td", f"{values[n]:.4f}") for _, values in columns)
        rows.append(element("tr", cells))
    return element("table", "".join(rows))
