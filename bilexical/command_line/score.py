"""`spigot score`: the scores of predicted graphs and trees."""

import argparse
import json
from typing import Any, Dict, Iterable, Optional, Tuple

from bilexical.formats.alignment import align
from bilexical.formats.corpus_files import TREE_FORMATS, detect_format, read_sentences
from bilexical.formats.errors import STANDARD_STREAM, shown_path
from bilexical.formats.sdp_layouts import SDP_LAYOUTS
from bilexical.formats.sentence import Sentence
from bilexical.formats.text import write_text
from bilexical.scoring.partial import Common, common_sentences
from bilexical.scoring.sdp_frames import CORE_LABELS
from bilexical.scoring.sdp_report import evaluate_graphs, sdp_report
from bilexical.scoring.tree_evaluation import TreeEvaluation
from bilexical.scoring.tree_report import tree_report
from bilexical.scoring.ud_evaluation import UdEvaluation

HELP = "score graphs as the official SDP scorer does, and trees by UAS and LAS"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the arguments of `run`."""
    parser.epilog = (
        "Where there is nothing to divide by (no arc predicted, no arc to be found), the score is "
        "0.000000; the official scorer prints NaN there. Sentences belong together by their words, "
        "whatever their ids are. The LAS of trees compares relations with their subtypes "
        "(acl:relcl); that of Universal Dependencies, without them, is printed by --ud. Semantic "
        "frames are not scored where the system predicts no senses."
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
        "--ud",
        action="store_true",
        help="print the scores of the evaluation of Universal Dependencies, too: UAS, LAS and CLAS "
        "of trees, with relations cut at the colon, and, of the enhanced graphs of CoNLL-U (DEPS), "
        "ELAS and EULAS",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="score the sentences that both files have, in any order, and say what is missing",
    )
    parser.add_argument(
        "--score-copied",
        action="store_true",
        help="score senses, enhanced graphs or trees of the output also where all of them are the "
        "gold standard's while the rest is not, as if they were copied from it",
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
            f"{shown_path(arguments.gold)} is {formats[0]} and {shown_path(arguments.system)} is "
            f"{formats[1]}. Give graphs (two of {', '.join(SDP_LAYOUTS)}) or trees (two of "
            f"{', '.join(TREE_FORMATS)}); `spigot convert` makes the one from the other."
        )
    write_text(STANDARD_STREAM, [text])
    return 0


def _score_graphs(arguments: argparse.Namespace, gold_format: str, system_format: str) -> str:
    if arguments.ud:
        raise ValueError("--ud is for trees, not graphs.")
    gold, system, common = _sentences(arguments, (gold_format, system_format))
    options = {
        "representation": arguments.representation,
        "exclude_punctuation": arguments.exclude_punctuation,
    }
    score_copied = arguments.score_copied
    names = (arguments.gold, arguments.system)
    if arguments.format == "text":
        notes = common.notes() if common else []
        return sdp_report(gold, system, *names, **options, score_copied=score_copied, notes=notes)
    including, excluding = evaluate_graphs(
        gold, system, **options, score_copied=score_copied, names=names
    )
    figures = {"including_tops": including.to_json(), "excluding_tops": excluding.to_json()}
    return _json(arguments, {**options, **figures}, common)


def _score_trees(arguments: argparse.Namespace, gold_format: str, system_format: str) -> str:
    if arguments.representation or arguments.exclude_punctuation:
        raise ValueError("--representation and --exclude-punctuation are for graphs, not trees.")
    formats = (gold_format, system_format)
    names = (arguments.gold, arguments.system)
    gold, system, common = _sentences(arguments, formats)
    is_conllu = formats == ("conllu", "conllu")
    evaluation = TreeEvaluation(is_conllu, arguments.score_copied)
    ud = None
    if arguments.ud:
        ud = UdEvaluation(is_conllu, arguments.partial, arguments.score_copied)
    for annotated, predicted in align(gold, system, names):
        evaluation.add(annotated, predicted)
        if ud is not None:
            ud.add(annotated, predicted, names)
    if arguments.format == "text":
        notes = common.notes() if common else []
        return tree_report(evaluation, *names, ud, notes)
    figures = evaluation.to_json()
    if ud is not None:
        figures["ud"] = ud.to_json(trees=not evaluation.why_not_scored)
    return _json(arguments, figures, common)


def _sentences(
    arguments: argparse.Namespace, formats: Tuple[str, str]
) -> Tuple[Iterable[Sentence], Iterable[Sentence], Optional[Common]]:
    """The sentences of both files, one at a time, or with `--partial` those that can be scored."""
    gold = read_sentences(arguments.gold, formats[0])
    system = read_sentences(arguments.system, formats[1])
    if not arguments.partial:
        return gold, system, None
    common = common_sentences(gold, system, need_trees=formats[0] in TREE_FORMATS)
    return [pair[0] for pair in common.pairs], [pair[1] for pair in common.pairs], common


def _json(arguments: argparse.Namespace, figures: Dict[str, Any], common: Optional[Common]) -> str:
    output = {"gold": arguments.gold, "system": arguments.system, **figures}
    if common is not None:
        output["partial"] = common.to_json()
    return json.dumps(output, ensure_ascii=False, indent=2) + "\n"
