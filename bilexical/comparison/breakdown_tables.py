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
        for kind in entry[key][:SHOWN]:
            label = "none annotated" if kind[name] is None else kind[name]
            rows.append([system, label, *(count(kind[x]) for x in _COUNTS)])
        rest = entry[key][SHOWN:]
        if rest:
            sums = [count(_sum([kind[x] for kind in rest])) for x in _COUNTS]
            rows.append([system, f"other ({len(rest)})", *sums])
    what = changes["decisions"]
    note = f"The same changes from {baseline}"
    note += ", summed over runs, " if has_several_runs(comparison) else " "
    note += f"by the {title} of the {_owner(layer, key)}. The {SHOWN} with most changes have a row "
    note += "of their own, and all others one for them together."
    if layer == "graph":
        note += f" {what.capitalize()} are those of {baseline}, to which arcs that appear do not"
        note += " belong; one to a top node has the label -VIRTUAL-."
    header = ["system", title, what, f"{what} changed", "became right", "became wrong"]
    return Table(f"Changes of the {layer} by {title}", note, header, rows)


def _owner(layer: str, key: str) -> str:
    if layer == "graph":
        return "modifier" if key == "by_tag" else "arc"
    return "modifier in the gold annotation"


def _sum(values: Sequence[Optional[int]]) -> Optional[int]:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def length_tables(comparison: Mapping[str, Any]) -> List[Table]:
    """One for the score of each layer: a row for each band, a column for each system."""
    systems = list(comparison["systems"])
    note = "Percent on the test sentences of so many words that are annotated with what is scored"
    note += _over_runs(comparison)
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
    note = "Percent on the decisions whose modifier is a word with a form that no training data "
    note += f"have{_over_runs(comparison)} Upper and lower case are different forms. How many "
    note += "there are is said of the gold annotation."
    if any(row[1] == "arcs" for row in rows):
        note += " A top node is the modifier of an arc."
    header = ["score", "of", "unseen", "all", *systems]
    return Table("Words unseen in training", note, header, rows)


def _cells(entries: Mapping[str, Dict[str, Any]], systems: Sequence[str]) -> List[str]:
    return [percentages(entries.get(system)) for system in systems]


def _over_runs(comparison: Mapping[str, Any]) -> str:
    return ", mean and standard deviation over runs." if has_several_runs(comparison) else "."
