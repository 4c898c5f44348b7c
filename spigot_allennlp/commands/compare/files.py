"""The files that a comparison leaves behind."""

import json
import sys
from pathlib import Path
from typing import Any, Dict, Mapping, Sequence

from bilexical.comparison.analysis import analyze
from bilexical.comparison.cells import markdown
from bilexical.comparison.counting import Predictions
from bilexical.comparison.layers import Gold
from bilexical.comparison.report import report
from bilexical.comparison.tables import all_tables, introduction
from bilexical.comparison.training_summary import Histories
from bilexical.drawing.markup import escape_markdown
from spigot_allennlp.commands.compare.training_words import training_forms


def write_comparison(
    folder: Path,
    title: str,
    test_data: str,
    gold: Sequence[Gold],
    predictions: Predictions,
    baseline: str,
    training: Histories,
    failures: Mapping[str, str],
    configs: Sequence[Dict[str, Any]],
) -> None:
    """
    Analyzes predictions, writes the files, and prints the tables and where the files are.

    # Parameters

    folder : `Path`
    title, test_data : `str`
    gold : `Sequence[Gold]`
    predictions : `Predictions`
    baseline : `str`
    training : `Histories`
        The histories of the runs.
    failures : `Mapping[str, str]`
        What went wrong with other runs.
    configs : `Sequence[Dict[str, Any]]`
        Those that the systems were trained with, whose training data are read.
    """
    forms, problem = training_forms(configs)
    comparison = {
        "title": title,
        "test_data": test_data,
        **analyze(gold, predictions, baseline, training_forms=forms),
        "training": training,
        "failures": failures,
        "notes": [problem] if problem else [],
    }
    sys.stdout.write(write_files(folder, comparison, gold, predictions))
    sys.stdout.write(f"\nWritten to {folder / 'comparison'}.json, .md and .html\n")


def write_files(
    folder: Path, comparison: Mapping[str, Any], gold: Sequence[Gold], predictions: Predictions
) -> str:
    """
    Writes `comparison.json`, `comparison.md` and `comparison.html`, and returns the Markdown.

    # Parameters

    folder : `Path`
    comparison : `Mapping[str, Any]`
        See `report`.
    gold : `Sequence[Gold]`
    predictions : `Predictions`
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "comparison.json").write_text(
        json.dumps(comparison, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    paragraphs = [f"# {escape_markdown(comparison['title'])}\n"]
    paragraphs += [f"{escape_markdown(text)}\n" for text in introduction(comparison)]
    text = "\n".join([*paragraphs, *map(markdown, all_tables(comparison))])
    (folder / "comparison.md").write_text(text, encoding="utf-8")
    (folder / "comparison.html").write_text(report(comparison, gold, predictions), encoding="utf-8")
    return text
