"""
Makes the tables and pictures of docs/when-it-pays.md from docs/results/*.jsonl (`make results`).

A joint training has the regime with the best mean on development data. Systems are compared on test
data, seed by seed, with the better one (on development data) of the frozen pipeline and the joint
training without a gradient of the end task; p is that of a paired t-test over seeds.
"""

import re
import statistics
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Tuple

from result_lines import RESULTS, read_lines
from when_it_pays_changes import change_tables

from bilexical.drawing import Line, heat_map, line_chart

PAGE = Path(__file__).parent.parent / "docs" / "when-it-pays.md"
PICTURES = PAGE.parent / "pictures"

#: For each task the metric that decides.
METRICS = {
    "listops": "accuracy",
    "wescience": "LF",
    "propbank": "LF",
    "propbank_given": "LF",
    "toy": "LF",
}
ALONE = ("no_structure", "flat", "chain", "random", "gold", "frozen", "frozen_expected")
BASELINES = ("frozen", "modular")
#: What an estimator has to beat.
RIVALS = (*BASELINES, "straight_through", "structured_attention")
#: Structured attention as well, at other temperatures.
RELATIVE_OF_RIVALS = "annealed_attention"

Scores = Dict[int, Dict[str, float]]
"""By seed."""


class System(NamedTuple):
    """A system with the regime that its development data choose."""

    name: str
    regime: Dict[str, Any]
    scores: Scores

    def values(self, metric: str) -> Dict[int, float]:
        """By seed, in percent; none where the metric is not there."""
        return {s: 100 * v[metric] for s, v in self.scores.items() if metric in v}

    def mean(self, metric: str) -> float:
        return statistics.mean(self.values(metric).values())


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for task, metric in METRICS.items():
        lines = read_lines(RESULTS / f"{task}.jsonl")
        if lines:
            page = with_section(page, task, "\n\n".join(sections(lines, metric)))
            write_pictures(task, lines, metric)
            write_curves(task, lines, metric)
        changes = read_lines(RESULTS / f"{task}_changes.jsonl")
        if changes:
            tables = [
                [f"{describe(setting)}:", *change_tables(own, metric)]
                for setting, own in by_setting(changes)
            ]
            content = "\n\n".join(each for own in tables for each in own)
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


def sections(lines: List[Dict[str, Any]], metric: str) -> Iterable[str]:
    for setting, own in by_setting(lines):
        systems = chosen_systems(own, metric)
        yield f"### {describe(setting)}"
        yield entry_conditions(systems, metric)
        yield table(systems, metric)
        sentence = against_rivals(systems, metric)
        if sentence:
            yield sentence


def by_setting(lines: List[Dict[str, Any]]) -> List[Tuple[Dict[str, Any], List[Dict[str, Any]]]]:
    """In the order of their numbers; each with what has no parser, and so no number of trees."""
    settings: Dict[Tuple, List[Dict[str, Any]]] = {}
    for line in lines:
        setting = line["setting"]
        if setting["trees"]:
            key = tuple(setting[name] for name in ("sentences", "trees", "same"))
            settings.setdefault(key, []).append(line)
    for (sentences, _, _), own in settings.items():
        without = {"sentences": sentences, "trees": 0, "same": True}
        own += [line for line in lines if line["setting"] == without]
    return [
        (dict(zip(("sentences", "trees", "same"), key)), own)
        for key, own in sorted(settings.items())
    ]


def describe(setting: Dict[str, Any]) -> str:
    trees = "the same sentences" if setting["same"] else "other sentences"
    return f"{setting['sentences']:,} sentences, {setting['trees']:,} trees of {trees}"


def chosen_systems(lines: List[Dict[str, Any]], metric: str) -> Dict[str, System]:
    """By name, each with its best regime by the mean on development data."""
    found: Dict[Tuple[str, str], System] = {}
    for line in lines:
        key = (line["system"], repr(sorted(line["regime"].items())))
        system = found.setdefault(key, System(line["system"], line["regime"], {}))
        system.scores[line["seed"]] = line["scores"]
    best: Dict[str, System] = {}
    for system in found.values():
        rival = best.get(system.name)
        if rival is None or system.mean(f"dev_{metric}") > rival.mean(f"dev_{metric}"):
            best[system.name] = system
    return best


def entry_conditions(systems: Dict[str, System], metric: str) -> str:
    """Whether there is something to gain, and whether the parser knows something."""
    if not {"no_structure", "gold", "frozen"} <= systems.keys():
        return "The entry conditions are not measured yet."
    dev = {name: systems[name].mean(f"dev_{metric}") for name in ALONE if name in systems}
    room, known = dev["gold"] - dev["no_structure"], dev["frozen"] - dev["no_structure"]
    return (
        f"Gold structure minus no structure, dev: {room:+.1f} "
        f"({'enough' if room >= 3 else 'less than 3'}); frozen pipeline minus no structure: "
        f"{known:+.1f} ({'enough' if known >= 1 else 'less than 1'})."
    )


