"""
The report of the official SDP scorer.

It is that of `Scorer` of the SDP toolkit
(<https://github.com/semantic-dependency-parsing/toolkit>) to the last byte, but for 0/0: there the
scorer prints NaN, and this report 0.000000.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Dict, Iterable, List, Optional

from spigot_allennlp.formats.sentence import Sentence
from spigot_allennlp.scoring.sdp_counts import align, ratio
from spigot_allennlp.scoring.sdp_evaluation import Matches, SdpEvaluation


def sdp_report(
    gold: Iterable[Sentence],
    system: Iterable[Sentence],
    gold_name: str,
    system_name: str,
    representation: Optional[str] = None,
    exclude_punctuation: bool = False,
) -> str:
    """
    The report on a corpus.

    # Parameters

    gold, system : `Iterable[Sentence]`
        The same sentences as annotated and as predicted; each is read once.
    gold_name, system_name : `str`
        The names of the two files, for the head of the report.
    representation : `Optional[str]`
        `DM`, `PAS` or `PSD`; if not given, all arguments are core, as in DM.
    exclude_punctuation : `bool`, optional (default = `False`)

    Raises `ValueError` for another representation and for sentences that do not correspond.
    """
    including, excluding = (
        SdpEvaluation(representation or "DM", tops, exclude_punctuation) for tops in (True, False)
    )
    for gold_sentence, system_sentence in align(gold, system):
        including.add(gold_sentence, system_sentence)
        excluding.add(gold_sentence, system_sentence)
    lines = ["Will exclude punctuation."] if exclude_punctuation else []
    if representation is not None:
        lines.append(f"Representation type: {representation}")
    lines += ["# Evaluation", ""]
    lines += [f"Gold standard file: {gold_name}", f"System output file: {system_name}", ""]
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
        *_figures("L", labeled),
        f"LM: {_six_digits(ratio(arcs.labeled_matches, arcs.graphs))}",
        "",
        "### Breakdown by label type",
        "",
        *_table("Label type", evaluation.labels),
        "",
        "### Breakdown by edge length",
        "",
        *_table("Edge length", evaluation.lengths),
        "",
        "### Unlabeled scores",
        "",
        *_figures("U", unlabeled),
        f"UM: {_six_digits(ratio(arcs.unlabeled_matches, arcs.graphs))}",
        "",
        *_frame_section("complete predications", "P", evaluation.predications),
        "",
        *_frame_section("semantic frames", "F", evaluation.frames),
    ]


def _frame_section(name: str, letter: str, matches: Matches) -> List[str]:
    return [
        f"### {name.capitalize()}",
        "",
        f"Number of {name} in gold standard: {matches.gold}",
        f"Number of {name} in system output: {matches.system}",
        "",
        *_figures(letter, matches),
    ]


def _table(name: str, rows: Dict[str, Matches]) -> List[str]:
    head = f"{name},Number of edges in gold standard,Number of edges in system output"
    return [f"{head},Precision,Recall"] + [
        f"{key},{row.gold},{row.system},{_six_digits(row.precision)},{_six_digits(row.recall)}"
        for key, row in rows.items()
    ]


def _figures(letter: str, matches: Matches) -> List[str]:
    values = {"P": matches.precision, "R": matches.recall, "F": matches.f1}
    return [f"{letter}{name}: {_six_digits(value)}" for name, value in values.items()]


def _six_digits(value: float) -> str:
    # Java rounds the decimal digits that it would print, and halves away from 0.
    return str(Decimal(repr(value)).quantize(Decimal("0.000001"), ROUND_HALF_UP))
