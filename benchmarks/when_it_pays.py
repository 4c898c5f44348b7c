"""
Makes the tables and pictures of docs/when-it-pays.md from docs/results/*.jsonl (`make results`).

A joint training has the regime with the best mean on development data, of those that were run with
the most seeds. Systems are compared on test data, seed by seed, with the better one (on development
data) of the frozen pipeline and the joint training without a gradient of the end task; p is that of
a paired t-test over seeds.
"""

import re
import statistics
from pathlib import Path
from typing import Any, Dict, Iterable, List, Tuple

from evidence_tasks import ALONE, METRICS, TASKS
from result_lines import RESULTS, read_lines
from when_it_pays_changes import change_tables
from when_it_pays_pictures import write_curves, write_pictures
from when_it_pays_systems import (
    BASELINES,
    System,
    baseline_of,
    by_setting,
    chosen_systems,
    describe,
    mean_difference,
    regimes_of,
    seeds_of_both,
    with_all_seeds,
)

PAGE = Path(__file__).parent.parent / "docs" / "when-it-pays.md"

#: What an estimator has to beat.
RIVALS = (*BASELINES, "straight_through", "structured_attention")
#: Structured attention as well, at other temperatures.
RELATIVES_OF_RIVALS = ("annealed_attention", "structured_attention")


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for task, (kind, *_) in TASKS.items():
        metric, of_parser = METRICS[kind]
        lines = read_lines(RESULTS / f"{task}.jsonl")
        if lines:
            page = with_section(page, task, "\n\n".join(sections(lines, metric, of_parser)))
            write_pictures(task, lines, metric, of_parser)
            write_curves(task, lines, metric, of_parser)
        changes = read_lines(RESULTS / f"{task}_changes.jsonl")
        if changes:
            content = "\n\n".join(change_sections(changes, metric, of_parser))
            page = with_section(page, f"{task} changes", content)
    lines = read_lines(RESULTS / "listops_gradients.jsonl")
    if lines:
        page = with_section(page, "gradients", "\n\n".join(gradient_tables(lines)))
    PAGE.write_text(page, encoding="utf-8")


def with_section(page: str, name: str, content: str) -> str:
    """The page with `content` between the marks of `name`."""
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    if start not in page or end not in page:
        raise SystemExit(f"{PAGE} has no marks {start} and {end}.")
    pattern = re.compile(f"{re.escape(start)}.*{re.escape(end)}", re.DOTALL)
    return pattern.sub(lambda _: f"{start}\n\n{content}\n\n{end}", page)


def sections(lines: List[Dict[str, Any]], metric: str, of_parser: str) -> Iterable[str]:
    for setting, own in by_setting(lines):
        systems = chosen_systems(own, metric)
        yield f"### {describe(setting, of_parser)}"
        if setting["trees"]:
            yield entry_conditions(systems, metric)
        yield table(systems, metric, of_parser)
        yield from regime_tables(regimes_of(own), metric)
        sentence = against_rivals(systems, metric, of_parser)
        if sentence:
            yield sentence


def change_sections(changes: List[Dict[str, Any]], metric: str, of_parser: str) -> Iterable[str]:
    """For each setting and each regime."""
    for setting, own in by_setting(changes):
        for regime in sorted({line["regime"]["name"] for line in own}):
            lines = [line for line in own if line["regime"]["name"] == regime]
            yield f"{describe(setting, of_parser)}, {regime}:"
            yield from change_tables(lines, metric, of_parser)


def entry_conditions(systems: Dict[str, System], metric: str) -> str:
    """Whether there is something to gain, and whether the parser knows something."""
    if not {"no_structure", "frozen"} <= systems.keys():
        return "The entry conditions are not measured yet."
    nothing = systems["no_structure"]
    conditions = ["Gold structure: there is none for these sentences"]
    if "gold" in systems:
        room = mean_difference(systems["gold"], nothing, f"dev_{metric}")
        conditions = [
            f"Gold structure minus no structure, dev: {room:+.1f} "
            f"({'enough' if room >= 3 else 'less than 3'})"
        ]
    known = mean_difference(systems["frozen"], nothing, f"dev_{metric}")
    conditions.append(
        f"frozen pipeline minus no structure: {known:+.1f} "
        f"({'enough' if known >= 1 else 'less than 1'})."
    )
    return "; ".join(conditions)


def regime_tables(regimes: Dict[str, List[System]], metric: str) -> Iterable[str]:
    """Means and numbers of seeds in each regime, of systems that were run in several of them."""
    tried = {name: systems for name, systems in regimes.items() if len(systems) > 1}
    if not tried:
        return
    names = sorted({system.regime["name"] for systems in tried.values() for system in systems})
    rows = [f"| dev {metric} (seeds) in the regime | {' | '.join(names)} |"]
    rows.append("|---" * (len(names) + 1) + "|")
    for name, systems in sorted(tried.items()):
        means = {
            s.regime["name"]: f"{s.mean(f'dev_{metric}'):.1f} ({len(s.scores)})" for s in systems
        }
        cells = [f"`{name}`", *(means.get(each, "") for each in names)]
        rows.append(f"| {' | '.join(cells)} |")
    yield "\n".join(rows)


