"""
The report of the official SDP scorer.

It is that of `Scorer` of the SDP toolkit
(<https://github.com/semantic-dependency-parsing/toolkit>) to the last byte, but for 0/0: there the
scorer prints NaN, and this report 0.000000.
"""

from typing import Iterable, List, Optional, Sequence, Tuple

from bilexical.formats.alignment import GOLD_AND_SYSTEM, align
from bilexical.formats.sentence import Sentence
from bilexical.scoring.matches import Matches, ratio
from bilexical.scoring.sdp_evaluation import SdpEvaluation
from bilexical.scoring.tables import figures, own_arguments, six_digits, table


def evaluate_graphs(
    gold: Iterable[Sentence],
    system: Iterable[Sentence],
    representation: Optional[str] = None,
    exclude_punctuation: bool = False,
    score_copied: bool = False,
    names: Tuple[str, str] = GOLD_AND_SYSTEM,
) -> Tuple[SdpEvaluation, SdpEvaluation]:
    """
    The evaluations of a corpus including and excluding the virtual arcs to top nodes.

    # Parameters

    gold, system : `Iterable[Sentence]`
        The same sentences as annotated and as predicted; each is read once.
    representation : `Optional[str]`
        `DM`, `PAS` or `PSD`; if not given, all arguments are core, as in DM.
    exclude_punctuation : `bool`, optional (default = `False`)
    score_copied : `bool`, optional (default = `False`)
        See `SenseCounts.why_not_scored`.
    names : `Tuple[str, str]`, optional (default = `GOLD_AND_SYSTEM`)
        Of the two files, for messages.

    Raises `ValueError` for another representation, and `FormatError` as `align` does.
    """
    including, excluding = (
        SdpEvaluation(representation or "DM", tops, exclude_punctuation, score_copied)
        for tops in (True, False)
    )
    for gold_sentence, system_sentence in align(gold, system, names):
        including.add(gold_sentence, system_sentence)
        excluding.add(gold_sentence, system_sentence)
    return including, excluding


def sdp_report(
    gold: Iterable[Sentence],
    system: Iterable[Sentence],
    gold_name: str,
    system_name: str,
    representation: Optional[str] = None,
    exclude_punctuation: bool = False,
    score_copied: bool = False,
    notes: Sequence[str] = (),
) -> str:
    """
    The report on a corpus; parameters and errors as in `evaluate_graphs`, and the names of the two
    files and further lines for the head of the report.
    """
    including, excluding = evaluate_graphs(
        gold, system, representation, exclude_punctuation, score_copied, (gold_name, system_name)
    )
    loops = including.gold_loops, including.system_loops
    notes = [*notes, own_arguments(*loops)] if any(loops) else notes
    lines = ["Will exclude punctuation."] if exclude_punctuation else []
    if representation is not None:
        lines.append(f"Representation type: {representation}")
    lines += ["# Evaluation", ""]
    lines += [f"Gold standard file: {gold_name}", f"System output file: {system_name}", ""]
    lines += [*notes, ""] if notes else []
    lines += ["## Scores including virtual dependencies to top nodes", "", *_block(including), ""]
    lines += ["## Scores excluding virtual dependencies to top nodes", "", *_block(excluding)]
    return "\n".join(lines) + "\n"


def _block(evaluation: SdpEvaluation) -> List[str]:
    arcs = evaluation.arcs
    labeled = Matches(arcs.gold, arcs.system, arcs.labeled)
    unlabeled = Matches(arcs.gold, arcs.system, arcs.unlabeled)
    return [
        f"Number of edges in gold standard: {arcs.gold}",
        f"Number of edges in system output: {arcs.system}",
        f"Number of edges in common, labeled: {arcs.labeled}",
        f"Number of edges in common, unlabeled: {arcs.unlabeled}",
        "",
        "### Labeled scores",
        "",
        *figures("L", labeled),
        f"LM: {six_digits(ratio(arcs.labeled_matches, arcs.graphs))}",
        "",
        "### Breakdown by label type",
        "",
        *table("Label type", "edges", evaluation.labels),
        "",
        "### Breakdown by edge length",
        "",
        *table("Edge length", "edges", evaluation.lengths),
        "",
        "### Unlabeled scores",
        "",
        *figures("U", unlabeled),
        f"UM: {six_digits(ratio(arcs.unlabeled_matches, arcs.graphs))}",
        "",
        *_frame_section("complete predications", "P", evaluation.predications),
        "",
        *_frame_section("semantic frames", "F", evaluation.frames, evaluation.why_no_frames),
    ]


def _frame_section(name: str, letter: str, matches: Matches, why_not: str = "") -> List[str]:
    return [
        f"### {name.capitalize()}",
        "",
        f"Number of {name} in gold standard: {matches.gold}",
        f"Number of {name} in system output: {matches.system}",
        "",
        *([f"Not scored: {why_not}"] if why_not else figures(letter, matches)),
    ]
