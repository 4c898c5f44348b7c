"""The report of a search: tables, and a page of HTML that needs nothing from elsewhere."""

import math
from typing import TYPE_CHECKING, Dict, List, Optional, Sequence, Tuple

from bilexical.comparison.cells import NOTHING, Table
from bilexical.comparison.html_tables import html
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
)
from spigot_allennlp.commands.tune.study import (
    Tuning,
    best_trial,
    failure_of,
    optuna,
    shown_value,
    shown_values,
)

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

_STATES = {"COMPLETE": "finished", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "not finished"}


def tables(searches: "Sequence[Tuple[Tuning, Study]]") -> List[Table]:
    """The best trial of each search, and all trials of each."""
    found = [_best_table(searches)] if len(searches) > 1 else []
    for tuning, study in searches:
        found += [_trial_table(tuning, study), _importance_table(tuning, study)]
    return [table for table in found if table.rows]


def page_of(title: str, searches: "Sequence[Tuple[Tuning, Study]]", problems: Sequence[str]) -> str:
    """
    The page.

    # Parameters

    title : `str`
    searches : `Sequence[Tuple[Tuning, optuna.Study]]`
    problems : `Sequence[str]`
        Why trials could not be made.
    """
    sections = []
    if len(searches) > 1:
        table = _best_table(searches)
        sections.append(Section(table.title, html(table)))
    for tuning, study in searches:
        history = _history(tuning, study)
        importances = importances_of(study)
        if importances:
            history += html(_importance_table(tuning, study)) + _importance_chart(importances)
        table = _trial_table(tuning, study)
        sections.append(Section(table.title, history + html(table)))
    return page(title, sections, "".join(element("p", escape(text)) for text in problems))


def importances_of(study: "Study") -> Dict[str, float]:
    """
    For each parameter that all finished trials have, the share of the variance of the score that it
    explains alone (functional ANOVA, Hutter, Hoos and Leyton-Brown 2014). Empty if too few trials
    are finished, or all have the same score.
    """
    states = [optuna.trial.TrialState.COMPLETE]
    trials = study.get_trials(deepcopy=False, states=states)
    scores = {trial.value for trial in trials if trial.value is not None}
    if sum(map(math.isfinite, scores)) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return optuna.importance.get_param_importances(study, evaluator=evaluator)


def _headed(tuning: Tuning, title: str) -> str:
    return f"{title}: {tuning.name}" if tuning.name else title


def _best_table(searches: "Sequence[Tuple[Tuning, Study]]") -> Table:
    rows = []
    for tuning, study in searches:
        best = best_trial(study)
        num_trials = len(study.get_trials(deepcopy=False))
        if best is None:
            rows.append([tuning.name, str(num_trials), NOTHING, NOTHING, ""])
        else:
            row = [tuning.name, str(num_trials), f"{best.value:.4f}"]
            rows.append([*row, tuning.trial_name(best.number), shown_values(best)])
    name = searches[0][0].score_name
    note = f"{name} on the validation data, of the best trial of each search."
    return Table("Best trials", note, ["search", "trials", name, "trial", "values"], rows)


def _trial_table(tuning: Tuning, study: "Study") -> Table:
    trials = study.get_trials(deepcopy=False)
    best = best_trial(study)
    names = list(dict.fromkeys(name for trial in trials for name in trial.params))
    rows = []
    for trial in trials:
        is_best = best is not None and trial.number == best.number
        score = NOTHING if trial.value is None else f"{trial.value:.4f}"
        values = [shown_value(trial.params[x]) if x in trial.params else "" for x in names]
        seconds = trial.duration.total_seconds() if trial.duration is not None else None
        state = _STATES[trial.state.name] + (", the best" if is_best else "")
        if trial.state.name == "FAIL":
            state += f": {failure_of(trial)}"
        rows.append(
            [tuning.trial_name(trial.number), score, *values, str(_num_epochs(trial))]
            + [NOTHING if seconds is None else f"{seconds:.0f}", state]
        )
    note = (
        f"{tuning.score_name} on the validation data, "
        f"{'lower' if tuning.direction == 'minimize' else 'higher'} is better."
    )
    header = ["trial", tuning.score_name, *names, "epochs", "seconds", "state"]
    return Table(_headed(tuning, "Trials"), note, header, rows)


def _num_epochs(trial: "FrozenTrial") -> int:
    return max(trial.intermediate_values, default=-1) + 1


def _importance_table(tuning: Tuning, study: "Study") -> Table:
    rows = [[name, f"{value:.2f}"] for name, value in importances_of(study).items()]
    note = (
        "The share of the variance of the score that a parameter explains alone, by a model of "
        "the finished trials (functional ANOVA). With few trials it says little, and it says "
        "nothing of parameters that some of them do not have."
    )
    return Table(_headed(tuning, "Importance"), note, ["parameter", "importance"], rows)


def _importance_chart(importances: Dict[str, float]) -> str:
    bars = [Bars("importance", list(importances.values()))]
    return figure(bar_chart(list(importances), bars, "Importance"), name="Importance")


def _history(tuning: Tuning, study: "Study") -> str:
    """The score of each finished trial, and the best one up to each."""
    trials = study.get_trials(deepcopy=False)
    scores = [trial.value if trial.state.name == "COMPLETE" else None for trial in trials]
    best: List[Optional[float]] = []
    better = min if tuning.direction == "minimize" else max
    for score in scores:
        known = [x for x in [*best[-1:], score] if x is not None]
        best.append(better(known) if known else None)
    if not any(score is not None for score in scores):
        return element("p", "No trial was trained to its end.")
    numbers = range(len(trials))
    lines = [Line("best so far", numbers, best), Line("trial", numbers, scores)]
    title = f"{tuning.score_name} on the validation data"
    return figure(line_chart(lines, title, "trial", tuning.score_name), name=title)
