"""The report of a comparison: a page of HTML that needs nothing from elsewhere."""

import math
from typing import Any, Dict, List, Mapping, Optional, Sequence

from bilexical.comparison.breakdown_tables import (
    band_name,
    kind_tables,
    length_tables,
    unseen_table,
)
from bilexical.comparison.cells import is_loss
from bilexical.comparison.counting import Predictions
from bilexical.comparison.diagnostics import description, diagnostics_of, name_and_data
from bilexical.comparison.html_tables import html
from bilexical.comparison.layers import LAYERS, Gold
from bilexical.comparison.pictures import change_picture, legend
from bilexical.comparison.tables import (
    change_table,
    diagnostics_table,
    difference_table,
    group_table,
    introduction,
    score_table,
    training_table,
)
from bilexical.comparison.training_summary import Histories, bands
from bilexical.drawing import (
    Bars,
    Line,
    Section,
    bar_chart,
    element,
    escape,
    figure,
    line_chart,
    page,
    svg,
    svg_legend,
)

#: For each system the values of each run, one per epoch.
Series = Dict[str, List[List[Optional[float]]]]

_NEAR = 0.05


def report(comparison: Mapping[str, Any], gold: Sequence[Gold], predictions: Predictions) -> str:
    """
    The page.

    # Parameters

    comparison : `Mapping[str, Any]`
        What `analyze` returns, with `title`, `test_data`, the histories of the runs as `training`
        (see `Histories`), by run, what went wrong with others as `failures`, and what else is to be
        said, in sentences, as `notes`.
    gold : `Sequence[Gold]`
    predictions : `Predictions`
        What was compared.
    """
    sections = [
        Section("Scores", html(score_table(comparison))),
        Section(f"Differences from {comparison['baseline']}", html(difference_table(comparison))),
    ]
    if comparison["by_length"]:
        sections.append(Section("Scores by length of sentences", _lengths(comparison)))
    if comparison["unseen"]:
        table = unseen_table(comparison)
        sections.append(Section(table.title, html(table)))
    sections.append(Section("Training", _training(comparison)))
    table = diagnostics_table(comparison)
    if table.rows:
        sections.append(Section(table.title, html(table) + _diagnostics(comparison["training"])))
    for name in comparison["changes"]:
        sections.append(Section(f"Changes of the {name}", _changes(comparison, name)))
        sections += _sentences(comparison, name, gold, predictions)
    paragraphs = (element("p", escape(text)) for text in introduction(comparison))
    return page(comparison["title"], sections, "".join(paragraphs))


def _lengths(comparison: Mapping[str, Any]) -> str:
    parts = []
    for table, lengths in zip(length_tables(comparison), comparison["by_length"].values()):
        series = [
            Bars(name, [_mean_percent(band["systems"].get(name)) for band in lengths])
            for name in comparison["systems"]
        ]
        chart = bar_chart([*map(band_name, lengths)], series, table.title, "percent", width=480)
        parts += [element("h3", escape(table.title)), html(table), figure(chart, name=table.title)]
    return "".join(parts)


def _mean_percent(entry: Optional[Mapping[str, Any]]) -> Optional[float]:
    return None if entry is None else 100 * entry["mean"]


def _training(comparison: Mapping[str, Any]) -> str:
    training = comparison["training"]
    charts = []
    dev_scores = dict.fromkeys(
        score for runs in training.values() for run in runs.values() for score in run["dev"]
    )
    for score in dev_scores:
        series = {
            name: [run["dev"].get(score, []) for run in runs.values()]
            for name, runs in training.items()
        }
        title = f"{score} on the validation data"
        charts.append(_curves(series, title, score))
        if not is_loss(score):
            charts.append(_close_up(series, title, score))
    seconds = {name: [run["seconds"] for run in runs.values()] for name, runs in training.items()}
    charts.append(_curves(seconds, "Time per epoch, with validation", "seconds"))
    if not any(charts):
        return element("p", "Nothing is known of the training: there are no metrics of epochs.")
    note = (
        "Mean over the runs of each system, and from the least to the greatest value. A close-up "
        f"leaves out what is more than {_NEAR * 100:g} points below the best mean."
    )
    return "".join([html(training_table(comparison)), element("p", note, class_="quiet"), *charts])