def table(systems: Dict[str, System], metric: str, of_parser: str) -> str:
    columns = f"dev {metric} | test {metric} | gain, test | p | {of_parser}, test"
    rows = [
        f"| system | regime | seeds | {columns} |",
        "|---|---|---|---|---|---|---|---|",
    ]
    baseline = baseline_of(systems, metric)
    order = [name for name in ALONE if name in systems]
    others = sorted(systems.keys() - set(order))
    order += sorted(others, key=lambda name: -systems[name].mean(f"dev_{metric}"))
    for name in order:
        system = systems[name]
        gain, p = "baseline" if system is baseline else "", ""
        if baseline and system is not baseline:
            gain, p = against(system, baseline, f"test_{metric}")
        cells = [
            f"`{name}`",
            system.regime["name"],
            str(len(system.scores)),
            shown(system.values(f"dev_{metric}").values()),
            shown(system.values(f"test_{metric}").values()),
            gain,
            p,
            shown(system.values(f"test_{of_parser}").values()),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def against(system: System, baseline: System, metric: str) -> Tuple[str, str]:
    """The mean difference over the seeds that both have, its standard error, and p from 3 on."""
    from scipy.stats import ttest_rel

    ours, theirs = system.values(metric), baseline.values(metric)
    seeds = seeds_of_both(system, baseline, metric)
    if not seeds:
        return "", ""
    differences = [ours[seed] - theirs[seed] for seed in seeds]
    mean = statistics.mean(differences)
    if len(seeds) < 2:
        return f"{mean:+.1f}", ""
    error = statistics.stdev(differences) / len(seeds) ** 0.5
    if len(seeds) < 3:
        # Two differences may be as good as equal by chance.
        return f"{mean:+.1f} ± {error:.1f}", ""
    p = ttest_rel([ours[seed] for seed in seeds], [theirs[seed] for seed in seeds]).pvalue
    return f"{mean:+.1f} ± {error:.1f}", "< 0.001" if p < 0.001 else f"{p:.3f}"


def against_rivals(systems: Dict[str, System], metric: str, of_parser: str) -> str:
    """What the best of the other estimators gains on each of `RIVALS`; empty if one is missing."""
    others = [
        system
        for system in with_all_seeds(systems)
        if system.name not in RIVALS and not system.name.startswith(RELATIVES_OF_RIVALS)
    ]
    if not others or not systems.keys() >= set(RIVALS):
        return ""
    best = max(others, key=lambda system: system.mean(f"dev_{metric}"))
    gains = []
    for name in RIVALS:
        gain, p = against(best, systems[name], f"test_{metric}")
        gains.append(f"{gain} on `{name}`{f' (p {p})' if p else ''}")
    trees, p = against(best, systems["modular"], f"test_{of_parser}")
    above = f"{trees}{f' (p {p})' if p else ''}"
    of_trees = (
        f" The {of_parser} of its parser is {above} above that of `modular`, which learns from the "
        "same trees."
    )
    return (
        f"The best of the other estimators on development data, `{best.name}`, gains on test data: "
        f"{', '.join(gains)}.{of_trees if trees else ''}"
    )


def gradient_tables(lines: List[Dict[str, Any]]) -> Iterable[str]:
    """What evidence_gradients.py measured: for each setting a table, means over seeds."""
    for setting, own in by_setting(lines):
        rows: Dict[Tuple[str, str], List[Dict[str, float]]] = {}
        for line in own:
            key = (line["system"], str(line["regime"].get("step_size", "")))
            rows.setdefault(key, []).append(line["scores"])
        columns = list(own[0]["scores"])
        seeds = len({line["seed"] for line in own})
        yield f"{describe(setting, 'UAS')}; mean of {seeds} parsers:"
        table = [f"| gradient of | step size | {' | '.join(columns).replace('_', ' ')} |"]
        table.append("|---" * (2 + len(columns)) + "|")
        for (name, size), found in sorted(rows.items()):
            cells = [shown([each[column] for each in found], digits=2) for column in columns]
            table.append(f"| `{name}` | {size} | {' | '.join(cells)} |")
        yield "\n".join(table)


def shown(values: Iterable[float], digits: int = 1) -> str:
    """Mean and deviation over seeds."""
    known = list(values)
    if not known:
        return ""
    mean = f"{statistics.mean(known):.{digits}f}"
    return mean if len(known) < 2 else f"{mean} ± {statistics.stdev(known):.{digits}f}"


if __name__ == "__main__":
    main()
