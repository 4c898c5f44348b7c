"""The tables of a comparison, for Markdown and for the HTML report."""

import statistics
from typing import Any, List, Mapping, Optional, Sequence

from bilexical.comparison.breakdown_tables import kind_tables, length_tables, unseen_table
from bilexical.comparison.cells import (
    NOTHING,
    Table,
    count,
    has_several_runs,
    is_loss,
    percentages,
)
from bilexical.comparison.diagnostics import diagnostics_of, in_kept_epoch, name_and_data
from bilexical.comparison.training_summary import mean_and_deviation, summary

_CHANGES = ("changed", "became_right", "became_wrong")


def all_tables(comparison: Mapping[str, Any]) -> List[Table]:
    """
    # Parameters

    comparison : `Mapping[str, Any]`
        What `analyze` returns, with the histories of the runs as `training` (see `Histories`).
    """
    tables = [score_table(comparison), difference_table(comparison)]
    tables += [*length_tables(comparison), unseen_table(comparison)]
    for layer in comparison["changes"]:
        tables += [change_table(comparison, layer), group_table(comparison, layer)]
        tables += kind_tables(comparison, layer)
    tables += [training_table(comparison), diagnostics_table(comparison)]
    return [table for table in tables if table.rows]


def introduction(comparison: Mapping[str, Any]) -> List[str]:
    """
    What is said before the tables, a paragraph each: the test data, the runs that failed, and what
    else is in `notes`.
    """
    failures = comparison["failures"].items()
    return [
        f"Test data: {comparison['test_data']}",
        *(f"{run} failed: {why}" for run, why in failures),
        *comparison["notes"],
    ]


def score_table(comparison: Mapping[str, Any]) -> Table:
    """A row for each system, a column for each score."""
    scores = comparison["scores"]
    rows = [
        [name, str(len(runs)), *(percentages(scores[score].get(name)) for score in scores)]
        for name, runs in comparison["systems"].items()
    ]
    note = f"Percent on {comparison['sentences']} test sentences"
    note += ", mean and standard deviation over runs." if has_several_runs(comparison) else "."
    return Table("Scores", note, ["system", "runs", *scores], rows)


def difference_table(comparison: Mapping[str, Any]) -> Table:
    """A row for each score of each system but the baseline."""
    baseline, several = comparison["baseline"], has_several_runs(comparison)
    rows = []
    for score, systems in comparison["scores"].items():
        for name, entry in systems.items():
            if "p_value" not in entry:
                continue
            row = [score, name, _signed(entry["difference"])]
            row += [f"{_signed(entry['low'])} to {_signed(entry['high'])}"]
            row += [_p_value(entry["p_value"])]
            if several:
                paired = [run for run in entry["runs"] if run in systems[baseline]["runs"]]
                row.append(f"{len(entry['better_in'])} of {len(paired)}")
            rows.append(row)
    header = ["score", "system", "difference", "95 % interval", "p"]
    header += ["better in"] if several else []
    note = (
        f"In points. Paired bootstrap with {comparison['bootstrap']['resamples']:,} samples of the "
        "test sentences, drawn with replacement; the scores of a sample are computed anew from the "
        "counts of its sentences. p is two-sided."
    )
    if several:
        note += (
            " Seeds are pooled by comparing, on each sample, the mean of the scores over the runs "
            "of both systems. So the interval and p say what other test sentences would change, "
            "not what other seeds would: that shows in the standard deviations, and in the last "
            "column, the runs that are better than the baseline's with the same seed."
        )
    return Table(f"Differences from {baseline}", note, header, rows)


def change_table(comparison: Mapping[str, Any], layer: str) -> Table:
    """A row for each run of each system but the baseline, and one for their mean."""
    changes, several = comparison["changes"][layer], has_several_runs(comparison)
    rows = []
    for name, system in changes["systems"].items():
        runs = system["runs"]
        for run, counts in runs.items():
            numbers = [count(counts[key]) for key in ("decisions", *_CHANGES)]
            rows.append([name, *([run] if several else []), *numbers])
        if len(runs) > 1:
            means = [_mean([counts[key] for counts in runs.values()]) for key in _CHANGES]
            rows.append([name, "mean", "", *means])
    what = changes["decisions"]
    note = f"What is decided otherwise than by {comparison['baseline']}"
    note += " with the same seed." if several else "."
    if all(NOTHING in row for row in rows):
        note += " There are no gold structures to say what is right."
    elif layer == "tree":
        note += " A head that is wrong before and after became neither right nor wrong."
    if layer == "graph":
        note += " An arc that appears is a change, and so is one that disappears."
    header = ["system", *(["seed"] if several else []), what]
    header += [f"{what} changed", "became right", "became wrong"]
    return Table(f"Changes of the {layer}", note, header, rows)