def _diagnostics(training: Histories) -> str:
    charts = []
    for key in diagnostics_of(training):
        series = {
            name: [run["diagnostics"].get(key, []) for run in runs.values()]
            for name, runs in training.items()
        }
        charts.append(_curves(series, "{}, {}".format(*name_and_data(key)), description(key)))
    return "".join(charts)


def _curves(series: Series, title: str, label: str, at_least: float = -math.inf) -> str:
    """Nothing if nothing was measured. Of the curves only what is not below `at_least`."""
    lines, is_empty = [], True
    for name, runs in series.items():
        shown = [
            band if band and band.mean >= at_least else (None, None, None) for band in bands(runs)
        ]
        means, lows, highs = zip(*shown) if shown else ((), (), ())
        # One without values is there nevertheless, so that a system has its color in every chart.
        lines.append(Line(name, range(1, len(shown) + 1), means, lows, highs))
        is_empty = is_empty and all(mean is None for mean in means)
    return "" if is_empty else figure(line_chart(lines, title, "epoch", label), name=title)


def _close_up(series: Series, title: str, label: str) -> str:
    """What is near the best mean: a system that fails would hide how the others differ."""
    means = [band.mean for runs in series.values() for band in bands(runs) if band]
    if not means or max(means) > 1 or min(means) > max(means) - _NEAR:
        return ""
    return _curves(series, f"{title}, close up", label, at_least=max(means) - _NEAR)


def _changes(comparison: Mapping[str, Any], name: str) -> str:
    changes = comparison["changes"][name]
    parts = [html(change_table(comparison, name))]
    groups, values = [], []
    for system, entry in changes["systems"].items():
        for run, counts in entry["runs"].items():
            several = len(comparison["systems"][system]) > 1
            groups.append(f"{system} {run}" if several else system)
            values.append([counts[key] for key in ("became_right", "became_wrong", "changed")])
    if groups:
        # In this order right and wrong have the colors that they have in the pictures of sentences.
        bars = map(Bars, ("became right", "became wrong", "changed"), zip(*values))
        title = f"{changes['decisions']} changed".capitalize()
        parts.append(figure(bar_chart(groups, list(bars), title, width=480), name=title))
    for table in (group_table(comparison, name), *kind_tables(comparison, name)):
        parts += [element("h3", escape(table.title)), html(table)]
    return "".join(parts)


def _sentences(
    comparison: Mapping[str, Any], name: str, gold: Sequence[Gold], predictions: Predictions
) -> List[Section]:
    layers = {layer.name: layer for layer in LAYERS}
    layer, end_task = layers[name], layers[comparison["layers"][-1]]
    baseline = comparison["baseline"]
    sections = []
    for system, entry in comparison["changes"][name]["systems"].items():
        figures = []
        for shown in entry["most_changed"]:
            number, run = shown["sentence"], shown["run"]
            sentence = gold[number]
            title = f"Sentence {sentence.sentence.id or number + 1}"
            if len(comparison["systems"][system]) > 1:
                title += f", seed {run}"
            before, after = predictions[baseline][run][number], predictions[system][run][number]
            picture = change_picture(sentence, before, after, layer, end_task, title)
            figures.append(
                figure(svg(picture, standalone=False), f"{picture.title}: {picture.caption}")
            )
        if figures:
            note = f"Scores are those of {baseline} → {system}."
            if name == "tree":
                note += " Words with another head are underlined."
            key = svg_legend(legend(layer, end_task, baseline, system))
            key += element("p", escape(note), class_="quiet")
            heading = f"Sentences whose {name} changed most: {system} ({len(figures)})"
            sections.append(Section(heading, key + "".join(figures)))
    return sections
