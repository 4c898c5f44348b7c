"""The scores of a corpus of dependency trees as a report in the manner of the SDP scorer's."""

from typing import List

from bilexical.scoring.tables import six_digits, table
from bilexical.scoring.tree_evaluation import TreeEvaluation


def tree_report(evaluation: TreeEvaluation, gold_name: str, system_name: str) -> str:
    """
    # Parameters

    evaluation : `TreeEvaluation`
    gold_name, system_name : `str`
        The names of the two files, for the head of the report.
    """
    lines = ["# Evaluation", ""]
    lines += [f"Gold standard file: {gold_name}", f"System output file: {system_name}", ""]
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
    return "\n".join(lines) + "\n"


def _scores(evaluation: TreeEvaluation, names: List[str], ending: str = "") -> List[str]:
    scores = evaluation.scores()
    return [
        f"{name}: {six_digits(scores[name + ending])}" for name in names if name + ending in scores
    ]
