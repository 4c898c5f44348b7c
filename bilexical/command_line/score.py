"""`spigot score`: the scores of predicted graphs and trees."""

import argparse
import json
from typing import Any, Dict

from bilexical.formats.corpus_files import TREE_FORMATS, detect_format, read_sentences
from bilexical.formats.errors import STANDARD_STREAM
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from bilexical.formats.text import write_text
from bilexical.scoring.sdp_frames import CORE_LABELS
from bilexical.scoring.sdp_report import evaluate_graphs, sdp_report
from bilexical.scoring.tree_evaluation import evaluate_trees
from bilexical.scoring.tree_report import tree_report

HELP = "score graphs as the official SDP scorer does, and trees by UAS and LAS"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `run`."""
    parser.epilog = (
        "Where there is nothing to divide by (no arc predicted, no arc to be found), the score is "
        "0.000000; the official scorer prints NaN there."
    )
    parser.add_argument(
        "gold",
        help="the gold standard: SDP of 2014 or 2015, or with trees in it, for the scores of "
        "graphs; CoNLL-U, CoNLL-X or CoNLL-2009 for those of trees; - for standard input",
    )
    parser.add_argument(
        "system", help="the output to score, with the same sentences; - for standard input"
    )
    parser.add_argument(
        "--representation",
        type=str.upper,
        choices=list(CORE_LABELS),
        help="of the graphs: says which arguments complete predications and semantic frames are "
        "made of (default: all of them, as with DM)",
    )
    parser.add_argument(
        "--exclude-punctuation",
        action="store_true",
        help="leave the arcs of punctuation out of the scores of graphs; trees are always scored "
        "with it and without it",
    )
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="(default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """
    Writes the scores to standard output, and returns the exit status 0.

    Raises `FormatError` for files that do not follow their formats, and `ValueError` for files that
    are not to be compared.
    """
    if arguments.gold == arguments.system == STANDARD_STREAM:
        raise ValueError("only one of the two files can be standard input.")
    formats = [detect_format(path) for path in (arguments.gold, arguments.system)]
    if all(file_format in SDP_LAYOUTS for file_format in formats):
        text = _score_graphs(arguments, *formats)
    elif all(file_format in TREE_FORMATS for file_format in formats):
        text = _score_trees(arguments, *formats)
    else:
        raise ValueError(
            f"{arguments.gold} is {formats[0]} and {arguments.system} is {formats[1]}. Give graphs "
            f"(two of {', '.join(SDP_LAYOUTS)}) or trees (two of {', '.join(TREE_FORMATS)}); "
            "`spigot convert` makes the one from the other."
        )
    write_text(STANDARD_STREAM, [text])
    return 0


def _score_graphs(arguments: argparse.Namespace, gold_format: str, system_format: str) -> str:
    gold = read_sentences(arguments.gold, gold_format)
    system = read_sentences(arguments.system, system_format)
    options = {
        "representation": arguments.representation,
        "exclude_punctuation": arguments.exclude_punctuation,
    }
    if arguments.format == "text":
        return sdp_report(gold, system, arguments.gold, arguments.system, **options)
    including, excluding = evaluate_graphs(gold, system, **options)
    figures = {"including_tops": including.to_json(), "excluding_tops": excluding.to_json()}
    return _json(arguments, {**options, **figures})


def _score_trees(arguments: argparse.Namespace, gold_format: str, system_format: str) -> str:
    if arguments.representation or arguments.exclude_punctuation:
        raise ValueError("--representation and --exclude-punctuation are for graphs, not trees.")
    gold = read_sentences(arguments.gold, gold_format)
    system = read_sentences(arguments.system, system_format)
    evaluation = evaluate_trees(gold, system)
    if arguments.format == "text":
        return tree_report(evaluation, arguments.gold, arguments.system)
    return _json(arguments, evaluation.to_json())


def _json(arguments: argparse.Namespace, figures: Dict[str, Any]) -> str:
    output = {"gold": arguments.gold, "system": arguments.system, **figures}
    return json.dumps(output, ensure_ascii=False, indent=2) + "\n"
