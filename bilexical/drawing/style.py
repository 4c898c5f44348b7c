"""
The colors of pictures, charts and pages, in light and dark.

Hues are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people with any kind of
color vision can tell apart, made darker or lighter until text in them reads well on the paper.
"""

import re
from typing import Dict, List, Sequence, Tuple

FONT = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans","DejaVu Sans",'
    "sans-serif"
)

#: For each name the color in light and in dark.
PALETTE: Dict[str, Tuple[str, str]] = {
    "paper": ("#ffffff", "#16191d"),
    "ink": ("#1b1f24", "#e8eaed"),
    "quiet": ("#5a636e", "#a3acb6"),
    "rule": ("#d5dae0", "#3a4149"),
    "tree": ("#0063a5", "#6cb8f0"),
    "graph": ("#00745a", "#35c99f"),
    "right": ("#0063a5", "#6cb8f0"),
    "spurious": ("#b84300", "#ff8f4d"),
    "missing": ("#6a727c", "#98a1ab"),
    "series-1": ("#0072b2", "#56b4e9"),
    "series-2": ("#c24a00", "#ff8a47"),
    "series-3": ("#007d5e", "#22c493"),
    "series-4": ("#a8447c", "#e58fbf"),
    "series-5": ("#7a6a00", "#e3cf3c"),
    "series-6": ("#4d4d4d", "#c9c9c9"),
}

NUM_SERIES = sum(name.startswith("series-") for name in PALETTE)


_NAME = re.compile("@([a-z0-9-]+)")
_VARIABLE = r"var(--\1)"


def _variables(theme: int) -> str:
    return "".join(f"--{name}:{colors[theme]};" for name, colors in PALETTE.items())


def _themed(rules: Sequence[Tuple[str, str]]) -> str:
    """
    CSS from selectors and declarations in which `@name` is a color. It comes twice: in light, for
    programs that know no variables (converters of SVG), and as a variable for those that do.
    """
    light = "".join(
        f".spigot {selector}{{{_NAME.sub(lambda name: PALETTE[name[1]][0], declarations)}}}"
        for selector, declarations in rules
    )
    variable = "".join(
        f".spigot {selector}{{{_NAME.sub(_VARIABLE, declarations)}}}"
        for selector, declarations in rules
        if "@" in declarations
    )
    return f"{light}@supports (color:var(--ink)){{{variable}}}"


COLORS = (
    f".spigot{{{_variables(0)}}}"
    f"@media (prefers-color-scheme:dark){{.spigot{{{_variables(1)}color-scheme:dark;}}}}"
    f"@media print{{.spigot{{{_variables(0)}}}}}"
)

_TEXT = [("text", f"font-family:{FONT};white-space:pre;"), (".paper", "fill:@paper;")]


def _arc(kind: str, line: str, label: str, extra: str = "") -> List[Tuple[str, str]]:
    """The rules for a kind of arc: the colors of its line and of its label."""
    return [
        (f".line.{kind}", f"stroke:@{line};{extra}"),
        (f".tip.{kind}", f"fill:@{line};"),
        (f".label.{kind}", f"fill:@{label};"),
    ]


PICTURE = _themed(
    [
        *_TEXT,
        (".word", "font-size:15px;text-anchor:middle;fill:@ink;"),
        (".word.changed", "fill:@spurious;text-decoration:underline;"),
        (".label", "font-size:11px;text-anchor:middle;"),
        (".note", "font-size:12px;fill:@ink;"),
        (".line", "fill:none;stroke-width:1.4px;"),
        *_arc("tree", "tree", "tree"),
        *_arc("graph", "graph", "graph"),
        *_arc("right", "right", "right"),
        *_arc("spurious", "spurious", "spurious", "stroke-width:2.2px;"),
        *_arc("missing", "missing", "missing", "stroke-dasharray:5 3;"),
        *_arc("relabeled", "right", "spurious"),
        (".line.top", "stroke-dasharray:0.1 4;stroke-linecap:round;stroke-width:2px;"),
        (".arc:hover .line", "stroke-width:3px;"),
    ]
)

CHART = _themed(
    [
        *_TEXT,
        (".axis", "fill:none;stroke:@quiet;"),
        (".grid", "fill:none;stroke:@rule;"),
        (".tick", "font-size:11px;fill:@quiet;"),
        (".name", "font-size:12px;fill:@ink;"),
        (".heading", "font-size:13px;font-weight:600;fill:@ink;"),
        (".curve", "fill:none;stroke-width:2px;stroke-linejoin:round;"),
        (".band", "fill-opacity:.18;"),
    ]
    + [
        rule
        for n in range(1, NUM_SERIES + 1)
        for rule in (
            (f".series-{n}.curve", f"stroke:@series-{n};"),
            (f".series-{n}.band", f"fill:@series-{n};"),
            (f".series-{n}.mark", f"fill:@series-{n};"),
        )
    ]
)

PAGE = (
    f"body.spigot{{margin:0 auto;max-width:76rem;padding:1rem 1.25rem 4rem;font:16px/1.5 {FONT};"
    "color:var(--ink);background:var(--paper);}"
    "h1{font-size:1.5rem;line-height:1.25;}h2{font-size:1.15rem;margin-top:2.5rem;}"
    "h3{font-size:1rem;}p{max-width:46rem;}p.sentence{max-width:none;}"
    "figure{margin:1rem 0;}"
    "figcaption,.quiet,.sentence{color:var(--quiet);font-size:.9rem;}"
    ".wide{overflow-x:auto;}.wide:focus-visible{outline:2px solid var(--tree);}"
    "svg{display:block;}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;}"
    "th,td{padding:.25rem .75rem;text-align:start;border:solid var(--rule);border-width:0 0 1px;}"
    "th{font-weight:600;}td.number,th.number{text-align:end;}"
    "a{color:var(--tree);}"
    "code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em;}"
    "pre{overflow-x:auto;}"
    "@media print{.wide{overflow:visible;}section{break-inside:avoid;}}"
)
