"""The tables of docs/when-it-pays.md on what the end task changed in the trees."""

from typing import Any, Dict, Iterator, List, Sequence

from when_it_pays_systems import STRUCTURES

Line = Dict[str, Any]

#: Parts of speech, or labels, that have a row of their own.
NUM_ROWS = 12


def change_tables(lines: List[Line], metric: str, of_parser: str) -> Iterator[str]:
    """
    Of one setting, from the lines of evidence_changes.py, one for each system.

    # Parameters

    lines : `List[Line]`
    metric, of_parser : `str`
        That of the end task, and that of the parser.
    """
    lines = sorted(lines, key=lambda line: line["system"])
    decisions = "heads" if of_parser == "UAS" else "arcs"
    yield "\n".join(overall(lines, metric, of_parser, decisions))
    if all("bootstrap" in line["scores"] for line in lines):
        yield "\n".join(over_sentences(lines, [metric, of_parser]))
    for name in ("tag", "label"):
        if any(line["scores"][f"by_{name}"] for line in lines):
            yield "\n".join(by_kind(lines, name, decisions))
    for each in (metric, of_parser):
        if all(each in line["scores"]["by_length"] for line in lines):
            yield "\n".join(by_length(lines, each))


def overall(lines: List[Line], metric: str, of_parser: str, decisions: str) -> Iterator[str]:
    trees = STRUCTURES[of_parser]
    yield row(
        "changed by",
        "seeds",
        f"{decisions} changed",
        "became right",
        "became wrong",
        f"{metric} where {trees} are the same",
        f"{metric} where they differ",
        f"{of_parser} where they differ",
    )
    yield rule(8)
    for line in lines:
        scores = line["scores"]
        share = 100 * scores["changed"] / scores["decisions"]
        same, different = scores["same"], scores["different"]
        yield row(
            f"`{line['system']}`",
            len(line["seed"]),
            f"{share:.1f} %",
            f"{scores['became_right']:,.0f}",
            f"{scores['became_wrong']:,.0f}",
            f"{from_to(same, metric)} ({same['sentences']:,.0f} sentences)",
            f"{from_to(different, metric)} ({different['sentences']:,.0f} sentences)",
            from_to(different, of_parser),
        )


def over_sentences(lines: List[Line], metrics: List[str]) -> Iterator[str]:
    """What other test sentences would change: a paired bootstrap of the means over seeds."""
    yield row("above `modular`", *(f"{metric} (95 % over sentences) | p" for metric in metrics))
    yield rule(1 + 2 * len(metrics))
    for line in lines:
        cells = []
        for metric in metrics:
            difference, low, high, p = line["scores"]["bootstrap"][metric]
            cells.append(f"{100 * difference:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})")
            cells.append("< 0.001" if p < 0.001 else f"{p:.3f}")
        yield row(f"`{line['system']}`", *cells)


def by_kind(lines: List[Line], name: str, decisions: str) -> Iterator[str]:
    """Heads or arcs that became right and wrong, of one seed, by part of speech or label."""
    found: Dict[str, Dict[str, Sequence[Any]]] = {}
    for line in lines:
        for cells in line["scores"][f"by_{name}"]:
            found.setdefault(cells[0], {})[line["system"]] = cells[1:]
    title = {"tag": "part of speech", "label": "label of the arc"}[name]
    yield row(title, decisions, *(f"`{line['system']}`" for line in lines))
    yield rule(2 + len(lines))
    seeds = [len(line["seed"]) for line in lines]
    # Those with most changes, by all systems together.
    order = sorted(found, key=lambda key: (-sum(each[1] for each in found[key].values()), key))
    shown, others = order[:NUM_ROWS], order[NUM_ROWS:]
    groups = [(key, [key]) for key in shown]
    if others:
        groups.append((f"other ({len(others)})", others))
    for key, members in groups:
        totals = [
            [
                sum(found[each].get(line["system"], (0, 0, 0, 0))[place] for each in members) / n
                for place in range(4)
            ]
            for line, n in zip(lines, seeds)
        ]
        cells = [f"{right:+,.0f} / −{wrong:,.0f}" for _, _, right, wrong in totals]
        yield row(key, f"{max(total[0] for total in totals):,.0f}", *cells)


def by_length(lines: List[Line], metric: str) -> Iterator[str]:
    yield row(
        "words",
        "sentences",
        f"{metric} of `modular`",
        *(f"of `{line['system']}`" for line in lines),
    )
    yield rule(3 + len(lines))
    tables = [line["scores"]["by_length"][metric] for line in lines]
    for rows in zip(*tables):
        low, high, sentences, baseline, _ = rows[0]
        words = f"{low} to {high}" if high else f"{low} or more"
        yield row(words, sentences, percent(baseline), *(percent(cells[4]) for cells in rows))
    unseen = [line["scores"]["unseen"].get(metric) for line in lines]
    if all(unseen):
        number, baseline, _ = unseen[0]
        own = [percent(cells[2]) for cells in unseen]
        yield row("words unseen in training", f"({number:,})", percent(baseline), *own)


def from_to(part: Dict[str, Any], metric: str) -> str:
    values = [part[who].get(metric) for who in ("baseline", "system")]
    return " → ".join("–" if value is None else percent(value) for value in values)


def percent(value: float) -> str:
    return f"{100 * value:.1f}"


def row(*cells: Any) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def rule(number: int) -> str:
    return "|---" * number + "|"
