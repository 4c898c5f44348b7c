"""
What the end task's loss did to the intermediate structure, as in Table 3 of Peng et al. (2018):
sentences for which two systems have the same structure, and those for which they differ.
"""

import logging
from collections import Counter
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple
from typing import Counter as CounterType

from bilexical.comparison.decisions import Changes, total_changes
from bilexical.comparison.layers import Counts, Gold, Layer, Output
from bilexical.formats.sentence import Sentence
from bilexical.scoring.matches import ratio

logger = logging.getLogger(__name__)

#: How many decisions there are of a tag or label, which they may not have, with such changes.
Kinds = CounterType[Tuple[Optional[str], Changes]]

#: How many of the sentences that changed most are shown.
SHOWN = 20


def structure_changes(
    gold: Sequence[Gold],
    baseline: Mapping[str, Sequence[Output]],
    system: Mapping[str, Sequence[Output]],
    layer: Layer,
    end_task: Layer,
) -> Dict[str, Any]:
    """
    # Parameters

    gold : `Sequence[Gold]`
    baseline, system : `Mapping[str, Sequence[Output]]`
        Predictions by run; runs of the same name are compared, the others left out. If there are
        none, that is logged.
    layer : `Layer`
        The structure.
    end_task : `Layer`

    # Returns

    `Dict[str, Any]`
        For JSON. `runs`: for each run the sums of `Changes` (`became_right` and `became_wrong` are
        `None` without gold structures), and for the sentences with the `same` and with a
        `different` structure their number and the scores of both systems on them. `most_changed`:
        the `SHOWN` sentences with most changed decisions, each in the run where that is. `by_tag`
        and `by_label`: the sums of `Changes` over all runs by the gold part of speech of the
        modifier, `tag`, and by the `label` of `Decision`, those with most changes first. Where
        there is none it is `None`; where there is none anywhere the list is empty.
    """
    runs: Dict[str, Any] = {}
    by_tag: Kinds = Counter()
    by_label: Kinds = Counter()
    candidates: List[Tuple[int, int, str, Changes]] = []
    for run in baseline:
        if run not in system:
            continue
        before, after = baseline[run], system[run]
        decisions = [layer.decisions(*sentence) for sentence in zip(gold, before, after)]
        changes = [layer.sum_of(*sentence) for sentence in zip(gold, decisions)]
        for annotated, made in zip(gold, decisions):
            tags = [None, *_tags(annotated.sentence)]
            by_tag.update((tags[decision.modifier], decision.changes) for decision in made)
            by_label.update((decision.label, decision.changes) for decision in made)
        runs[run] = {
            **_for_json(total_changes(changes)),
            **{
                name: _group(
                    [
                        sentence
                        for sentence, change in zip(zip(gold, before, after), changes)
                        if (change.changed > 0) == differs
                    ],
                    (layer, end_task),
                )
                for name, differs in (("same", False), ("different", True))
            },
        }
        candidates += [
            (change.changed, number, run, change)
            for number, change in enumerate(changes)
            if change.changed
        ]
    if not runs:
        logger.warning(
            "No two runs have the same seed (%s; %s), so their %ss are not compared.",
            ", ".join(baseline),
            ", ".join(system),
            layer.name,
        )
    return {
        "runs": runs,
        "most_changed": _most_changed(candidates),
        "by_tag": _by_kind("tag", by_tag),
        "by_label": _by_kind("label", by_label),
    }


def _tags(sentence: Sentence) -> List[Optional[str]]:
    """The fine tags, or the coarse ones where no word has a fine one."""
    fine = [word.pos for word in sentence.words]
    return fine if any(fine) else [word.upos for word in sentence.words]


def _by_kind(key: str, kinds: Kinds) -> List[Dict[str, Any]]:
    totals: Dict[Optional[str], Changes] = {}
    for (kind, changes), number in kinds.items():
        these = Changes(*(number * value for value in changes))
        totals[kind] = total_changes([totals.get(kind, Changes()), these])
    if not any(totals):
        return []
    ordered = sorted(
        totals.items(), key=lambda item: (-item[1].changed, -item[1].decisions, item[0] or "")
    )
    return [{key: kind, **_for_json(total)} for kind, total in ordered]


def _group(sentences: List[Tuple[Gold, Output, Output]], layers: Sequence[Layer]) -> Dict[str, Any]:
    distinct = list(dict.fromkeys(layers))
    return {
        "sentences": len(sentences),
        "baseline": _corpus_scores(
            [layer.counts(gold, before) for gold, before, _ in sentences for layer in distinct]
        ),
        "system": _corpus_scores(
            [layer.counts(gold, after) for gold, _, after in sentences for layer in distinct]
        ),
    }


def _corpus_scores(counts: Sequence[Counts]) -> Dict[str, float]:
    totals: Dict[str, List[float]] = {}
    for sentence in counts:
        for score, (numerator, denominator) in sentence.items():
            total = totals.setdefault(score, [0, 0])
            total[0] += numerator
            total[1] += denominator
    return {
        score: ratio(numerator, denominator) for score, (numerator, denominator) in totals.items()
    }


def _for_json(changes: Changes) -> Dict[str, Any]:
    values: Dict[str, Any] = changes._asdict()
    if not changes.annotated:
        values["became_right"] = values["became_wrong"] = None
    return values


def _most_changed(candidates: List[Tuple[int, int, str, Changes]]) -> List[Dict[str, Any]]:
    shown: Dict[int, Dict[str, Any]] = {}
    for _, number, run, changes in sorted(candidates, key=lambda item: (-item[0], item[1])):
        if number not in shown and len(shown) < SHOWN:
            shown[number] = {"sentence": number, "run": run, **_for_json(changes)}
    return list(shown.values())
