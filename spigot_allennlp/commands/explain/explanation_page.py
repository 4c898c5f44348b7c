"""The page of an explained gradient."""

from typing import List, Sequence, Tuple

from bilexical.drawing import (
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
from bilexical.formats.sentence import Sentence
from spigot_allennlp.commands.explain.explained_gradient import ExplainedGradient

Column = Tuple[str, Sequence[float]]


def explanation_page(sentence: Sentence, word: int, explained: ExplainedGradient) -> str:
    """
    A self-contained page of HTML about the candidate heads of word number `word` of a sentence.
    """
    forms = ["ROOT", *(node.form for node in sentence.words)]
    names = [f"{head} {forms[head]}" for head in explained.heads]

    def chart(title: str, *columns: Column) -> str:
        bars = [Bars(column, values) for column, values in columns]
        return figure(bar_chart(names, bars, title=title, width=_WIDTH), name=title)

    columns: List[Column] = [
        ("score", explained.scores),
        ("decision z", explained.decision),
        ("gradient g", explained.gradient),
        ("of the scores", explained.surrogate),
        ("z less that", explained.target),
    ]
    moved, step = columns[1::3], explained.step
    text = _TARGET
    if step is not None:
        columns.insert(3, ("step z − clip(ηg)", step.stepped))
        moved = [columns[1], columns[3], ("its projection", explained.target)]
        shortened = _CLIPPED.format(step.factor) if step.factor < 1 else ""
        text = _STEP.format(step.step_size, shortened)
    sections = [
        Section("The decision", _picture(sentence, word, explained)),
        Section("The parser's scores", chart("Score of each head", columns[0])),
        Section(
            "Where the scores are sent",
            element("p", escape(text)) + chart("The structure before and after", *moved),
        ),
        Section(
            "The gradient that the scores get",
            element("p", escape(_SURROGATE))
            + chart("From this estimator", ("of the scores", explained.surrogate))
            + chart("Straight-through: the gradient g as it is", columns[2]),
        ),
        Section("In numbers", _table(names, columns)),
    ]
    title = f"The heads of word {word}, {forms[word]}"
    loss = f"Sentence {sentence.id or ''}. Its loss in the end task is {explained.loss:.4g}."
    return page(title, sections, element("p", escape(loss)))


#: Of all charts, so that their bars are below each other.
_WIDTH = 900
_TARGET = (
    "The decision z less the gradient that the scores get is what the scores are moved toward."
)
_STEP = (
    "From the decision z the structure takes a step against the gradient g of the end task's loss, "
    "with step size η = {:g}{}. The result is projected onto the polytope of structures."
)
_CLIPPED = (
    "; the step of the whole sentence is longer than the estimator's max_norm and is shortened to "
    "{:.3g} of its length"
)
_SURROGATE = (
    "A positive value lowers the score of a head, a negative one raises it. The two charts have "
    "scales of their own."
)


def _picture(sentence: Sentence, word: int, explained: ExplainedGradient) -> str:
    """The chosen arcs to the word."""
    forms = [node.form for node in sentence.words]
    chosen = [head for head, on in zip(explained.heads, explained.decision) if on > 0.5]
    arcs = [PictureArc(head, word, "") for head in chosen]
    return figure(svg(Picture(forms, tree=arcs)), name=f"The heads of word {word}")


def _table(names: Sequence[str], columns: Sequence[Column]) -> str:
    header = element("th", "head")
    header += "".join(element("th", escape(name), class_="number") for name, _ in columns)
    rows = [element("tr", header)]
    for n, name in enumerate(names):
        cells = element("th", escape(name))
        cells += "".join(element("td", _number(x[n]), class_="number") for _, x in columns)
        rows.append(element("tr", cells))
    return element("div", element("table", "".join(rows)), class_="wide", tabindex="0")


def _number(value: float) -> str:
    text = f"{value:.4f}"
    # No zero has a sign.
    return text.lstrip("-") if float(text) == 0 else text
