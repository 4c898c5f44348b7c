"""Tables of what is changed and where systems err: by tag, label, length and unseen words."""

from typing import Any, Dict, List, Mapping, Optional, Sequence

from bilexical.comparison.cells import Table, count, has_several_runs, percentages

#: How many tags or labels have a row of their own.
SHOWN = 15

_COUNTS = ("decisions", "changed", "became_right", "became_wrong")
_KINDS = {"by_tag": ("tag", "part of speech"), "by_label": ("label", "label")}


def kind_tables(comparison: Mapping[str, Any], layer: str) -> List[Table]:
    """Changes by part of speech and by label, those that there are."""
    tables = (_kind_table(comparison, layer, key) for key in _KINDS)
    return [table for table in tables if table.rows]


def _kind_table(comparison: Mapping[str, Any], layer: str, key: str) -> Table:
    changes, baseline = comparison["changes"][layer], comparison["baseline"]
    name, title = _KINDS[key]
    rows = []
    for system, entry in changes["systems"].items():
        shown = [kind for kind in entry[key][:SHOWN] if kind["changed"]]
        for kind in shown:
            label = "none annotated" if kind[name] is None else kind[name]
            rows.append([system, label, *(count(kind[x]) for x in _COUNTS)])
        rest = entry[key][len(shown) :]
        if rest:
            sums = [count(_sum([kind[x] for kind in rest])) for x in _COUNTS]
            rows.append([system, f"other ({len(rest)})", *sums])
    what = changes["decisions"]
    of_arc = layer == "graph" and name == "label"
    note = f"The same changes from {baseline}"
    note += ", summed over runs, " if has_several_runs(comparison) else " "
    note += f"by the {title} of the {'arc itself' if of_arc else 'modifier in the gold annotation'}"
    note += f". At most {SHOWN}, those with most changes, have a row each, and all others one row."
    if layer == "graph":
        note += f" An arc that appears is not among the arcs of {baseline}, but among those that "
        note += "changed. A top node has an arc with the label -VIRTUAL-."
    header = ["system", title, what, f"{what} changed", "became right", "became wrong"]
    return Table(f"Changes of the {layer} by {title}", note, header, rows)


def _sum(values: Sequence[Optional[int]]) -> Optional[int]:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def length_tables(comparison: Mapping[str, Any]) -> List[Table]:
    """One for the score of each layer: a row for each band, a column for each system."""
    systems = list(comparison["systems"])
    note = f"Percent on the test sentences of so many words{_over_runs(comparison)} Those whose "
    note += "gold annotation lacks what is scored do not count."
    tables = []
    for score, bands in comparison["by_length"].items():
        rows = [
            [band_name(band), str(band["sentences"]), *_cells(band["systems"], systems)]
            for band in bands
        ]
        header = ["words", "sentences", *systems]
        tables.append(Table(f"{score} by length of sentences", note, header, rows))
    return tables


def band_name(band: Mapping[str, Any]) -> str:
    """The lengths of a band: `1 to 10`, or `> 40` if it has no upper limit."""
    if band["high"] is None:
        return f"> {band['low'] - 1}"
    return f"{band['low']} to {band['high']}"


def unseen_table(comparison: Mapping[str, Any]) -> Table:
    """A row for the score of each layer; none if nobody knows the training data."""
    systems = list(comparison["systems"])
    rows = [
        [score, entry["decisions"], str(entry["number"]), str(entry["of"])]
        + _cells(entry["systems"], systems)
        for score, entry in (comparison["unseen"] or {}).items()
    ]
    note = "Percent on the decisions whose modifier is a word with a form that does not occur in "
    note += f"the training data of any system{_over_runs(comparison)} Upper and lower case are "
    note += "different forms. The numbers are those of the gold annotation."
    if any(row[1] == "arcs" for row in rows):
        note += " A top node counts as an arc to it."
    header = ["score", "of", "unseen", "all", *systems]
    return Table("Words unseen in training", note, header, rows)


def _cells(entries: Mapping[str, Dict[str, Any]], systems: Sequence[str]) -> List[str]:
    return [percentages(entries.get(system)) for system in systems]


def _over_runs(comparison: Mapping[str, Any]) -> str:
    return ", mean and standard deviation over runs." if has_several_runs(comparison) else "."