def group_table(comparison: Mapping[str, Any], layer: str) -> Table:
    """As Table 3 of Peng et al. (2018): four rows for each system, means over its runs."""
    changes, baseline = comparison["changes"][layer], comparison["baseline"]
    scores = list(dict.fromkeys([changes["score"], comparison["end_task_score"]]))
    rows = []
    for name, system in changes["systems"].items():
        for key in ("same", "different"):
            groups = [run[key] for run in system["runs"].values()]
            if not groups:
                continue
            sentences = _mean([group["sentences"] for group in groups])
            for who, title in (("baseline", baseline), ("system", name)):
                values = [_percent([group[who].get(score) for group in groups]) for score in scores]
                rows.append([name, key, sentences, title, *values])
    note = f"Test sentences for which a system and {baseline} have the same {layer}, and those for"
    note += " which they differ"
    note += "; means over runs." if has_several_runs(comparison) else "."
    header = ["compared", layer, "sentences", "system", *scores]
    return Table(f"Where the {layer} is the same and where it differs", note, header, rows)


def training_table(comparison: Mapping[str, Any]) -> Table:
    """A row for each system whose training is known."""
    training = comparison["training"]
    best = dict.fromkeys(
        score for runs in training.values() for run in runs.values() for score in run["best"]
    )
    rows = []
    for name, runs in training.items():
        means = summary(runs)
        if means["epochs"]:
            chosen = [
                _scores_of(score, [run["best"].get(score) for run in runs.values()])
                for score in best
            ]
            rows.append(
                [
                    name,
                    *chosen,
                    _number(means["epochs"], "{:.1f}"),
                    _number(means["seconds"], "{:.1f}"),
                ]
            )
    note = (
        "The scores are percent on the validation data, but for losses, in the epoch that was "
        "kept; the rest are means over the epochs of all runs. The seconds of an epoch include "
        "validation, and depend on what else the machine did."
    )
    return Table("Training", note, ["system", *best, "epochs", "seconds per epoch"], rows)


def diagnostics_table(comparison: Mapping[str, Any]) -> Table:
    """A column for each system, a row for each of the diagnostics that some run has."""
    training = comparison["training"]
    rows = []
    for key in diagnostics_of(training):
        cells = [[in_kept_epoch(run, key) for run in runs.values()] for runs in training.values()]
        rows.append([*name_and_data(key), *map(_mean_and_deviation, cells)])
    if rows:
        epochs = [[run["best_epoch"] for run in runs.values()] for runs in training.values()]
        rows.insert(0, ["epoch that was kept", "", *map(_epochs, epochs)])
    note = (
        "What the end task does to the intermediate parser, in the epoch that was kept, counted "
        "from 1: means over the sentences of the end task"
    )
    if has_several_runs(comparison):
        note += ", and of these the mean and standard deviation over runs"
    note += ". The page Hold the parser of the documentation says what each is."
    return Table("Diagnostics", note, ["metric", "sentences", *training], rows)


def _scores_of(name: str, values: Sequence[Optional[float]]) -> str:
    if is_loss(name):
        return _mean_and_deviation(values)
    known = [value for value in values if value is not None]
    return percentages(mean_and_deviation(known) if known else None)


def _signed(value: float) -> str:
    return f"{100 * value:+.2f}"


def _p_value(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _mean(values: Sequence[Optional[int]]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return NOTHING
    return f"{statistics.mean(known):.1f}" if len(known) > 1 else str(known[0])


def _percent(values: Sequence[Optional[float]]) -> str:
    known = [value for value in values if value is not None]
    return f"{100 * statistics.mean(known):.1f}" if known else NOTHING


def _mean_and_deviation(values: Sequence[Optional[float]]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return NOTHING
    entry = mean_and_deviation(known)
    mean = f"{entry['mean']:.3g}"
    return mean if entry["sd"] is None else f"{mean} ± {entry['sd']:.2g}"


def _epochs(numbers: Sequence[Optional[int]]) -> str:
    return ", ".join(NOTHING if number is None else str(number + 1) for number in numbers)


def _number(value: Optional[float], form: str) -> str:
    return NOTHING if value is None else form.format(value)
