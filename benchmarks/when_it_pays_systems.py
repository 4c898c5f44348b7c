"""The systems of docs/when-it-pays.md, from the lines of its runs."""

import statistics
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from evidence_tasks import ALONE, WITHOUT_PARSER

BASELINES = ("frozen", "modular")

#: What the parser makes, by its metric.
STRUCTURES = {"UAS": "trees", "LF": "graphs"}

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

    def mean(self, metric: str, seeds: Sequence[int] = ()) -> float:
        """Over these seeds; over all if there are none."""
        values = self.values(metric)
        return statistics.mean([values[s] for s in seeds] or values.values())


def by_setting(lines: List[Dict[str, Any]]) -> List[Tuple[Dict[str, Any], List[Dict[str, Any]]]]:
    """In the order of their numbers; each with what has no parser, and so no number of trees."""
    settings: Dict[Tuple, List[Dict[str, Any]]] = {}
    for line in lines:
        if line["system"] not in WITHOUT_PARSER:
            key = tuple(line["setting"][name] for name in ("sentences", "trees", "same"))
            settings.setdefault(key, []).append(line)
    for (sentences, _, _), own in settings.items():
        own += [
            line
            for line in lines
            if line["system"] in WITHOUT_PARSER and line["setting"]["sentences"] == sentences
        ]
    return [
        (dict(zip(("sentences", "trees", "same"), key)), own)
        for key, own in sorted(settings.items())
    ]


def describe(setting: Dict[str, Any], of_parser: str) -> str:
    if not setting["trees"]:
        return f"{setting['sentences']:,} sentences, no {STRUCTURES[of_parser]}"
    whose = "the same sentences" if setting["same"] else "other sentences"
    structures = f"{setting['trees']:,} {STRUCTURES[of_parser]}"
    return f"{setting['sentences']:,} sentences, {structures} of {whose}"


def regimes_of(lines: List[Dict[str, Any]]) -> Dict[str, List[System]]:
    """By name, each with all the regimes it was run in."""
    found: Dict[Tuple[str, str], System] = {}
    for line in lines:
        key = (line["system"], repr(sorted(line["regime"].items())))
        system = found.setdefault(key, System(line["system"], line["regime"], {}))
        system.scores[line["seed"]] = line["scores"]
    by_name: Dict[str, List[System]] = {}
    for system in found.values():
        by_name.setdefault(system.name, []).append(system)
    return by_name


def chosen_systems(lines: List[Dict[str, Any]], metric: str) -> Dict[str, System]:
    """
    By name, each with its best regime on development data, of those that were run with the most
    seeds: what few seeds prefer is no choice.
    """
    best: Dict[str, System] = {}
    for name, systems in regimes_of(lines).items():
        tried = with_most_seeds(systems)
        seeds = common_seeds(tried)
        best[name] = max(tried, key=lambda system: system.mean(f"dev_{metric}", seeds))
    return best


def with_most_seeds(systems: Sequence[System]) -> List[System]:
    most = max((len(system.scores) for system in systems), default=0)
    return [system for system in systems if len(system.scores) == most]


def common_seeds(systems: List[System]) -> List[int]:
    """Those that all of them were run with."""
    return sorted(set.intersection(*(set(system.scores) for system in systems)))


def seeds_of_both(system: System, other: System, metric: str) -> List[int]:
    """For which both have this metric."""
    return sorted(system.values(metric).keys() & other.values(metric).keys())


def mean_difference(system: System, other: System, metric: str) -> float:
    """Over the seeds that both have; of the means over all where there is none."""
    seeds = seeds_of_both(system, other, metric)
    return system.mean(metric, seeds) - other.mean(metric, seeds)


def baseline_of(systems: Dict[str, System], metric: str) -> "System | None":
    """The better one on development data, by the seeds that both have."""
    there = [systems[name] for name in BASELINES if name in systems]
    seeds = common_seeds(there) if there else []
    return max(there, key=lambda system: system.mean(f"dev_{metric}", seeds), default=None)


def with_all_seeds(systems: Dict[str, System]) -> List[System]:
    """The joint trainings that were run with as many seeds as any: means of fewer mislead."""
    return with_most_seeds([system for name, system in systems.items() if name not in ALONE])
