"""The scores of a corpus of dependency trees as a report in the manner of the SDP scorer's."""

from typing import List, Optional, Sequence

from bilexical.scoring.tables import own_arguments, six_digits, table
from bilexical.scoring.tree_evaluation import TreeEvaluation
from bilexical.scoring.ud_evaluation import UdEvaluation, f1


def tree_report(
    evaluation: TreeEvaluation,
    gold_name: str,
    system_name: str,
    ud: Optional[UdEvaluation] = None,
    notes: Sequence[str] = (),
) -> str:
    """
    # Parameters

    evaluation : `TreeEvaluation`
    gold_name, system_name : `str`
        The names of the two files, for the head of the report.
    ud : `Optional[UdEvaluation]`
        For a section with its scores.
    notes : `Sequence[str]`, optional (default = `()`)
        Further lines of the head.
    """
    lines = ["# Evaluation", ""]
    lines += [f"Gold standard file: {gold_name}", f"System output file: {system_name}", ""]
    lines += [*notes, ""] if notes else []
    lines += [f"Number of sentences: {evaluation.sentences}", ""]
    lines += ["## Scores including punctuation", ""]
    lines += [f"Number of words: {evaluation.all_words.words}", ""]
    lines += _scores(evaluation, ["UAS", "LAS"])
    lines += ["", "## Scores excluding punctuation", ""]
    if evaluation.has_tags:
        lines += [f"Number of words: {evaluation.without_punctuation.words}", ""]
        lines += _scores(evaluation, ["UAS", "LAS"], "_without_punctuation")
    else:
        lines += ["No word has a tag, so it is unknown which words are punctuation."]
    lines += ["", "## Exact match", "", *_scores(evaluation, ["UEM", "LEM"])]
    if evaluation.has_labels:
        lines += ["", "## Breakdown by relation", ""]
        lines += table("Relation", "words", evaluation.relations)
    if ud is not None:
        lines += ["", "## Scores of the evaluation of Universal Dependencies", "", *_ud_lines(ud)]
    return "\n".join(lines) + "\n"


def _ud_lines(ud: UdEvaluation) -> List[str]:
    lines = ["Relations are compared without their subtypes, but for ELAS.", ""]
    lines += ["Metric     | Precision |    Recall |  F1 Score", "+".join(["-" * 11] * 4)]
    for name, matches in ud.counts.items():
        values = (matches.precision, matches.recall, f1(matches))
        lines.append(f"{name:11}|" + " |".join(f"{100 * value:10.2f}" for value in values))
    if ud.why_no_graphs:
        lines += ["", f"ELAS and EULAS are not scored: {ud.why_no_graphs}"]
    if ud.without_graph:
        lines += [
            "",
            f"Partial: {ud.without_graph} sentences without DEPS are left out of ELAS.",
        ]
    if ud.gold_loops or ud.system_loops:
        lines += ["", own_arguments(ud.gold_loops, ud.system_loops)]
    return lines


def _scores(evaluation: TreeEvaluation, names: List[str], ending: str = "") -> List[str]:
    scores = evaluation.scores()
    return [
        f"{name}: {six_digits(scores[name + ending])}" for name in names if name + ending in scores
    ]