def table(systems: Dict[str, System], metric: str) -> str:
    rows = [
        f"| system | regime | seeds | dev {metric} | test {metric} | gain, test | p | UAS, test |",
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
            shown(system.values("test_UAS").values()),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def baseline_of(systems: Dict[str, System], metric: str) -> "System | None":
    there = [systems[name] for name in BASELINES if name in systems]
    return max(there, key=lambda system: system.mean(f"dev_{metric}"), default=None)


def against(system: System, baseline: System, metric: str) -> Tuple[str, str]:
    """The mean difference over the seeds that both have, its standard error, and p."""
    from scipy.stats import ttest_rel

    ours, theirs = system.values(metric), baseline.values(metric)
    seeds = sorted(ours.keys() & theirs.keys())
    if not seeds:
        return "", ""
    differences = [ours[seed] - theirs[seed] for seed in seeds]
    mean = statistics.mean(differences)
    if len(seeds) < 2:
        return f"{mean:+.1f}", ""
    error = statistics.stdev(differences) / len(seeds) ** 0.5
    p = ttest_rel([ours[seed] for seed in seeds], [theirs[seed] for seed in seeds]).pvalue
    return f"{mean:+.1f} ± {error:.1f}", "< 0.001" if p < 0.001 else f"{p:.3f}"


def against_rivals(systems: Dict[str, System], metric: str) -> str:
    """What the best of the other estimators gains on each of `RIVALS`; empty if one is missing."""
    others = [
        system
        for system in with_all_seeds(systems)
        if system.name not in RIVALS and not system.name.startswith(RELATIVE_OF_RIVALS)
    ]
    if not others or not systems.keys() >= set(RIVALS):
        return ""
    best = max(others, key=lambda system: system.mean(f"dev_{metric}"))
    gains = []
    for name in RIVALS:
        gain, p = against(best, systems[name], f"test_{metric}")
        gains.append(f"{gain} on `{name}`{f' (p {p})' if p else ''}")
    trees, p = against(best, systems["modular"], "test_UAS")
    above = f"{trees}{f' (p {p})' if p else ''}"
    return (
        f"The best of the other estimators on development data, `{best.name}`, gains on test data: "
        f"{', '.join(gains)}. The UAS of its parser is {above} above that of `modular`, which "
        "learns from the same trees."
    )


def with_all_seeds(systems: Dict[str, System]) -> List[System]:
    """The joint trainings that were run with as many seeds as any: means of fewer mislead."""
    joint = [system for name, system in systems.items() if name not in ALONE]
    most = max((len(system.scores) for system in joint), default=0)
    return [system for system in joint if len(system.scores) == most]


def gradient_tables(lines: List[Dict[str, Any]]) -> Iterable[str]:
    """What evidence_gradients.py measured: for each setting a table, means over seeds."""
    for setting, own in by_setting(lines):
        rows: Dict[Tuple[str, str], List[Dict[str, float]]] = {}
        for line in own:
            key = (line["system"], str(line["regime"].get("step_size", "")))
            rows.setdefault(key, []).append(line["scores"])
        columns = list(own[0]["scores"])
        seeds = len({line["seed"] for line in own})
        yield f"{describe(setting)}; mean of {seeds} parsers:"
        table = [f"| gradient of | step size | {' | '.join(columns).replace('_', ' ')} |"]
        table.append("|---" * (2 + len(columns)) + "|")
        for (name, size), found in sorted(rows.items()):
            cells = [f"{statistics.mean(each[column] for each in found):.2f}" for column in columns]
            table.append(f"| `{name}` | {size} | {' | '.join(cells)} |")
        yield "\n".join(table)


def shown(values: Iterable[float]) -> str:
    """Mean and deviation over seeds."""
    known = list(values)
    if not known:
        return ""
    mean = f"{statistics.mean(known):.1f}"
    return mean if len(known) < 2 else f"{mean} ± {statistics.stdev(known):.1f}"


def write_pictures(task: str, lines: List[Dict[str, Any]], metric: str) -> None:
    """For trees of other sentences and of the same ones, the gain of the best estimator."""
    for same in (False, True):
        gains = {}
        for setting, own in by_setting(lines):
            systems = chosen_systems(own, metric)
            baseline = baseline_of(systems, metric)
            learned = [s for s in with_all_seeds(systems) if s.name != "modular"]
            if setting["same"] == same and baseline and learned:
                best = max(learned, key=lambda system: system.mean(f"dev_{metric}"))
                gain = best.mean(f"test_{metric}") - baseline.mean(f"test_{metric}")
                gains[setting["trees"], setting["sentences"]] = gain
        if len(gains) > 1:
            trees = sorted({key[0] for key in gains})
            sentences = sorted({key[1] for key in gains})
            chart = heat_map(
                [f"{n:,}" for n in trees],
                [f"{n:,}" for n in sentences],
                [[gains.get((t, g)) for g in sentences] for t in trees],
                f"Best estimator by dev less the better of frozen and modular, test {metric}",
                "trees",
                "sentences of the end task",
            )
            name = f"when-it-pays-{task}-{'same' if same else 'other'}.svg"
            (PICTURES / name).write_text(chart + "\n", encoding="utf-8")


def write_curves(task: str, lines: List[Dict[str, Any]], metric: str) -> None:
    """Epoch by epoch on development data, mean over seeds; of the setting with the most runs."""
    settings = [
        (setting, [line for line in own if line.get("curves")])
        for setting, own in by_setting(lines)
    ]
    setting, own = max(settings, key=lambda each: len(each[1]), default=({}, []))
    for name in (metric, "UAS"):
        curves = []
        for system in chosen_systems(own, metric).values():
            of_seeds = [
                line["curves"][f"dev_{name}"]
                for line in own
                if (line["system"], line["regime"]) == (system.name, system.regime)
                and f"dev_{name}" in line["curves"]
            ]
            means = [100 * statistics.mean(values) for values in zip(*of_seeds)]
            if means:
                curves.append(Line(system.name, list(range(1, len(means) + 1)), means))
        if curves:
            title = f"{describe(setting)}: {name}, dev"
            chart = line_chart(curves, title, "epoch", name, width=760, height=420)
            path = PICTURES / f"when-it-pays-{task}-{name.lower()}.svg"
            path.write_text(chart + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
